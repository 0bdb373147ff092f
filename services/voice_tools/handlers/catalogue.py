"""A service and a wished person → the event types that book it, or a question back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import reply, staff_name
from services.voice_tools.handlers.names import sounds_like
from services.voice_tools.handlers.services_named import named_nothing, near, services_named
from services.voice_tools.values import Answer, Call
from shared.contracts.branch import Service
from shared.contracts.voice import ANYBODY

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What to look for: event types of Cal.com, each with whom it books (None: whoever is there).

    ``wish_heard`` False: a person was wished for, and the branch books whoever is there.
    """

    service: Service
    event_types: tuple[tuple[int, str | None], ...]
    wish_heard: bool = True


def target_of(call: Call, service_key: str | None, staff: str | None) -> Target | Answer:
    """The answer is a question where the service or the person is not clear, or cannot be booked."""
    named = services_named(call, service_key)
    if len(named) > 1:
        return several(call, named)
    service = named[0] if named else _only(call, service_key)
    if service is None:
        names = [each.name for each in _bookable(near(call, service_key))[:_MOST_NAMED]]
        return reply(call, "unknown_service", services=spoken.choice(names, call.language))
    wanted = _anybody_is_none(staff)
    choices = tuple((choice.event_type_id, choice.staff_key) for choice in service.staff)
    if wanted is not None:
        return _with_person(call, service, wanted, choices)
    if service.event_type_id is not None:
        return Target(service, ((service.event_type_id, None),))
    return Target(service, choices) if choices else reply(call, "not_offered", service=service.name)


def _with_person(
    call: Call, service: Service, wanted: str, choices: tuple[tuple[int, str | None], ...]
) -> Target | Answer:
    fitting = tuple(choice for choice in choices if _is(call, wanted, choice[1]))
    if fitting:
        return Target(service, fitting)
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


def several(call: Call, named: Sequence[Service]) -> Answer:
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
