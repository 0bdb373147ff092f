"""One function decides what becomes of a delivery; one table says how patient each queue is."""

import random
import traceback
from dataclasses import dataclass
from typing import Final, TypeAlias

from shared.contracts import names
from shared.errors import (
    CredentialRejectedError,
    InfrastructureError,
    PermanentError,
    PoisonMessageError,
    TransientError,
)


@dataclass(frozen=True, slots=True)
class Done:
    """The effect is committed."""


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Due again after that many seconds; the attempt counts."""

    after: float


@dataclass(frozen=True, slots=True)
class Park:
    """Waits until the circuit closes; costs no attempt."""

    circuit: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Stays unacknowledged until the gate opens, then the same attempt is made again."""

    gate: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Given up; ``reason`` is one word for people and metrics."""

    reason: str


class AttemptTimeoutError(TransientError):
    """The handler did not come to an end in time, and was stopped."""


Outcome: TypeAlias = Done | Redeliver | Park | Hold | DeadLetter

#: Seconds before attempt 2, 3, …: the last but one covers a provider's bad hour, the last a bad night.
_DELAYS: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21600.0)
_JITTER: Final = 0.2


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How long a queue tries. ``total_seconds`` counts from the failure of the first attempt.

    ``attempt_seconds``: longer than all its calls to providers with their retries, and than a lease.
    """

    delays: tuple[float, ...] = _DELAYS
    #: A bug fails the same way each time; three attempts tell it from a race.
    bug_attempts: int = 3
    total_seconds: float = 24 * 3600.0
    #: Five calls of 30 s to a provider that answers at the last moment.
    attempt_seconds: float = 180.0

    def delay(self, attempt: int) -> float:
        """Seconds until the attempt after ``attempt``, ± 20 %."""
        step = self.delays[min(attempt, len(self.delays)) - 1]
        return step * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # jitter, no secret

    def exhausted(self, error: BaseException, attempt: int, age: float) -> bool:
        """Whether ``attempt`` (from 1) was the last one; ``age`` in seconds since the first failed."""
        attempts = len(self.delays) + 1 if isinstance(error, TransientError) else self.bug_attempts
        return attempt >= attempts or (attempt > 1 and age >= self.total_seconds)


_DEFAULT: Final = DeliveryPolicy()
_POLICIES: Final = {
    # Some 12 calls, each of which may wait for its budget's next minute.
    names.PROVISIONER_BRANCHES: DeliveryPolicy(attempt_seconds=600.0),
    # A confirmation that comes a day late does harm; somebody should call instead.
    names.NOTIFIER_MAIL: DeliveryPolicy(delays=_DELAYS[:7], total_seconds=6 * 3600.0),
    # Apprise says only yes or no: an address that is wrong for good must not be tried for a day.
    names.NOTIFIER_CHAT: DeliveryPolicy(delays=_DELAYS[:4], total_seconds=3600.0),
    names.NOTIFIER_SMS: DeliveryPolicy(delays=_DELAYS[:4], total_seconds=3600.0),
}


def policy_of(queue: str) -> DeliveryPolicy:
    """The policy of a work queue."""
    return _POLICIES.get(queue, _DEFAULT)


def outcome_of(error: BaseException | None, attempt: int, age: float, policy: DeliveryPolicy) -> Outcome:
    """What becomes of the delivery whose ``attempt`` (from 1) ended with ``error``.

    ``age``: seconds since the first attempt of this run, the first or a replay, failed.
    """
    match error:
        case None:
            return Done()
        case PoisonMessageError():
            return DeadLetter("poison_message")
        case TransientError(gate=str(gate)):
            return Hold(gate)
        case TransientError(circuit=str(circuit)) | CredentialRejectedError(circuit=circuit):
            return Park(circuit)
        case PermanentError():
            return DeadLetter("rejected")
        case _:
            return _counted(error, attempt, age, policy)


def held_in_vain(
    hold: Hold, error: BaseException | None, attempt: int, age: float, policy: DeliveryPolicy
) -> Outcome:
    """What becomes of a delivery that was held as long as it may be.

    Nothing is parked behind our own database or broker: they answer, so what hinders it is its own matter.
    """
    if isinstance(error, InfrastructureError):
        return _counted(error, attempt, age, policy)
    return Park(hold.gate)


def _counted(error: BaseException, attempt: int, age: float, policy: DeliveryPolicy) -> Outcome:
    if policy.exhausted(error, attempt, age):
        return DeadLetter("attempts_exhausted")
    if isinstance(error, TransientError):
        return Redeliver(after=_bounded(policy.delay(attempt), error.retry_after, error.retry_within))
    return Redeliver(after=policy.delay(attempt))


def _bounded(delay: float, floor: float | None, ceiling: float | None) -> float:
    lowered = delay if ceiling is None else min(delay, ceiling)
    return lowered if floor is None else max(lowered, floor)


def worst_of(error: BaseException) -> BaseException:
    """One error out of an exception group: what is permanent outweighs what may pass."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    return max((worst_of(inner) for inner in error.exceptions), key=_weight)


def emptied(error: BaseException) -> BaseException:
    """``error``, its frames without what was in them: what a handler held is free at once.

    After a MemoryError nothing else could be written down; a stack is told by its lines, not by their values.
    """
    known: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in known:
            known.add(id(each))
            traceback.clear_frames(each.__traceback__)
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return error


def _weight(error: BaseException) -> int:
    if isinstance(error, PermanentError):
        return 3
    if not isinstance(error, TransientError):
        return 2
    return int(error.gate is not None or error.circuit is not None)
