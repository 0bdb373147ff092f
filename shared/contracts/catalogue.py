"""Which of Cal.com's event types a caller can book, and why not, in words that a shop owner understands."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.branch import USUAL_MINUTES, Branch, Service

Bookable = Literal["yes", "placeholder", "no"]
#: Cal.com's own phone field: only with it required does it take a booking without an e-mail address.
PHONE_FIELD: Final = "attendeePhoneNumber"
#: Answered by every booking, or asked only of who moves one. The location has a default at Cal.com.
_ANSWERED: Final = frozenset({"name", "email", PHONE_FIELD, "location", "rescheduleReason"})


@dataclass(frozen=True, slots=True)
class Question:
    """A field of the form that somebody who books fills in. None: Cal.com does not say."""

    slug: str
    label: str = ""
    required: bool | None = None
    hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class EventType:
    """As Cal.com has it. ``length_options`` empty: the length is fixed. ``parent_id``: of a managed one.

    A hidden one is bookable: it only stands on no page.
    """

    id: int
    title: str
    slug: str
    length_minutes: int
    length_options: tuple[int, ...] = ()
    scheduling_type: str | None = None
    team_id: int | None = None
    parent_id: int | None = None
    hidden: bool = False
    hosts: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    has_seats: bool = False
    recurs: bool = False
    verifies_email: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``placeholder``: with an address of ours where the caller has none. A "no" has a reason."""

    bookable: Bookable
    reason_de: str | None = None
    reason_en: str | None = None


_Rule = tuple[Callable[[EventType], bool], str, str]
_RULES: Final[tuple[_Rule, ...]] = (
    (
        lambda event_type: event_type.scheduling_type == "managed" or event_type.parent_id is not None,
        "Es gehört zu einer verwalteten Vorlage: Legen Sie in Cal.com eine eigene Terminart an.",
        "It belongs to a managed template: make an event type of its own in Cal.com.",
    ),
    (
        lambda event_type: event_type.team_id is not None and not event_type.hosts,
        "Niemand ist zugeteilt: Tragen Sie in Cal.com ein, wer diese Termine annimmt.",
        "Nobody is assigned: enter in Cal.com who takes these appointments.",
    ),
    (
        lambda event_type: event_type.has_seats,
        "Es ist ein Gruppentermin mit mehreren Plätzen: Die bucht die Assistentin nicht.",
        "It is a group appointment with several seats: the assistant does not book those.",
    ),
    (
        lambda event_type: event_type.recurs,
        "Es ist eine Terminserie: Die bucht die Assistentin nicht.",
        "It is a series of appointments: the assistant does not book those.",
    ),
    (
        lambda event_type: event_type.verifies_email,
        "Cal.com verlangt eine bestätigte E-Mail-Adresse: Am Telefon kann niemand sie bestätigen.",
        "Cal.com wants a confirmed e-mail address: on the phone nobody can confirm one.",
    ),
)


def classify(event_type: EventType) -> Verdict:
    """Whether a caller can book it; the first reason against it is told."""
    for applies, german, english in _RULES:
        if applies(event_type):
            return Verdict("no", german, english)
    for question in _unanswered(event_type):
        name = question.label or question.slug
        return Verdict(
            "no",
            f"Das Feld „{name}“ ist Pflicht: Machen Sie es in Cal.com freiwillig.",
            f'The field "{name}" is required: make it optional in Cal.com.',
        )
    return Verdict("yes" if _takes_a_phone_alone(event_type) else "placeholder")


def event_types_of(branch: Branch) -> frozenset[int]:
    """The ids that the branch's services name, with and without a wished person."""
    plain = (service.event_type_id for service in branch.services)
    wished = (choice.event_type_id for service in branch.services for choice in service.staff)
    return frozenset(number for number in (*plain, *wished) if number is not None)


@dataclass(frozen=True, slots=True)
class Listed:
    """What Cal.com's catalogue says of an event type. ``minutes`` None: it has no one length but ``options``.

    ``bookable`` false: no caller can book it, or it is there no more.
    """

    bookable: bool
    minutes: int | None = None
    options: tuple[int, ...] = ()


def effective(branch: Branch, listed: Mapping[int, Listed]) -> Branch:
    """The branch as callers are told of it: without event types that nobody can book, with Cal.com's lengths.

    What the catalogue does not know stands as it was entered. A length counts where the operator gave none:
    a branch travels with every default filled in, so that the usual one counts as none given.
    """
    refused = {number for number, found in listed.items() if not found.bookable}
    offered = (_offered(service, refused) for service in branch.services)
    services = tuple(_with_options(_with_length(service, listed), listed) for service in offered)
    return branch if services == branch.services else branch.model_copy(update={"services": services})


def _offered(service: Service, refused: Collection[int | None]) -> Service:
    if not any(
        number in refused for number in (service.event_type_id, *(one.event_type_id for one in service.staff))
    ):
        return service
    own = None if service.event_type_id in refused else service.event_type_id
    staff = tuple(choice for choice in service.staff if choice.event_type_id not in refused)
    return service.model_copy(update={"event_type_id": own, "staff": staff})


def _with_length(service: Service, listed: Mapping[int, Listed]) -> Service:
    """Without an event type of its own its people's counts, if they all take the same time."""
    own = () if service.event_type_id is None else (service.event_type_id,)
    asked = own or tuple(choice.event_type_id for choice in service.staff)
    found = {listed[number].minutes if number in listed else None for number in asked}
    minutes = found.pop() if len(found) == 1 else None
    if not minutes or service.duration_minutes != USUAL_MINUTES:
        return service
    return service.model_copy(update={"duration_minutes": minutes})


def _with_options(service: Service, listed: Mapping[int, Listed]) -> Service:
    own = () if service.event_type_id is None else (service.event_type_id,)
    numbers = (*own, *(choice.event_type_id for choice in service.staff))
    options = {each: listed[each].options for each in numbers if each in listed and listed[each].options}
    return service.model_copy(update={"length_options": options}) if options else service


def _unanswered(event_type: EventType) -> Iterator[Question]:
    """What is asked of everybody, and what the assistant does not always answer.

    Cal.com leaves out of its own title field that it is hidden: unless it says "visible", it is.
    """
    for question in event_type.questions:
        hidden = question.slug == "title" if question.hidden is None else question.hidden
        if question.required and not hidden and question.slug not in _ANSWERED:
            yield question


def _takes_a_phone_alone(event_type: EventType) -> bool:
    asked = {question.slug: question for question in event_type.questions}
    email, phone = asked.get("email"), asked.get(PHONE_FIELD)
    # The form has an e-mail field, and it is required, unless Cal.com says otherwise.
    free = email is not None and (email.hidden is True or email.required is False)
    return free and phone is not None and phone.required is True and not phone.hidden
