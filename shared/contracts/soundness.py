"""Does an event keep its contract? Asked before a person's correction is sent.

Our own events have models. What providers send is read leniently, so that nothing of theirs is ever refused;
of a correction it is asked that it can do its work: it names what it is about, and its times can be read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from pydantic import ValidationError

from shared.contracts.calcom import booking_of
from shared.contracts.events import OWN_EVENTS, OwnEvent
from shared.contracts.lenient import (
    instant_of,
    integer_of,
    mapping_of,
    milliseconds_of,
    text_of,
)

Read = Callable[[Any], Any]
#: Where one of several spellings stands, and how it is read.
Need = tuple[tuple[str, ...], Read]


@dataclass(frozen=True, slots=True)
class Fault:
    """``field``: its place in the data, ``payload.uid``; empty: the data as a whole."""

    field: str
    message: str


_CALL: Final[tuple[Need, ...]] = ((("call.call_id", "call_id"), text_of),)
_TIMES: Final[tuple[Need, ...]] = (
    (("payload.startTime", "payload.start"), instant_of),
    (("payload.endTime", "payload.end"), instant_of),
)
_STARTED: Final[Need] = (("call.start_timestamp", "start_timestamp"), milliseconds_of)
_OBJECT: Final[tuple[Need, ...]] = ((("data.object.id",), text_of), (("created",), integer_of))
_NEEDS: Final[dict[str, tuple[Need, ...]]] = {
    "calcom.booking_created": _TIMES,
    "calcom.booking_requested": _TIMES,
    "calcom.booking_rescheduled": _TIMES,
    "calcom.booking_*": (),
    "calcom.meeting_*": (),
    "retell.call_started": (*_CALL, _STARTED),
    "retell.call_ended": (*_CALL, _STARTED),
    "retell.call_*": _CALL,
    "retell.transfer_*": _CALL,
    "stripe.*": _OBJECT,
}


def is_known(event_type: str) -> bool:
    """Whether there is a contract; where there is none, everything that is JSON keeps it."""
    return event_type in OWN_EVENTS or _needs(event_type) is not None


def faults_of(event_type: str, data: Any) -> tuple[Fault, ...]:
    """What breaks the contract of its type; empty where nothing does, or there is none."""
    if (model := OWN_EVENTS.get(event_type)) is not None:
        return tuple(_of_model(model, data))
    needs = _needs(event_type)
    if needs is None:
        return ()
    if not isinstance(data, dict):
        return (Fault("", "must be an object"),)
    return (*_of_booking(event_type, data), *_of_needs(needs, data))


def _needs(event_type: str) -> tuple[Need, ...] | None:
    return next((needs for pattern, needs in _NEEDS.items() if fnmatchcase(event_type, pattern)), None)


def _of_model(model: type[OwnEvent], data: Any) -> Iterator[Fault]:
    try:
        model.model_validate(data)
    except ValidationError as error:
        # Without the input: it may be what nobody should read.
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            yield Fault(".".join(map(str, one["loc"])), one["msg"])


def _of_booking(event_type: str, data: dict[str, Any]) -> Iterator[Fault]:
    if event_type.startswith("calcom.") and booking_of(data).key is None:
        yield Fault("payload.uid", "must name the booking")


def _of_needs(needs: tuple[Need, ...], data: dict[str, Any]) -> Iterator[Fault]:
    for places, read in needs:
        values = [_at(data, place) for place in places]
        if all(value is None for value in values):
            yield Fault(places[0], "is missing")
        elif all(read(value) is None for value in values):
            yield Fault(places[0], "cannot be read")


def _at(data: dict[str, Any], place: str) -> Any:
    *parents, last = place.split(".")
    for name in parents:
        data = mapping_of(data.get(name))
    return data.get(last)
