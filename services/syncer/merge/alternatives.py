"""Which free slots may stand for the one a caller wished for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.contracts.branch import Branch
from shared.contracts.hours import within_hours
from shared.contracts.policies import bookable

#: How far from the wish a caller who said "the nearest" is served: further away somebody should ask again.
FURTHEST: Final = timedelta(days=2)
#: In which a message is read, and a customer comes.
_TO_BE_TOLD: Final = timedelta(hours=2)
#: Each may be taken while we try it.
_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime


def alternatives(
    wished: datetime, minutes: int, slots: Sequence[datetime], branch: Branch | None, now: datetime
) -> list[datetime]:
    """The free starts nearest to ``wished``, at most three, within the branch's hours; its own day first.

    Nobody who would have to agree is on the line: never a day before the one that was wished for, and never
    sooner or later than the branch lets people book, nor before somebody can be told.
    Never on a holiday of the branch's state. On any other day a branch without opening hours is open
    whenever the calendar is.
    """
    length, zone = timedelta(minutes=minutes), ZoneInfo(branch.timezone) if branch else UTC
    day = wished.astimezone(zone).date()
    near = (slot for slot in slots if slot != wished and slot >= now + _TO_BE_TOLD)
    close = (slot for slot in near if abs(slot - wished) <= FURTHEST and slot.astimezone(zone).date() >= day)
    spans = (_Span(slot, slot + length) for slot in close)
    fitting = spans if branch is None else within_hours(branch, bookable(branch, now, spans))
    starts = (span.start for span in fitting)
    order = sorted(starts, key=lambda slot: (slot.astimezone(zone).date() != day, abs(slot - wished), slot))
    return order[:_MOST]
