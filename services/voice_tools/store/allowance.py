"""How often one call may look into the calendar itself: the key's requests are those of all callers."""

from typing import Final

from services.voice_tools.store.counters import Counters
from services.voice_tools.values import Call, TooManyLooksError

#: Each shows two weeks: three for a caller who cannot decide, with two people and another service.
MOST_LOOKS: Final = 10
#: Longer than any call.
_SECONDS: Final = 2 * 60 * 60.0


class Allowance:
    """Of look-ups that the cache does not answer; ``most`` per call, in all replicas together."""

    def __init__(self, counters: Counters, *, most: int = MOST_LOOKS) -> None:
        self._counters = counters
        self._most = most

    async def spend(self, call: Call) -> None:
        """One more.

        Raises:
            TooManyLooksError: the call has had all of them.
        """
        if (
            await self._counters.add(f"calls:{call.company_id}:{call.call_id}:looks", seconds=_SECONDS)
            > self._most
        ):
            self._counters.refused("looks", "check_availability")
            raise TooManyLooksError(f"more than {self._most} looks into the calendar in one call")
