"""One circuit in this process: pybreaker as a synchronous state machine, never awaited inside.

pybreaker alone counts a cancellation as a failure, lets a hundred calls through half-open, and takes the
failure of a call that began before the trip as a new one. Therefore calls hold a ticket: its epoch tells
whether its result still concerns the present state, and only one ticket at a time is a probe.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import pybreaker

from shared.resilience.policies import Policy


@dataclass(frozen=True, slots=True)
class Ticket:
    """A call that was let through. ``epoch``: the state it began in."""

    epoch: int
    probe: bool = False


class Breaker(pybreaker.CircuitBreakerListener):
    """Closed, open or half-open; ``rest`` is the present length of the rest in seconds."""

    def __init__(self, policy: Policy, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._epoch = 0
        self._rest_until = 0.0
        self.rest = policy.rest
        self._machine = pybreaker.CircuitBreaker(
            policy.fail_max,
            reset_timeout=policy.rest,  # never consulted: the rest is counted here, by a monotonic clock
            success_threshold=1,
            listeners=[self],
            name=policy.dependency,
            throw_new_error_on_trip=False,
        )

    @property
    def is_closed(self) -> bool:
        return self._machine.current_state == pybreaker.STATE_CLOSED

    @property
    def failures(self) -> int:
        """Consecutive outages since the last success."""
        return self._machine.fail_counter

    @property
    def rests_for(self) -> float:
        """Seconds until a probe may begin: the rest, or the lease of the probe that is on its way."""
        return 0.0 if self.is_closed else max(0.0, self._rest_until - self._clock())

    @property
    def may_probe(self) -> bool:
        """The rest is over and no probe is on its way."""
        return not self.is_closed and self.rests_for <= 0

    @property
    def is_probing(self) -> bool:
        """A probe of this process is on its way."""
        return self._machine.current_state == pybreaker.STATE_HALF_OPEN and self.rests_for > 0

    def begin(self) -> Ticket:
        """A ticket for a call through a closed circuit."""
        return Ticket(self._epoch)

    def begin_probe(self) -> Ticket:
        """The one ticket through an open circuit; half-open until its result is in or its lease is over."""
        self._machine.half_open()
        self._rest_until = self._clock() + self._policy.probe_lease
        return Ticket(self._epoch, probe=True)

    def succeeded(self, ticket: Ticket) -> None:
        """The provider answered: any status below 500 is an answer."""
        if self._concerns(ticket):
            self._machine.call(_succeed)

    def failed(self, ticket: Ticket) -> bool:
        """An outage: no connection, no answer, 5xx. True if it counted."""
        if not self._concerns(ticket):
            return False
        with contextlib.suppress(_Outage):
            self._machine.call(_fail)
        return True

    def _concerns(self, ticket: Ticket) -> bool:
        # An open machine lets nothing through: a call got there by a person's word, and decides nothing.
        return ticket.epoch == self._epoch and self._machine.current_state != pybreaker.STATE_OPEN

    def abandoned(self, ticket: Ticket) -> None:
        """A cancellation counts for nothing; a probe that was cancelled leaves the place to another."""
        if ticket.probe and ticket.epoch == self._epoch:
            self.open(0.0, rest=self.rest)

    def open(self, seconds: float, *, rest: float | None = None) -> None:
        """Open, a probe after ``seconds``; ``rest``: length of the present rest as others have counted it."""
        if self._machine.current_state != pybreaker.STATE_OPEN:
            self._machine.open()
        self.rest = rest or self.rest
        self._rest_until = self._clock() + seconds

    def close(self) -> None:
        """Close; the next rest is a short one again."""
        if not self.is_closed:
            self._machine.close()

    def state_change(self, cb: object, old_state: object, new_state: pybreaker.CircuitBreakerState) -> None:
        """Called by pybreaker, inside its lock: nothing here may raise."""
        self._epoch += 1
        if new_state.name == pybreaker.STATE_CLOSED:
            self.rest = self._policy.rest
        elif new_state.name == pybreaker.STATE_OPEN:
            after_probe = getattr(old_state, "name", "") == pybreaker.STATE_HALF_OPEN
            self.rest = min(self.rest * 2, self._policy.longest_rest) if after_probe else self.rest
            self._rest_until = self._clock() + self.rest


class _Outage(Exception):  # noqa: N818  # a signal to pybreaker
    """Tells pybreaker that a call failed."""


def _succeed() -> None:
    """Tells pybreaker that a call succeeded."""


def _fail() -> None:
    raise _Outage
