"""Which of what a sweep took for an orphan people see: nothing that may be on its way to a branch."""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement

from shared.db.tables import ProviderOrphan

#: What a worker makes is known to its branch when its attempt has ended: 600 s, and 40 s of a lease that
#: outlives it. Seen twice with more than that between, it is nobody's.
GRACE: Final = timedelta(seconds=900)


def is_listed() -> ColumnElement[bool]:
    """It was seen by two sweeps, and is older than the longest lease."""
    return ProviderOrphan.last_seen_at - ProviderOrphan.first_seen_at >= GRACE
