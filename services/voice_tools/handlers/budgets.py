"""How long each function may take, from the moment its request arrives."""

from dataclasses import dataclass
from typing import Final

_LOOK_UPS: Final = frozenset({"check_availability", "find_appointment", "branch_information"})
#: Said once; who asks again while the first request still hangs hears that it does not work.
_OVER: Final = {True: ("looking", "unavailable"), False: ("moment", "failed")}


@dataclass(frozen=True, slots=True)
class Budgets:
    """Seconds. ``look``: whatever only reads; ``enter``: whatever writes.

    When they are over the caller hears that it takes a moment. What has begun by then goes on; an attempt at
    the calendar ends ``ATTEMPT`` after its request came in.
    """

    look: float = 0.8
    enter: float = 2.5

    def of(self, name: str) -> float:
        """The function's budget."""
        return self.look if name in _LOOK_UPS else self.enter


#: Of what a caller waits, the database's share; the rest is enough for the broker to confirm a wish.
DATABASES_SHARE: Final = 0.7
#: Retell gives a function up after ten; by then the outcome has to be known and written down.
ATTEMPT: Final = 8.0


def over(name: str, *, again: bool) -> str:
    """The sentence where time is up and nothing has begun; ``again``: the one before still hangs."""
    return _OVER[name in _LOOK_UPS][again]
