"""Names on the wire: exchange, queues, headers. The bindings are in ``shared.messaging.topology``."""

from typing import Final

EVENTS_EXCHANGE: Final = "events"

PROVISIONER_BRANCHES: Final = "provisioner.branches"
SYNCER_BOOKINGS: Final = "syncer.bookings"
SYNCER_CALLS: Final = "syncer.calls"
SYNCER_RECORDINGS: Final = "syncer.recordings"
SYNCER_BILLING: Final = "syncer.billing"
SYNCER_BOOKING_REQUESTS: Final = "syncer.booking-requests"
NOTIFIER_MAIL: Final = "notifier.mail"
NOTIFIER_CHAT: Final = "notifier.chat"
NOTIFIER_SMS: Final = "notifier.sms"
EVENT_LOG: Final = "ops_console.event-log"
REJECTED: Final = "ops_console.rejected"

#: Own headers of a delivery. History stays in the row: headers over 128 KiB close the connection.
DELIVERY_ATTEMPT: Final = "delivery-attempt"
WORK_QUEUE: Final = "work-queue"

#: What the circuit of a paused queue begins with: ``queue:syncer.bookings``.
PAUSES: Final = "queue:"

CLOUDEVENTS_JSON: Final = "application/cloudevents+json"


def service_of(queue: str) -> str:
    """``syncer.bookings`` → ``syncer``."""
    return queue.split(".", 1)[0]


def dead_letters(service: str) -> str:
    """Name of the queue that keeps a service's dead letters until the console has filed them."""
    return f"{service}.dead-letters"


def pause_of(queue: str) -> str:
    """Name of the circuit that a person opens to pause a work queue."""
    return f"{PAUSES}{queue}"


def quarantine(service: str) -> str:
    """Name of the queue in which deliveries that may have killed their worker are taken one at a time."""
    return f"{service}.quarantine"
