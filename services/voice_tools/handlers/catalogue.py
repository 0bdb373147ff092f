"""A service and a wished person → the event types that book it, or a question back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import reply, staff_name
from services.voice_tools.handlers.names import sounds_like
from services.voice_tools.handlers.services_named import named_nothing, near, services_named, unknown_among
from services.voice_tools.values import TOGETHER, Answer, Call
from shared.contracts.branch import USUAL_MINUTES, Service
from shared.contracts.voice import ANYBODY

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What to look for: event types of Cal.com, each with whom it books (None: whoever is there).

    ``wish_heard`` False: a person was wished for, and the branch books whoever is there.
    ``further``: other services of the same appointment. ``wished``: for the one it books somebody has asked.
    """

    service: Service
    event_types: tuple[tuple[int, str | None], ...]
    wish_heard: bool = True
    further: tuple[Service, ...] = ()
    wished: bool = False

    @property
    def services(self) -> tuple[Service, ...]:
        """All that is to be done."""
        return (self.service, *self.further)

    @property
    def key(self) -> str:
        """Of an offer."""
        return TOGETHER.join(service.key for service in self.services)

    @property
    def minutes(self) -> int:
        """How long all of it takes."""
        return sum(service.duration_minutes for service in self.services)

    @property
    def asked_minutes(self) -> int | None:
        """What to ask the calendar for; None: its usual length, as nobody has entered another one."""
        return None if self.minutes == USUAL_MINUTES and not self.further else self.minutes


def target_of(
    call: Call, service_key: str | None, staff: str | None, further: str | None = None
) -> Target | Answer:
    """The answer is a question where the service or the person is not clear, or cannot be booked."""
    named = services_named(call, service_key, further)
    unknown = unknown_among(call, service_key, further) if named else None
    if unknown is not None:
        # Whoever wants two things and gets a time for one of them comes for both.
        return _which(call, unknown)
    if len(named) > 1:
        return _together(call, named, _anybody_is_none(staff))
    service = named[0] if named else _only(call, service_key)
    if service is None:
        return _which(call, service_key)
    wanted = _anybody_is_none(staff)
    choices = tuple((choice.event_type_id, choice.staff_key) for choice in service.staff)
    if wanted is not None:
        return _with_person(call, service, wanted, choices)
    if service.event_type_id is not None:
        return Target(service, ((service.event_type_id, None),))
    return Target(service, choices) if choices else reply(call, "not_offered", service=service.name)


def _which(call: Call, said: str | None) -> Answer:
    names = [each.name for each in _bookable(near(call, said))[:_MOST_NAMED]]
    return reply(call, "unknown_service", services=spoken.choice(names, call.language))


def _with_person(
    call: Call, service: Service, wanted: str, choices: tuple[tuple[int, str | None], ...]
) -> Target | Answer:
    fitting = tuple(choice for choice in choices if _is(call, wanted, choice[1]))
    if fitting:
        return Target(service, fitting, wished=True)
    others = [staff_name(call, key) for _, key in choices]
    if not any(others):
        # The branch books whoever is there: a wish for a person is a note, not another calendar.
        plain = service.event_type_id
        return (
            Target(service, ((plain, None),), wish_heard=False)
            if plain
            else reply(call, "not_offered", service=service.name)
        )
    return reply(
        call, "unknown_staff", others=spoken.choice([each for each in others if each], call.language)
    )


def unheard(call: Call, answer: Answer) -> Answer:
    """``answer``, after the caller has heard that nobody can be chosen."""
    return replace(answer, say=f"{reply(call, 'nobody_chosen').say.rstrip('.')}: {answer.say}")


def _is(call: Call, wanted: str, key: str | None) -> bool:
    name = staff_name(call, key)
    return key is not None and (wanted == key.casefold() or bool(name and sounds_like(wanted, name)))


def _bookable(services: Sequence[Service]) -> Sequence[Service]:
    """What a caller may choose from; where nothing can be booked, what somebody may be called back about."""
    return [each for each in services if each.is_bookable] or services


def _together(call: Call, named: Sequence[Service], wanted: str | None) -> Target | Answer:
    """One appointment for all of them, where its event type lets one choose so long a time."""
    minutes = sum(service.duration_minutes for service in named)
    plain, people = (
        [choice for choice in choices if call.length_at(choice[0], minutes)]
        for choices in (_same_event_type(named), _same_people(named))
    )
    theirs = [choice for choice in people if wanted is not None and _is(call, wanted, choice[1])]
    fitting = theirs or plain or ([] if wanted else people)
    if not fitting:
        return _several(call, named)
    heard, further = wanted is None or bool(theirs), tuple(named[1:])
    return Target(named[0], tuple(fitting), wish_heard=heard, further=further, wished=bool(theirs))


def colleagues_of(target: Target) -> Target | None:
    """Whoever else does one service; None where nobody does."""
    if target.further:
        return None
    theirs = {number for number, _ in target.event_types}
    others = [choice for choice in _same_people(target.services) if choice[0] not in theirs]
    choices = tuple(others) or tuple(_same_event_type(target.services))
    return Target(target.service, choices) if choices else None


def _same_event_type(named: Sequence[Service]) -> list[tuple[int, str | None]]:
    numbers = {service.event_type_id for service in named}
    return [(number, None) for number in numbers if number is not None and len(numbers) == 1]


def _same_people(named: Sequence[Service]) -> list[tuple[int, str | None]]:
    """The first one's event types, of those who do all of them."""
    first, *others = named
    do_others = [{choice.staff_key for choice in other.staff} for other in others]
    return [
        (choice.event_type_id, choice.staff_key)
        for choice in first.staff
        if all(choice.staff_key in each for each in do_others)
    ]


def _several(call: Call, named: Sequence[Service]) -> Answer:
    """One appointment has one length at the calendar: a person has to plan it."""
    names = spoken.listing([service.name for service in named], call.language)
    return reply(call, "several_services", services=names)


def _only(call: Call, named: str | None) -> Service | None:
    """The only one there is, where none was named; another one is not made of a name that nobody knows."""
    services = call.branch.services
    return services[0] if len(services) == 1 and named_nothing(named) else None


def _anybody_is_none(staff: str | None) -> str | None:
    said = (staff or "").casefold()
    return None if not said or said in ANYBODY.values() else said
