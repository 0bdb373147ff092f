"""One message to one recipient on one channel, and the key that makes it once."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

from services.notifier.facts import Channel, Missing, Recipient
from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentRescheduled,
    BookingRequestFailed,
    DeadLetterRecorded,
    OwnEvent,
)

_APPOINTMENT: Final = (AppointmentBooked, AppointmentRescheduled, AppointmentCancelled, AppointmentNoShow)


@dataclass(frozen=True, slots=True)
class Notice:
    """``message_id`` is made of event, channel and address: a repeat is the same message.

    ``calcom_uid`` and ``version``: of the appointment it tells of. ``expires``: nobody wants it later.
    ``topic``: many of one topic are told once in a while.
    """

    message_id: str
    event_id: str
    company_id: str | None
    channel: Channel
    recipient: str
    calcom_uid: str | None = None
    version: int = 0
    expires: datetime | None = None
    topic: str | None = None

    @classmethod
    def to(cls, recipient: Recipient, event: OwnEvent, channel: Channel, *, domain: str = "") -> Self:
        """The notice for ``recipient``; ``domain`` makes the key a Message-ID of mail."""
        key = key_of(event.event_id(), channel, recipient.address.lower())
        appointment = event if isinstance(event, _APPOINTMENT) else None
        return cls(
            message_id=f"<{key}@{domain}>" if domain else f"{key}@{channel}",
            event_id=event.event_id(),
            company_id=event.company(),
            channel=channel,
            recipient=recipient.shown,
            calcom_uid=appointment.calcom_uid if appointment else None,
            version=appointment.version if appointment else 0,
            expires=_expiry(event) if recipient.audience == "customer" else None,
            topic=_topic(event, recipient),
        )

    @classmethod
    def missing(cls, missing: Missing, event: OwnEvent, channel: Channel) -> Self:
        """What is recorded in place of a message that nobody gets."""
        key = key_of(event.event_id(), channel, missing.audience)
        return cls(f"{key}@{channel}", event.event_id(), event.company(), channel, missing.audience)


def key_of(*parts: str) -> str:
    """32 hexadecimal digits, the same for the same parts."""
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _expiry(event: OwnEvent) -> datetime | None:
    """When a customer has nothing of it any more: repair may find bookings of last year."""
    if isinstance(event, BookingRequestFailed):
        return event.start
    return event.end if isinstance(event, _APPOINTMENT) else None


def _topic(event: OwnEvent, recipient: Recipient) -> str | None:
    """A provider's bad hour makes thousands of dead letters: nobody reads thousands of messages."""
    if not isinstance(event, DeadLetterRecorded):
        return None
    kind = event.group_id or f"{event.queue}:{event.reason}"
    return f"dead_letter:{kind}:{key_of(recipient.address)}"
