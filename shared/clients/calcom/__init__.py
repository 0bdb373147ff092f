"""Cal.com API v2: bookings, event types, slots, webhooks of one company."""

from shared.clients.calcom.bookings import Attendee, Booking, BookingFilter, CalcomBookings, Host, NewBooking
from shared.clients.calcom.errors import (
    FieldRequiredError,
    InvalidNumberError,
    NotBookableError,
    OutOfWindowError,
    SlotTakenError,
    refusal_word,
)
from shared.clients.calcom.event_types import (
    BookingField,
    CalcomEventTypes,
    EventType,
    EventTypeHost,
    Me,
    Slot,
    SlotQuery,
    Team,
)
from shared.clients.calcom.webhooks import CalcomWebhooks, Webhook

__all__ = [
    "Attendee",
    "Booking",
    "BookingField",
    "BookingFilter",
    "Calcom",
    "EventType",
    "EventTypeHost",
    "FieldRequiredError",
    "Host",
    "InvalidNumberError",
    "Me",
    "NewBooking",
    "NotBookableError",
    "OutOfWindowError",
    "Slot",
    "SlotQuery",
    "SlotTakenError",
    "Team",
    "Webhook",
    "refusal_word",
]


class Calcom(CalcomBookings, CalcomEventTypes, CalcomWebhooks):
    """One company's Cal.com. Every method raises shared.errors only."""
