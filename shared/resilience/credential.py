"""The circuit of a company's key: open after 401, 402, 403 until somebody acts, after 429 for a while."""

import time
from dataclasses import dataclass
from typing import Final

from shared.errors import CredentialOpenError
from shared.resilience.circuit_state import CircuitState, CircuitStore, Opening, Shared

#: Cal.com blocks for 60 s after a 429 and does not say so in a header.
DEFAULT_PAUSE: Final = 60.0
#: "Retry-After: 0" with a 429 would go round without an attempt being counted.
_SHORTEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pass:
    """A call that a key was used for. ``epoch``: of the circuit when it began."""

    epoch: int


class CredentialCircuit:
    """Deliveries behind it are parked: they cost other companies no place in the prefetch window."""

    def __init__(self, name: str, company_id: str | None, shared: Shared) -> None:
        self.name = name
        self._company_id = company_id
        self._shared = shared
        self._version = 0
        self._epoch = 0
        self._open_until = 0.0
        self._told_until = 0.0
        self._forced: str | None = None
        self._forced_until = float("inf")

    @property
    def is_open(self) -> bool:
        now = time.monotonic()
        if self._forced is not None and now < self._forced_until:
            return self._forced == "open"
        return now < self._open_until

    @property
    def refuses(self) -> bool:
        """A call now would be refused."""
        return self.is_open

    @property
    def retry_after(self) -> float | None:
        """Seconds until it is over; None where only a person or a new key ends it."""
        left = self._open_until - time.monotonic()
        return None if left == float("inf") else max(0.0, left)

    def may_attempt(self) -> bool:
        """Closed."""
        return not self.is_open

    def admit(self) -> Pass:
        """Raises CredentialOpenError while the circuit is open."""
        if self.is_open:
            raise CredentialOpenError(f"{self.name} is open", circuit=self.name, retry_after=self.retry_after)
        return Pass(self._epoch)

    def rejected(self, used: Pass, status: int, reason: str) -> None:
        """401, 402, 403: the key is no good until it changes. A late answer to an old key counts nothing."""
        self._open(used, None, f"{status}: {reason}", status)

    def limited(self, used: Pass, seconds: float | None) -> None:
        """429: open until the provider allows again, whoever else may think that it is over."""
        pause = DEFAULT_PAUSE if seconds is None else max(seconds, _SHORTEST_PAUSE)
        if used.epoch == self._epoch:
            self._told_until = max(self._told_until, time.monotonic() + pause)
        self._open(used, pause, "429: rate limit", None)

    def used_up(self, seconds: float) -> None:
        """Our own budget for this minute is spent: open until the next window."""
        self._open(Pass(self._epoch), seconds, "the budget is used up", None)

    def _open(self, used: Pass, rest: float | None, reason: str, status: int | None) -> None:
        if used.epoch != self._epoch:
            return
        until = float("inf") if rest is None else time.monotonic() + rest
        self._open_until = max(self._open_until, until)
        self._shared.pulse(self.name)
        opening = Opening(
            self.name, "credential", reason[:500], rest, self._shared.process, self._company_id, status
        )
        if self._shared.store is not None:
            self._shared.background.run(self._share(self._shared.store, opening))

    async def _share(self, store: CircuitStore, opening: Opening) -> None:
        self._shared.learn(await store.open(opening))

    def apply(self, state: CircuitState) -> bool:
        """Take over the row; True if anything changed here."""
        if state.version <= self._version:
            return False
        self._version = state.version
        now = time.monotonic()
        self._forced = state.forced if state.is_forced else None
        self._forced_until = now + (float("inf") if state.forced_left is None else state.forced_left)
        if state.state == "open":
            left = float("inf") if state.rest_left is None else state.rest_left
            self._open_until = max(self._told_until, now + left)
        else:
            self._close(state)
        return True

    def _close(self, state: CircuitState) -> None:
        if not state.has_ended_by_itself:
            # The same key answers as before, or another one does: what was told earlier is void.
            self._epoch += 1
            self._told_until = 0.0
        self._open_until = self._told_until
