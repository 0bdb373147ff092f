"""The circuit of a dependency: decided by the breaker of this process, made common by its row."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

from shared.errors import DependencyOpenError, InfrastructureError
from shared.resilience.breaker import Breaker, Ticket
from shared.resilience.circuit_state import CircuitState, CircuitStore, Opening, Shared
from shared.resilience.policies import Policy

#: Of all that wait for a gate one is let through to probe; the next after this time if it did not.
_TURN = 0.5


class DependencyCircuit:
    """``name`` is the gate that deliveries are held at."""

    def __init__(self, name: str, policy: Policy, shared: Shared) -> None:
        self.name = name
        self.breaker = Breaker(policy)
        self._policy = policy
        self._shared = shared
        self._version = 0
        self._forced: str | None = None
        self._forced_until = float("inf")
        self._turn_until = 0.0
        self._owes_closing = False

    @property
    def forced(self) -> str | None:
        """``open`` or ``closed`` while a person's word holds."""
        return self._forced if time.monotonic() < self._forced_until else None

    @property
    def is_open(self) -> bool:
        return self.forced == "open" or (self.forced is None and not self.breaker.is_closed)

    @property
    def refuses(self) -> bool:
        """A call now would be refused: open, and not even a probe is wanted."""
        return self.is_open and not (self.forced is None and self.breaker.may_probe)

    @property
    def retry_after(self) -> float:
        """Seconds until the next attempt may be worth it."""
        return self._policy.rest if self.forced == "open" else self.breaker.rests_for

    def may_attempt(self) -> bool:
        """Closed, or open with the probe to be had; True to one asker at a time."""
        if not self.is_open:
            return True
        if self.forced == "open" or not self.breaker.may_probe or time.monotonic() < self._turn_until:
            return False
        self._turn_until = time.monotonic() + _TURN
        return True

    async def admit(self) -> Ticket:
        """A ticket for one call.

        Raises:
            DependencyOpenError: the circuit is open, and the probe is not ours.
        """
        if not self.is_open:
            return self.breaker.begin()
        if self.forced is None and self.breaker.may_probe:
            ticket = self.breaker.begin_probe()
            if await self._wins(ticket):
                return ticket
            if not self.is_open:
                return self.breaker.begin()
        raise DependencyOpenError(f"{self.name} is open", gate=self.name, retry_after=self.retry_after)

    async def _wins(self, ticket: Ticket) -> bool:
        if self._shared.store is None:
            return True
        lease = self._policy.probe_lease
        try:
            taking = self._shared.store.take_probe(self.name, by=self._shared.process, lease=lease)
            state = await self._shared.background.within(self._shared.patience, taking)
        except (InfrastructureError, TimeoutError):
            return True
        except BaseException:
            self.breaker.abandoned(ticket)
            raise
        return self._probe_is_ours(ticket, state)

    def _probe_is_ours(self, ticket: Ticket, state: CircuitState | None) -> bool:
        if state is None:
            return True  # the row could not be written when we tripped: what we know is all there is
        # Also a person's word: no later reading is news after this one.
        self._shared.learn(state)
        if self.forced is None and state.state == "open" and state.probe_by == self._shared.process:
            return True
        self.breaker.abandoned(ticket)
        if state.version == self._version:
            self._follow(state)
        return False

    def answered(self, ticket: Ticket) -> None:
        """The provider is there; a probe closes the circuit."""
        was_closed = self.breaker.is_closed
        self.breaker.succeeded(ticket)
        if not was_closed and self.breaker.is_closed:
            self._owes_closing = True
            self._tell(self._share_closing)

    def failed(self, ticket: Ticket, reason: str) -> None:
        """An outage; ``reason`` goes into the row when it opens the circuit."""
        was_closed = self.breaker.is_closed
        counted = self.breaker.failed(ticket)
        if counted and not self.breaker.is_closed and (was_closed or ticket.probe):
            self._tell(lambda store: self._share_opening(store, reason, probe=ticket.probe))

    def abandoned(self, ticket: Ticket) -> None:
        """Cancelled: counts for nothing."""
        self.breaker.abandoned(ticket)
        if ticket.probe:
            self._tell(lambda store: store.release_probe(self.name, by=self._shared.process))

    def _tell(self, share: Callable[[CircuitStore], Coroutine[Any, Any, None]]) -> None:
        # In the background: a caller on the line does not wait until the others know.
        self._shared.pulse(self.name)
        if self._shared.store is not None:
            self._shared.background.run(share(self._shared.store))

    async def _share_closing(self, store: CircuitStore, version: int | None = None) -> None:
        process, reason = self._shared.process, "the probe succeeded"
        state = await store.close(self.name, by=process, reason=reason, version=version)
        self._owes_closing = False
        if state is not None:
            self._shared.learn(state)

    async def _share_opening(self, store: CircuitStore, reason: str, *, probe: bool) -> None:
        rest, process = self.breaker.rest, self._shared.process
        opening = Opening(self.name, "dependency", reason[:500], rest, process, probe=probe)
        self._shared.learn(await store.open(opening))

    def apply(self, state: CircuitState) -> bool:
        """Take over what another process has found; True if anything changed here."""
        news = state.version > self._version
        if news:
            self._version = state.version
            self._apply_forced(state)
            # Whatever somebody else wrote was found out later than what we have not told.
            self._owes_closing &= state.probe_by == self._shared.process
        if state.version == self._version and state.state == "open" and self._must_close:
            self._tell(lambda store: self._share_closing(store, state.version))
        elif news:
            self._follow(state)
        return news

    @property
    def _must_close(self) -> bool:
        """Our probe succeeded while the database was away: nobody else will close the row."""
        return self._owes_closing and self.breaker.is_closed

    def _follow(self, state: CircuitState) -> None:
        if state.state == "closed":
            self.breaker.close()
        elif not (self.breaker.is_probing and state.probe_by == self._shared.process):
            self._rest_as(state)

    def _rest_as(self, state: CircuitState) -> None:
        self.breaker.open(max(state.rest_left or 0.0, state.probe_left or 0.0), rest=state.rest_seconds)

    def _apply_forced(self, state: CircuitState) -> None:
        self._forced = state.forced if state.is_forced else None
        left = float("inf") if state.forced_left is None else state.forced_left
        self._forced_until = time.monotonic() + left
