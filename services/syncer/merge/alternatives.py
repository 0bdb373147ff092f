"""Which free slots may stand for the one a caller wished for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.contracts.branch import Branch
from shared.contracts.hours import within_hours

#: How far from the wish a caller who said "the nearest" is served: further away somebody should ask again.
FURTHEST: Final = timedelta(days=2)
#: Each may be taken while we try it.
_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime


def alternatives(
    wished: datetime, minutes: int, slots: Sequence[datetime], branch: Branch | None
) -> list[datetime]:
    """The free starts nearest to ``wished``, nearest first, at most three, within the branch's hours.

    Never on a holiday of the branch's state. On any other day a branch without opening hours is open
    whenever the calendar is.
    """
    length = timedelta(minutes=minutes)
    near = (slot for slot in slots if slot != wished and abs(slot - wished) <= FURTHEST)
    spans = (_Span(slot, slot + length) for slot in near)
    fitting = spans if branch is None else within_hours(branch, spans)
    return sorted((span.start for span in fitting), key=lambda slot: (abs(slot - wished), slot))[:_MOST]
