"""Times that may be free while the calendar says nothing: the opening hours, in steps."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from services.voice_tools.values import Call, FreeSlot
from shared.contracts import hours

#: What people name when they are asked for a time.
_STEP: Final = timedelta(minutes=30)


def guessed(
    call: Call, event_types: Sequence[tuple[int, str | None]], first: date, *, days: int, minutes: int
) -> list[FreeSlot]:
    """Starts of an appointment of ``minutes`` in the ``days`` from ``first``, for each of the event types.

    None where nobody entered opening hours: then only the calendar knows.
    """
    if not hours.knows_hours(call.branch):
        return []
    length = timedelta(minutes=minutes)
    opened = (first + timedelta(days=number) for number in range(days))
    return [
        FreeSlot(slot.start, slot.end, number, staff, stale=True)
        for day in opened
        for slot in _starts(call, day, length)
        for number, staff in event_types
    ]


def _starts(call: Call, day: date, length: timedelta) -> Iterator[FreeSlot]:
    for opens, closes in hours.day_of(call.branch, day).hours:
        start = opens
        while start + length <= closes:
            yield FreeSlot(start, start + length)
            start += _STEP
