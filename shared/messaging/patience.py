"""How long one attempt is held: until its gate opens, and not for ever behind one that is open."""

import time
from typing import Final

from shared.messaging.gates import OURS, Gates
from shared.observability.logging import get_logger

_log = get_logger("delivery")
#: Half of the broker's consumer time-out.
LONGEST_HOLD: Final = 900.0
#: What a server refuses though it answers (its disk is full, a deadlock, a queue that is gone) is not over at
#: once, and asked again without a pause the server has twenty thousand such questions a second.
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0


class Patience:
    """Of one attempt, or of one write that nothing can replace.

    ``repeats``: how often it may be repeated behind an open gate of our own; ``seconds``: until when.
    """

    def __init__(self, gates: Gates, *, repeats: float = float("inf"), seconds: float = float("inf")) -> None:
        self._gates = gates
        self._left = self._repeats = repeats
        self._until = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE

    async def wait(self, gate: str) -> bool:
        """True when it is worth another try, False when it is not to be held any longer.

        Raises:
            LetGoError: the process stops.
        """
        if gate not in OURS:
            return await self._gates.wait(gate, max(0.0, self._until - time.monotonic()))
        if await self._gates.is_open(gate):
            return await self._rest()
        self._left, self._pause = self._repeats, _FIRST_PAUSE
        while not await self._gates.wait(gate, LONGEST_HOLD):
            _log.warning("delivery.held", gate=gate)
        return True

    async def _rest(self) -> bool:
        if self._left <= 0 or time.monotonic() > self._until:
            return False
        await self._gates.pause(self._pause)
        self._left, self._pause = self._left - 1, min(self._pause * 2, _LONGEST_PAUSE)
        return True
