"""One table of every queue and binding of every service; each process declares all of it first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.contracts import names
from shared.contracts.calcom import TRIGGERS
from shared.contracts.ids import event_type

#: At-least-once and reject-publish: the defaults lost up to 69 % of dead letters when a node died.
_NEVER_LOSE: Final = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
#: Each deployment hands prefetched deliveries over again; a limit below 20 would count those.
_WORK_LIMIT: Final = 20
_QUARANTINE_LIMIT: Final = 5
#: A queue without dead letters gets a limit that is never reached: from RabbitMQ 4.0 on the default is 20,
#: and what is handed over once more is dropped without a word. -1 would say so, and is refused by 3.x.
_UNLIMITED: Final = (("x-delivery-limit", 2_000_000_000),)

_APPOINTMENTS: Final = ("appointment.booked", "appointment.rescheduled", "appointment.cancelled")
_NOTICES: Final = (
    *_APPOINTMENTS, "appointment.no_show", "callback.requested", "booking.request_failed", "promise.broken",
    "branch.provisioned", "branch.provisioning_failed", "company.subscription_changed",
    "company.suspended", "company.resumed", "credential.rejected",
    "dead_letter.recorded", "circuit.opened", "circuit.closed",
    "group.appeared", "group.grew", "dead_letter.aged", "circuit.stuck",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A queue as it is declared. ``bindings``: routing patterns on the events exchange."""

    name: str
    bindings: tuple[str, ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def service(self) -> str:
        """The service that owns it."""
        return names.service_of(self.name)

    @property
    def declared_arguments(self) -> dict[str, Any]:
        """Arguments of queue.declare."""
        return {"x-queue-type": "quorum", **dict(self.arguments)}


def _work(name: str, *bindings: str) -> QueueSpec:
    return QueueSpec(name, bindings, _dead_lettering(names.service_of(name), _WORK_LIMIT))


def _dead_lettering(service: str, limit: int) -> tuple[tuple[str, Any], ...]:
    arguments = {
        "x-delivery-limit": limit,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": names.dead_letters(service),
        **_NEVER_LOSE,
    }
    return tuple(arguments.items())


WORK_QUEUES: Final[tuple[QueueSpec, ...]] = (
    _work(names.PROVISIONER_BRANCHES, "branch.created", "branch.updated", "branch.deleted",
          "branch.refresh_requested", "branch.check_requested", "company.suspended", "company.resumed",
          "catalogue.changed", "webhook.rotation_requested", "orphan.removal_requested",
          "dead_letter.recorded"),
    _work(
        names.SYNCER_BOOKINGS,
        *(event_type("calcom", trigger) for trigger in TRIGGERS), "booking.observed", "booking.hinted",
    ),
    _work(names.SYNCER_CALLS, "retell.call_started", "retell.call_ended", "retell.call_analyzed",
          "retell.transfer_started", "retell.transfer_bridged", "retell.transfer_cancelled",
          "retell.transfer_ended", "call.observed", "call.audit_due", "recording.refused"),
    # Its own: Retell being away holds this queue, and what calls are must not wait for it.
    _work(names.SYNCER_RECORDINGS, "recording.refused"),
    _work(names.SYNCER_BILLING, "stripe.customer.subscription.*", "stripe.invoice.paid",
          "stripe.invoice.payment_failed", "stripe.checkout.session.completed",
          "company.suspension_due"),
    _work(names.SYNCER_BOOKING_REQUESTS, "booking.requested"),
    _work(names.NOTIFIER_MAIL, *_NOTICES),
    _work(names.NOTIFIER_CHAT, *_NOTICES),
    _work(names.NOTIFIER_SMS, *_APPOINTMENTS, "callback.requested", "booking.request_failed"),
)  # fmt: skip

#: Bound to everything; never dead-letters: what it cannot store it keeps.
EVENT_LOG: Final = QueueSpec(names.EVENT_LOG, ("#",), _UNLIMITED)

#: Requests that ingest refused: a sample, never an event. Where nobody takes them the oldest go, so that who
#: sends what is refused does not fill the broker's disk: 10,000, or 256 MiB of bodies of 64 KiB.
REJECTED: Final = QueueSpec(
    names.REJECTED,
    (),
    (*_UNLIMITED, ("x-max-length", 10_000), ("x-max-length-bytes", 256 * 1024 * 1024)),
)

SERVICES_WITH_WORK: Final = tuple(dict.fromkeys(queue.service for queue in WORK_QUEUES))


def all_queues() -> Iterator[QueueSpec]:
    """Every queue, targets of dead letters first: a missing target makes messages pile up in the source."""
    for service in SERVICES_WITH_WORK:
        yield QueueSpec(names.dead_letters(service), (), _UNLIMITED)
    for service in SERVICES_WITH_WORK:
        yield QueueSpec(names.quarantine(service), (), _dead_lettering(service, _QUARANTINE_LIMIT))
    yield EVENT_LOG
    yield REJECTED
    yield from WORK_QUEUES


def routes() -> Iterator[tuple[str, str]]:
    """(queue, pattern) of each work queue: who handles which type."""
    for queue in WORK_QUEUES:
        for pattern in queue.bindings:
            yield queue.name, pattern
