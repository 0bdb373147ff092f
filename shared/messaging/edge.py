"""Around each delivery: was it settled before? Run it, settle it, ack after the commit."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from shared.contracts import names
from shared.contracts.envelope import Envelope, Unparsable
from shared.db.deliveries import Deliveries, Seen
from shared.db.failures import Failure
from shared.db.settling import OPEN_STATES, AlreadySettledError, CurrentDelivery, current_delivery
from shared.errors import CredentialOpenError, DependencyOpenError, InfrastructureError, PoisonMessageError
from shared.messaging.arrival import Arrival, answered
from shared.messaging.gates import Gates, LetGoError
from shared.messaging.outcome import (
    AttemptTimeoutError,
    DeadLetter,
    DeliveryPolicy,
    Done,
    Hold,
    Outcome,
    Park,
    Redeliver,
    emptied,
    held_in_vain,
    outcome_of,
    policy_of,
    worst_of,
)
from shared.messaging.patience import LONGEST_HOLD, Patience
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from shared.observability.context import Cause, working_on
from shared.observability.logging import describe, get_logger
from shared.observability.metrics import DELIVERIES, DELIVERIES_HELD, DELIVERIES_IN_FLIGHT
from shared.resilience.within import within

_log = get_logger("delivery")
Run = Callable[[Envelope], Awaitable[None]]
#: Handed over twice without an answer: it may be what killed its worker, so it goes on alone.
_QUARANTINE_FROM: Final = 2
#: Behind a gate that is open; after that the attempt has failed like any other.
_REPEATS: Final = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """Which code settled a delivery."""

    service: str
    version: str
    host: str

    def as_dict(self) -> dict[str, Any]:
        """For the story of a dead letter."""
        return {"service": self.service, "version": self.version, "host": self.host}


@dataclass(slots=True)
class Edge:
    """The same for every queue; what differs is the handler (``run``)."""

    deliveries: Deliveries
    publisher: Publisher
    gates: Gates
    origin: Origin
    policy_of: Callable[[str], DeliveryPolicy] = policy_of
    _attempts: dict[int, tuple[str, float]] = field(default_factory=dict)

    def overdue(self) -> dict[str, float]:
        """Seconds by which an attempt has outlived its end: its handler does not let itself be stopped."""
        now = time.monotonic()
        late = sorted((now - end, queue) for queue, end in self._attempts.values() if now > end)
        return {queue: seconds for seconds, queue in late}

    async def consume(self, queue: str, arrival: Arrival, run: Run) -> None:
        """Handle one delivery from ``queue`` and answer the broker; settles nothing when cancelled."""
        delivery = arrival.delivery(queue)
        cause = Cause(delivery.correlation_id, delivery.event_id, delivery.company_id)
        fields = {"queue": delivery.queue, "event_type": delivery.event_type, "attempt": delivery.attempt}
        with (
            working_on(f"deliver {delivery.queue}", cause, arrival.traceparent, **fields, **arrival.about),
            DELIVERIES_IN_FLIGHT.labels(delivery.queue).track_inprogress(),
        ):
            started = time.perf_counter()
            try:
                outcome = await self._consume(queue, arrival, delivery, run)
            except LetGoError:
                outcome = "let_go"
            except Exception:  # noqa: BLE001  # our own bug: the broker files it, nothing gets stuck
                _log.exception("delivery.unsettled")
                await answered(arrival.message.reject)
                outcome = "rejected_unsettled"
            _report(delivery.queue, outcome, time.perf_counter() - started)

    async def _consume(self, queue: str, arrival: Arrival, delivery: CurrentDelivery, run: Run) -> str:
        if arrival.handovers >= _QUARANTINE_FROM and queue == delivery.queue:
            await self._patiently(lambda: self._quarantine(arrival, delivery))
            await answered(arrival.message.ack)
            return "quarantined"
        seen = await self._patiently(lambda: self.deliveries.seen_before(delivery.queue, delivery.event_id))
        if seen is not None and (fate := _fate(seen, delivery)) is not None:
            await answered(arrival.message.ack)
            return fate
        since = None if seen is None else seen.failing_since
        outcome, error = await self._attempt(arrival, delivery, run, since=since)
        return await self._settle(arrival, delivery, outcome, error)

    async def _attempt(
        self, arrival: Arrival, delivery: CurrentDelivery, run: Run, *, since: datetime | None
    ) -> tuple[Outcome, BaseException | None]:
        """Make the attempt, again and again while it is held; a hold costs no attempt."""
        policy = self.policy_of(delivery.queue)
        patience = Patience(self.gates, repeats=_REPEATS, seconds=LONGEST_HOLD)
        while True:
            error = await self._run(arrival, delivery, run)
            age = (datetime.now(UTC) - since).total_seconds() if since else 0.0
            # What is settled is done, whatever failed behind its commit: run again it would happen twice.
            outcome = outcome_of(None if delivery.settled else error, delivery.attempt, age, policy)
            if not isinstance(outcome, Hold):
                return outcome, error
            if not await self._hold(delivery, outcome.gate, patience):
                return held_in_vain(outcome, error, delivery.attempt, age, policy), error

    async def _run(self, arrival: Arrival, delivery: CurrentDelivery, run: Run) -> BaseException | None:
        if self.gates.is_paused(delivery.queue):
            return _paused(arrival, delivery)
        envelope = arrival.envelope
        if isinstance(envelope, Unparsable):
            return PoisonMessageError(envelope.reason)
        token = current_delivery.set(delivery)
        limit = self.policy_of(delivery.queue).attempt_seconds
        self._attempts[id(token)] = (delivery.queue, time.monotonic() + limit)
        try:
            await _within(limit, run(envelope))
        except AlreadySettledError:
            return None
        except Exception as error:  # noqa: BLE001  # the one place where a handler's error becomes an outcome
            return worst_of(emptied(error))
        else:
            return None
        finally:
            del self._attempts[id(token)]
            current_delivery.reset(token)

    async def _hold(self, delivery: CurrentDelivery, gate: str, patience: Patience) -> bool:
        _log.info("delivery.held", gate=gate)
        with DELIVERIES_HELD.labels(delivery.queue, gate).track_inprogress():
            return await patience.wait(gate)

    async def _settle(
        self, arrival: Arrival, delivery: CurrentDelivery, outcome: Outcome, error: BaseException | None
    ) -> str:
        content = arrival.content
        if error is None or isinstance(outcome, Done):
            if error is not None:
                _log.warning("delivery.failed", settled=True, error=describe(error))
            await self._patiently(lambda: self.deliveries.settle(delivery))
            await answered(arrival.message.ack)
            return "done"
        failure = Failure(datetime.now(UTC), describe(error), self.origin.as_dict())
        match outcome:
            case Redeliver(after=after):
                await self._patiently(lambda: self.deliveries.redeliver(delivery, content, failure, after))
                _log.warning("delivery.failed", due_in_seconds=round(after, 1), error=failure.error)
            case Park(circuit=circuit):
                await self._patiently(lambda: self.deliveries.park(delivery, content, circuit))
            case DeadLetter(reason=reason):
                await self._patiently(lambda: self.deliveries.dead_letter(delivery, content, failure, reason))
                _log.error("delivery.given_up", reason=reason, error=failure.error)
                # The broker moves it to the service's dead letters, where its own tools show it too.
                await answered(arrival.message.reject)
                return "dead_letter"
        await answered(arrival.message.ack)
        return type(outcome).__name__.lower()

    async def _quarantine(self, arrival: Arrival, delivery: CurrentDelivery) -> None:
        content = arrival.content
        headers = {names.WORK_QUEUE: delivery.queue, names.DELIVERY_ATTEMPT: delivery.attempt}
        # One without an id would come back with a random one: another delivery for the ledger.
        properties = {**content.properties, "message_id": delivery.event_id}
        copy = message_of(content.body, properties, **headers)
        await self.deliveries.on_the_move(delivery)
        await self.publisher.publish(copy, queue=names.quarantine(names.service_of(delivery.queue)))

    async def _patiently(self, action: Callable[[], Awaitable[Any]]) -> Any:
        """Repeat ``action`` until database and broker let it happen."""
        patience = Patience(self.gates)
        while True:
            try:
                return await action()
            except InfrastructureError as error:
                await patience.wait(error.gate)


def _fate(seen: Seen, delivery: CurrentDelivery) -> str | None:
    """What its row says became of this copy; None where it is to be attempted."""
    if seen.state not in OPEN_STATES:
        return "duplicate"
    # Its row was written, its answer lost: what waits for its time is not made at once.
    return "scheduled" if seen.state == "redelivery" and seen.attempt >= delivery.attempt else None


def _paused(arrival: Arrival, delivery: CurrentDelivery) -> BaseException:
    """Held where it is, so that the queue keeps its order; the quarantine serves other queues too: parked."""
    gate, words = names.pause_of(delivery.queue), f"{delivery.queue} is paused"
    if names.WORK_QUEUE in arrival.message.raw_message.headers:
        return CredentialOpenError(words, circuit=gate)
    return DependencyOpenError(words, gate=gate)


async def _within(seconds: float, attempt: Awaitable[None]) -> None:
    """A handler that hangs must not keep its place in the prefetch window for ever."""
    began = time.monotonic()
    try:
        async with within(seconds):
            await attempt
    except TimeoutError as error:
        if time.monotonic() - began < seconds:
            raise
        raise AttemptTimeoutError(f"the attempt took longer than {seconds:.0f} s") from error


def _report(queue: str, outcome: str, seconds: float) -> None:
    DELIVERIES.labels(queue, outcome).observe(seconds)
    _log.info("delivery.settled", outcome=outcome, duration_ms=round(seconds * 1000, 1))
