"""Which of the free times are offered: at most three, the nearest to what the caller said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import FreeSlot

MOST = 3
_APART = timedelta(hours=1)
_MIDDAY = time(12)


@dataclass(frozen=True, slots=True)
class Selection:
    """``exact``: the time asked for is first. ``near``: that day, another time. ``day``: any time of the day.

    ``other``: the day has nothing. ``soonest``: no day was named.
    """

    kind: Literal["exact", "near", "day", "other", "soonest"]
    slots: tuple[FreeSlot, ...]


def select(free: Sequence[FreeSlot], wanted: Wanted, zone: ZoneInfo) -> Selection:
    """``free`` is in order, in the future, within hours."""
    if wanted.day is None:
        fitting = _fitting(free, wanted, zone) or list(free)
        return Selection("soonest", _daily(fitting, wanted.at, zone) if wanted.at else _spread(fitting))
    that_day = [slot for slot in free if _local(slot, zone).date() == wanted.day]
    fitting = _fitting(that_day, wanted, zone)
    if wanted.at is not None and that_day:
        return _at(that_day, datetime.combine(wanted.day, wanted.at), zone)
    if fitting:
        return Selection("day", _thirds(fitting))
    # Another time of that day is nearer to the wish than another day.
    return Selection("other", _nearest(that_day or list(free), _anchor(wanted, wanted.day, zone)))


def nearest_on(free: Sequence[FreeSlot], wanted: Wanted, day: date, zone: ZoneInfo) -> tuple[FreeSlot, ...]:
    """The time of ``day`` that is nearest to the one asked for, if there is any."""
    anchor = _anchor(wanted, day, zone)
    that_day = [slot for slot in free if _local(slot, zone).date() == day]
    return tuple(sorted(that_day, key=lambda slot: (abs(slot.start - anchor), slot.start))[:1])


def on_other_days(
    free: Sequence[FreeSlot], wanted: Wanted, day: date, zone: ZoneInfo, most: int
) -> tuple[FreeSlot, ...]:
    """One time each of the ``most`` days nearest to ``day``, in order."""
    others = {_local(slot, zone).date() for slot in free} - {day}
    days = sorted(others, key=lambda own: (abs(own - day), own < day))[:most]
    return tuple(slot for own in sorted(days) for slot in nearest_on(free, wanted, own, zone))


def _at(that_day: list[FreeSlot], wall: datetime, zone: ZoneInfo) -> Selection:
    """``wall``: what a clock at the branch shows, which it may never do in the night when clocks change."""
    nearest = _nearest(that_day, wall.replace(tzinfo=zone).astimezone(UTC))
    exact = next((slot for slot in nearest if _local(slot, zone).replace(tzinfo=None) == wall), None)
    if exact is None:
        return Selection("near", nearest)
    return Selection("exact", (exact, *(slot for slot in nearest if slot != exact)))


def _fitting(slots: Sequence[FreeSlot], wanted: Wanted, zone: ZoneInfo) -> list[FreeSlot]:
    if wanted.part is None:
        return list(slots)
    first, last = wanted.part
    return [slot for slot in slots if first <= _local(slot, zone).time() < last]


def _nearest(slots: Sequence[FreeSlot], anchor: datetime) -> tuple[FreeSlot, ...]:
    chosen = sorted(slots, key=lambda slot: (abs(slot.start - anchor), slot.start))[:MOST]
    return tuple(sorted(chosen, key=lambda slot: slot.start))


def _anchor(wanted: Wanted, day: date, zone: ZoneInfo) -> datetime:
    clock = wanted.at or (wanted.part[0] if wanted.part else _MIDDAY)
    # Times of two zones are never equal around a change of clocks: compared in UTC.
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _spread(slots: Sequence[FreeSlot]) -> tuple[FreeSlot, ...]:
    """The soonest, then those an hour apart: 9:00, 9:15, 9:30 is no choice."""
    chosen: list[FreeSlot] = []
    for slot in slots:
        if not chosen or slot.start - chosen[-1].start >= _APART:
            chosen.append(slot)
        if len(chosen) == MOST:
            break
    return tuple(chosen)


def _daily(slots: Sequence[FreeSlot], clock: time, zone: ZoneInfo) -> tuple[FreeSlot, ...]:
    """A time and no day: of each day the nearest to it, of those the nearest of all."""

    def away(slot: FreeSlot) -> timedelta:
        local = _local(slot, zone).replace(tzinfo=None)
        return abs(local - datetime.combine(local.date(), clock))

    nearest: dict[date, FreeSlot] = {}
    for slot in slots:
        day = _local(slot, zone).date()
        nearest[day] = min(nearest.get(day, slot), slot, key=away)
    chosen = sorted(nearest.values(), key=lambda slot: (away(slot), slot.start))[:MOST]
    return tuple(sorted(chosen, key=lambda slot: slot.start))


def _thirds(slots: Sequence[FreeSlot]) -> tuple[FreeSlot, ...]:
    """One of each third of the day."""
    places = dict.fromkeys(len(slots) * part // MOST for part in range(MOST))
    return tuple(slots[place] for place in places)


def _local(slot: FreeSlot, zone: ZoneInfo) -> datetime:
    return slot.start.astimezone(zone)
