"""Which free slots may stand for the one a caller wished for."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.contracts.branch import WEEKDAYS, Branch, Interval

#: How far from the wish a caller who said "the nearest" is served: further away somebody should ask again.
FURTHEST: Final = timedelta(days=2)
#: Each may be taken while we try it.
_MOST: Final = 3


def alternatives(
    wished: datetime, minutes: int, slots: Sequence[datetime], branch: Branch | None, zone: str
) -> list[datetime]:
    """The free starts nearest to ``wished``, nearest first, at most three, within the branch's hours.

    A branch without opening hours is open whenever the calendar is.
    """
    length = timedelta(minutes=minutes)
    near = (slot for slot in slots if slot != wished and abs(slot - wished) <= FURTHEST)
    fitting = (slot for slot in near if branch is None or is_open(branch, slot, slot + length, zone_of(zone)))
    return sorted(fitting, key=lambda slot: (abs(slot - wished), slot))[:_MOST]


def is_open(branch: Branch, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """The whole of it lies within one opening interval, breaks and special days observed."""
    if not branch.opening_hours:
        return True
    begins = start.astimezone(zone).replace(tzinfo=None)
    ends = end.astimezone(zone).replace(tzinfo=None)
    # Yesterday's hours may go on after midnight.
    days = (begins.date() - timedelta(days=1), begins.date())
    return any(opens <= begins and ends <= closes for day in days for opens, closes in _hours(branch, day))


def _hours(branch: Branch, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Opening intervals of a day, wall time."""
    special = next((each for each in branch.special_days if each.day == day), None)
    hours: Sequence[Interval] = (
        special.hours if special else branch.opening_hours.get(WEEKDAYS[day.weekday()], ())
    )
    for interval in hours:
        opens = datetime.combine(day, interval.opens)
        closes = datetime.combine(day, interval.closes)
        yield opens, closes if closes > opens else closes + timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; UTC for one that nobody knows: a wish is not lost over it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
