"""A branch and Cal.com's event types → the services and people it could have; the operator's words stand."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.branch import (
    USUAL_MINUTES,
    Branch,
    EventTypeChoice,
    Service,
    StaffMember,
    key_of,
)
from shared.contracts.catalogue import event_types_of
from shared.contracts.voice.words import Language, language_of

Reason = Mapping[Language, str]
_LONGEST_NAME: Final = 200
_LONGEST_MINUTES: Final = 24 * 60
_MINUTES: Final[Reason] = {"de": "Minuten", "en": "minutes"}
_NAMELESS: Final[Reason] = {"de": "Sie hat keinen Namen.", "en": "It has no name."}
_TWICE: Final[Reason] = {
    "de": "Die Leistung hat schon eine Terminart mit gleicher Länge: {}.",
    "en": "The service has an event type of the same length already: {}.",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event type that is there. ``minutes`` None: the booker chooses from ``usual`` and others.

    ``reason``: why nobody can book it by phone.
    """

    id: int
    title: str
    minutes: int | None
    usual: int
    hosts: tuple[str, ...]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of an event type: a new service, that of one that is there, a person's, or nothing."""

    event_type_id: int
    title: str
    does: Literal["adds_service", "books_service", "adds_person", "nothing"]
    service: str | None = None
    person: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """``branch`` as it would be; ``people``: who joins its staff."""

    branch: Branch
    lines: tuple[Line, ...]
    people: tuple[str, ...]


def propose(
    branch: Branch,
    candidates: Sequence[Candidate],
    businesses: Collection[str] = (),
    only: Collection[int] | None = None,
) -> Proposal:
    """Pure, and idempotent: to the branch as it would be nothing is added any more.

    Nothing that is there is changed: services, people and choices are added, and a service without an event
    type gets one. What the branch names already is left alone. ``businesses``: hosts that are no people.
    ``only``: nothing becomes of other candidates.
    """
    draft = _Draft(branch, candidates, {_plain(name) for name in (branch.name, *businesses)})
    settled = event_types_of(branch)
    asked = (each for each in candidates if each.id not in settled and (only is None or each.id in only))
    lines = tuple(draft.take(each) for each in sorted(asked, key=_order))
    people = tuple(member.name for member in draft.staff[len(branch.staff) :])
    fresh = {"services": tuple(draft.services), "staff": tuple(draft.staff)}
    return Proposal(branch.model_copy(update=fresh), lines, people)


def _order(candidate: Candidate) -> tuple[str, bool, int]:
    """Those of several people first: what books whoever is there is the service's own event type."""
    return _plain(candidate.title), len(candidate.hosts) == 1, candidate.id


