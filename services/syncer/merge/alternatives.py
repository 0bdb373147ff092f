"""Which free slots may stand for the one a caller wished for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.contracts.branch import Branch
from shared.contracts.hours import within_hours

#: How far from the wish a caller who said "the nearest" is served: further away somebody should ask again.
FURTHEST: Final = timedelta(days=2)
#: Minutes in which a message is read, and a customer comes.
_TO_BE_TOLD: Final = 120
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
    sooner than the branch lets people book, or somebody can be told in time.
    Never on a holiday of the branch's state. On any other day a branch without opening hours is open
    whenever the calendar is.
    """
    length, zone = timedelta(minutes=minutes), ZoneInfo(branch.timezone) if branch else UTC
    day = wished.astimezone(zone).date()
    soonest = now + timedelta(minutes=_notice(branch))
    near = (slot for slot in slots if slot != wished and slot >= soonest and abs(slot - wished) <= FURTHEST)
    spans = (_Span(slot, slot + length) for slot in near if slot.astimezone(zone).date() >= day)
    fitting = spans if branch is None else within_hours(branch, spans)
    starts = (span.start for span in fitting)
    order = sorted(starts, key=lambda slot: (slot.astimezone(zone).date() != day, abs(slot - wished), slot))
    return order[:_MOST]


def _notice(branch: Branch | None) -> int:
    """Minutes."""
    return max(_TO_BE_TOLD, branch.booking_notice_minutes or 0) if branch else _TO_BE_TOLD
