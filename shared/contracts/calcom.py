"""Cal.com's bookings, as webhooks and as the API tell them, read leniently into one shape."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from shared.contracts.lenient import (
    CamelModel,
    Flag,
    Instant,
    Int4,
    Integer,
    Mapped,
    Text,
    Word,
    mapping_of,
    mappings_of,
    text_of,
)

#: Cal.com keeps European accounts apart: other servers, other keys, other outages.
Region = Literal["default", "eu"]


def region_of(name: str) -> Region:
    """The region of that name; what nobody knows is where everybody was before there were two."""
    return "eu" if name == "eu" else "default"


#: What Cal.com is asked to tell, and what syncer therefore gets: the one table of both.
#: There is no trigger for a confirmation: Cal.com sends BOOKING_CREATED.
TRIGGERS: Final = (
    "BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REQUESTED", "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED", "MEETING_STARTED", "MEETING_ENDED",
)  # fmt: skip

#: ``de``, ``pt-BR``, ``zh_Hant``: what is no name of a language tells nothing about anybody.
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


def locale_of(value: Any) -> str | None:
    """A language: ``{"locale": "de"}`` in webhooks, ``"de"`` in the API; None for anything else."""
    locale = text_of(value.get("locale") if isinstance(value, dict) else value)
    return locale if locale is not None and _LOCALE.fullmatch(locale) else None


class Person(CamelModel):
    """Organizer, host or attendee. ``no_show`` is ``absent`` in the API."""

    name: Text = None
    email: Text = None
    time_zone: Text = None
    phone_number: Text = None
    language: Annotated[str | None, BeforeValidator(locale_of)] = None
    no_show: Flag = Field(default=None, validation_alias=AliasChoices("noShow", "absent", "no_show"))


Whom = Annotated[Person, BeforeValidator(mapping_of)]
People = Annotated[tuple[Person, ...], BeforeValidator(mappings_of)]


class CalcomBooking(CamelModel):
    """The part of a webhook that is about the booking; flat webhooks (MEETING_*) are the booking itself."""

    uid: Text = None
    booking_uid: Text = None
    booking_id: Integer = Field(default=None, validation_alias=AliasChoices("bookingId", "id", "booking_id"))
    event_type_id: Integer = None
    title: Text = None
    status: Text = None
    start: Instant = Field(default=None, validation_alias=AliasChoices("startTime", "start"))
    end: Instant = Field(default=None, validation_alias=AliasChoices("endTime", "end"))
    organizer: Whom = Field(default=Person(), validation_alias=AliasChoices("organizer", "user"))
    hosts: People = ()
    attendees: People = ()
    responses: Mapped = Field(
        default_factory=dict, validation_alias=AliasChoices("responses", "bookingFieldsResponses")
    )
    location: Text = None
    metadata: Mapped = Field(default_factory=dict)
    event_type: Mapped = Field(default_factory=dict)
    cancellation_reason: Text = None
    rejection_reason: Text = None
    reschedule_uid: Text = None
    reschedule_start_time: Instant = None
    reschedule_end_time: Instant = None
    rescheduled_from_uid: Text = None
    rescheduled_to_uid: Text = None
    seats_per_time_slot: Int4 = None
    recurring_event: Mapped = Field(default_factory=dict)
    recurring_event_id: Word = None
    recurring_booking_uid: Text = None
    created_at: Instant = None
    updated_at: Instant = None

    @property
    def key(self) -> str | None:
        """The booking's uid, wherever this event puts it."""
        return self.uid or self.booking_uid

    @property
    def host(self) -> Person:
        """Who receives: the organizer of a webhook, the first host of the API."""
        return self.hosts[0] if self.hosts else self.organizer

    @property
    def attendee(self) -> Person:
        """Who booked: the first attendee; guests come after."""
        return self.attendees[0] if self.attendees else Person()

    @property
    def is_series(self) -> bool:
        """It recurs: one webhook stands for many bookings."""
        return bool(self.recurring_event or self.recurring_event_id or self.recurring_booking_uid)

    @property
    def event_type_number(self) -> int | None:
        """The event type's id; the API has it in an object, and flat for a while still."""
        return CalcomBooking(booking_id=self.event_type.get("id")).booking_id or self.event_type_id

    def answer(self, slug: str) -> str | None:
        """What was answered in a field of the form: ``{value}`` in webhooks, the bare value in the API."""
        answer = self.responses.get(slug)
        return text_of(answer.get("value") if isinstance(answer, dict) else answer)


class CalcomWebhook(CamelModel):
    """A webhook's body. ``created_at``: when it was written, except in flat ones: the booking's creation."""

    trigger_event: Text = None
    created_at: Instant = None
    payload: Mapped = Field(default_factory=dict)

    @classmethod
    def read(cls, data: Any) -> "CalcomWebhook":
        """Read whatever came; a body that is no object is an empty webhook."""
        return cls.model_validate(mapping_of(data))


def booking_of(data: Any) -> CalcomBooking:
    """The booking in a webhook's body (flat or with ``payload``) or in an object of the API."""
    body = mapping_of(data)
    return CalcomBooking.model_validate(mapping_of(body.get("payload")) or body)
