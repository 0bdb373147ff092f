"""What a company's subscriptions say together: it pays, it owes, or it has nothing left that it pays for."""

from collections.abc import Iterable
from typing import Final, Literal

Standing = Literal["paid", "owing", "lost"]

_PAID: Final = frozenset({"active", "trialing"})
_LOST: Final = frozenset({"canceled", "unpaid", "incomplete_expired"})


def standing_of(statuses: Iterable[str]) -> Standing:
    """The best of them counts: who pays for one of two is served.

    Nobody owes anything who never had a subscription: pilots and friends are served without one. What is
    past due, paused, unfinished or unknown warns, and neither suspends nor resumes.
    """
    found = set(statuses)
    if found & _PAID:
        return "paid"
    return "lost" if found and found <= _LOST else "owing"