class _Draft:
    """Services and staff while they grow."""

    def __init__(self, branch: Branch, candidates: Sequence[Candidate], businesses: set[str]) -> None:
        self.services = list(branch.services)
        self.staff = list(branch.staff)
        self._language = language_of(branch.language)
        self._lengths = {each.id: each.minutes for each in candidates}
        self._businesses = businesses
        hosts = {_plain(host) for each in candidates for host in each.hosts}
        self._first_names = Counter(host.split()[0] for host in hosts if host)

    def take(self, candidate: Candidate) -> Line:
        """Find its place, or say why it has none."""
        if candidate.reason is not None:
            return _left(candidate, candidate.reason)
        if not candidate.title.strip():
            return _left(candidate, _NAMELESS)
        people = [" ".join(host.split()) for host in candidate.hosts if self._is_person(host)]
        alone = people[0] if len(candidate.hosts) == 1 and people else None
        title = _without_person(candidate.title, alone) if alone else candidate.title
        name, place = self._place(" ".join(title.split())[:_LONGEST_NAME], candidate.minutes)
        if place is None:
            return self._add_service(candidate, name, alone, people)
        if alone is None:
            return self._bind(candidate, place, people)
        return self._add_person(candidate, place, alone)

    def _place(self, name: str, minutes: int | None) -> tuple[str, int | None]:
        """The service of that name and length; one of another length is called by its length, too."""
        named = [place for place, service in enumerate(self.services) if _is_called(service, name)]
        fitting = next((place for place in named if self._fits(self.services[place], minutes)), None)
        if fitting is not None or not named or minutes is None:
            return name, fitting
        longer = f"{name}, {minutes} {_MINUTES[self._language]}"
        return longer, next((i for i, each in enumerate(self.services) if _is_called(each, longer)), None)

    def _fits(self, service: Service, minutes: int | None) -> bool:
        numbers = [service.event_type_id, *(choice.event_type_id for choice in service.staff)]
        found = {self._lengths[number] for number in numbers if number in self._lengths}
        if not found and service.duration_minutes != USUAL_MINUTES:
            found = {service.duration_minutes}
        return not found or found == {minutes}

    def _add_service(self, candidate: Candidate, name: str, alone: str | None, people: Sequence[str]) -> Line:
        members = [self._member(person) for person in people]
        # A length that Cal.com fixes is left to it: what changes there is followed.
        open_length = candidate.minutes is None and 0 < candidate.usual <= _LONGEST_MINUTES
        service = Service(
            key=_unused(key_of(name), {each.key for each in self.services}),
            name=name,
            duration_minutes=candidate.usual if open_length else USUAL_MINUTES,
            event_type_id=candidate.id if alone is None else None,
            staff=() if alone is None else (_choice(members[0], candidate),),
        )
        self.services.append(service)
        return Line(candidate.id, candidate.title, "adds_service", name, alone)

    def _bind(self, candidate: Candidate, place: int, people: Sequence[str]) -> Line:
        service = self.services[place]
        if service.event_type_id is not None:
            return _left(candidate, _twice(service.event_type_id), service.name)
        for person in people:
            self._member(person)
        self.services[place] = service.model_copy(update={"event_type_id": candidate.id})
        return Line(candidate.id, candidate.title, "books_service", service.name)

    def _add_person(self, candidate: Candidate, place: int, person: str) -> Line:
        service = self.services[place]
        known = self._known(person)
        for choice in service.staff:
            if known is not None and choice.staff_key == known.key:
                return _left(candidate, _twice(choice.event_type_id), service.name, person)
        staff = (*service.staff, _choice(self._member(person), candidate))
        self.services[place] = service.model_copy(update={"staff": staff})
        return Line(candidate.id, candidate.title, "adds_person", service.name, person)

    def _is_person(self, host: str) -> bool:
        """Cal.com writes an account's number where it has no name."""
        return bool(host.strip()) and not host.isdigit() and _plain(host) not in self._businesses

    def _member(self, person: str) -> StaffMember:
        if (known := self._known(person)) is not None:
            return known
        name = person[:_LONGEST_NAME]
        fresh = StaffMember(key=_unused(key_of(name), {each.key for each in self.staff}), name=name)
        self.staff.append(fresh)
        return fresh

    def _known(self, person: str) -> StaffMember | None:
        """Whom the operator has entered under that name or, where one alone has it, that first name."""
        first = _plain(person).split()[0]
        names = (_plain(person[:_LONGEST_NAME]), first if self._first_names[first] == 1 else None)
        found = (member for name in names for member in self.staff if _plain(member.name) == name)
        return next(found, None)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _is_called(service: Service, name: str) -> bool:
    return _plain(name) in {_plain(known) for known in (service.name, *service.aliases)}


def _without_person(title: str, person: str) -> str:
    """``Haarschnitt bei Steffi``, ``Haarschnitt (Steffi Berger)`` → ``Haarschnitt``."""
    for name in (person, person.split(maxsplit=1)[0]):
        between = rf"[\s:/|(\N{{EN DASH}}-]+(?:(?:bei|mit|with|by)\s+)?{re.escape(name)}\s*\)?"
        if found := re.fullmatch(rf"(.*?\w.*?){between}", title.strip(), re.IGNORECASE):
            return found[1]
    return title


def _unused(key: str, taken: Collection[str]) -> str:
    number = 2
    free = key
    while free in taken:
        free, number = f"{key[:44]}-{number}", number + 1
    return free


def _choice(member: StaffMember, candidate: Candidate) -> EventTypeChoice:
    return EventTypeChoice(staff_key=member.key, event_type_id=candidate.id)


def _left(
    candidate: Candidate, reason: Reason, service: str | None = None, person: str | None = None
) -> Line:
    return Line(candidate.id, candidate.title, "nothing", service, person, reason)


def _twice(event_type_id: int) -> Reason:
    return {language: text.format(event_type_id) for language, text in _TWICE.items()}
