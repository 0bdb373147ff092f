"""deadline(retry(rate limit(breaker(time-out of one attempt(call))))): the only user of tenacity.

Only transient errors are tried again in place. Never: an open circuit (whoever asks at once gets the same
answer), a 429 (parked until it is over), an outcome nobody knows (who created looks before it creates again).
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
)

from shared.errors import (
    CredentialOpenError,
    CredentialRejectedError,
    DependencyOpenError,
    InfrastructureError,
    PermanentError,
    RateLimitedError,
    RefusedForNowError,
    TransientError,
    UnknownOutcomeError,
)
from shared.resilience.attempts import measured
from shared.resilience.breaker import Ticket
from shared.resilience.circuit_state import BUDGET
from shared.resilience.circuits import Circuits
from shared.resilience.credential import CredentialCircuit, Pass
from shared.resilience.dependency import DependencyCircuit
from shared.resilience.headers import Allowance
from shared.resilience.http import Operation, lost
from shared.resilience.limits import Limits
from shared.resilience.policies import Policy
from shared.resilience.within import within

T = TypeVar("T")

_NOT_IN_PLACE = (
    UnknownOutcomeError,
    RefusedForNowError,
    RateLimitedError,
    CredentialOpenError,
    DependencyOpenError,
    InfrastructureError,
)
#: The attempt ends this much before the whole call: its time-out must be the one that is counted.
_MARGIN = 0.05


class Guards:
    """Makes guards that share the circuits and budgets of this process."""

    def __init__(self, circuits: Circuits, limits: Limits) -> None:
        self._circuits = circuits
        self._limits = limits

    def guard(
        self, policy: Policy, *, gate: str = "", credential: str | None = None, company_id: str | None = None
    ) -> "Guard":
        """``gate``: the circuit's name where it is not the policy's; ``credential``: ``calcom:<company>``."""
        key = self._circuits.credential(credential, company_id) if credential else None
        dependency = self._circuits.dependency(gate or policy.dependency, policy)
        shares = credential and policy.per_minute is not None and policy.reserved > 0
        spent = self._circuits.credential(f"{credential}{BUDGET}", company_id) if shares else None
        return Guard(policy, dependency, key, spent, self._limits)


class Guard:
    """One dependency, used by one credential. The attempts it is given raise shared.errors only."""

    def __init__(
        self,
        policy: Policy,
        dependency: DependencyCircuit,
        credential: CredentialCircuit | None,
        spent: CredentialCircuit | None,
        limits: Limits,
    ) -> None:
        self._policy = policy
        self._dependency = dependency
        self._credential = credential
        self._spent = spent
        self._limits = limits

    @property
    def policy(self) -> Policy:
        """The numbers of this use."""
        return self._policy

    @property
    def credential(self) -> str | None:
        """Name of the credential's circuit."""
        return self._credential.name if self._credential else None

    async def run(self, operation: Operation, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of the first attempt that succeeds.

        Raises:
            DependencyOpenError, CredentialOpenError: nothing was sent.
            AskProError: of the last attempt, or what the deadline left unknown.
        """
        try:
            return await self._called(operation, attempt)
        except TransientError as error:
            if self._policy.parks and error.gate == self._dependency.name:
                error.gate, error.circuit = None, self._dependency.name
            raise

    async def _called(self, operation: Operation, attempt: Callable[[], Awaitable[T]]) -> T:
        call = _Call(operation, time.monotonic() + self._policy.deadline)
        try:
            async with within(self._policy.deadline):
                return await self._retrying()(self._attempt, call, attempt)
        except TimeoutError as error:
            text = f"{operation.name}: no result within {self._policy.deadline} s"
            raise self._held(lost(text, operation)) from error

    def allowed(self, allowance: Allowance) -> None:
        """What the headers of an answer say about the budget."""
        if self._credential is not None:
            self._limits.correct(self._credential.name, allowance, usual=self._policy.per_minute)

    def _retrying(self) -> AsyncRetrying:
        # One object per call: tenacity keeps the state of ``async for`` in it.
        policy = self._policy
        return AsyncRetrying(
            retry=retry_if_exception(_worth_another),
            wait=self._pause,
            stop=stop_any(
                stop_after_attempt(policy.attempts), stop_before_delay(policy.deadline - policy.connect)
            ),
            reraise=True,
        )

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        floor = getattr(error, "retry_after", None) or 0.0
        ceiling = min(self._policy.longest_backoff, self._policy.backoff * 2.0 ** (state.attempt_number - 1))
        return float(floor) + random.uniform(0.1, 1.0) * ceiling  # noqa: S311  # jitter, not a secret

    async def _attempt(self, call: "_Call", attempt: Callable[[], Awaitable[T]]) -> T:
        used = self._credential.admit() if self._credential else None
        if self._spent is not None:
            self._spent.admit()
        await self._within_budget(call)
        ticket = await self._dependency.admit()
        self._look_again(ticket)
        call.number += 1
        try:
            result = await measured(call.operation, call.number, lambda: self._timed(call, attempt))
        except BaseException as error:
            self._settle(ticket, used, error)
            raise
        self._dependency.answered(ticket)
        return result

    def _look_again(self, ticket: Ticket) -> None:
        """While the call waited for its turn the key may have been refused; raises CredentialOpenError."""
        if self._credential is not None and self._credential.is_open:
            self._dependency.abandoned(ticket)
            self._credential.admit()

    def _settle(self, ticket: Ticket, used: Pass | None, error: BaseException) -> None:
        match error:
            case PermanentError() | TransientError(answered=True):
                self._dependency.answered(ticket)
                self._tell_credential(used, error)
            case TransientError():
                self._dependency.failed(ticket, str(error))
                self._held(error)
            case _:  # a cancellation, or a bug of ours: neither says anything about the provider
                self._dependency.abandoned(ticket)

    def _held(self, error: TransientError) -> TransientError:
        if self._dependency.is_open:
            error.gate = self._dependency.name
        return error

    async def _timed(self, call: "_Call", attempt: Callable[[], Awaitable[T]]) -> T:
        seconds = min(self._policy.attempt, call.left - _MARGIN)
        try:
            async with within(seconds):
                return await attempt()
        except TimeoutError as error:
            raise lost(f"{call.operation.name}: no answer within {seconds:.1f} s", call.operation) from error

    async def _within_budget(self, call: "_Call") -> None:
        if self._credential is None:
            return
        while (wait := await self._limits.take(self._credential.name, self._policy)) > 0:
            if wait > min(self._policy.longest_backoff, call.left - self._policy.connect):
                raise self._used_up(self._credential, call, wait)
            await asyncio.sleep(wait)

    def _used_up(self, credential: CredentialCircuit, call: "_Call", wait: float) -> RateLimitedError:
        # Parked, not waited for: one company's flood would fill the window of everybody.
        if self._spent is not None:
            self._spent.used_up(wait)
        circuit = (self._spent or credential).name
        text = f"{call.operation.name}: the budget of {credential.name} is used up"
        return RateLimitedError(text, circuit=circuit, retry_after=wait)

    def _tell_credential(self, used: Pass | None, error: Exception) -> None:
        if self._credential is None or used is None:
            return
        if isinstance(error, CredentialRejectedError):
            self._credential.rejected(used, error.status, error.detail)
        elif isinstance(error, RateLimitedError):
            self._credential.limited(used, error.retry_after)


class _Call:
    """One call in progress: how often it was attempted, and until when."""

    def __init__(self, operation: Operation, deadline: float) -> None:
        self.operation = operation
        self.number = 0
        self._deadline = deadline

    @property
    def left(self) -> float:
        return self._deadline - time.monotonic()


def _worth_another(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, _NOT_IN_PLACE)
