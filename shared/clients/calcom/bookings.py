"""Bookings: create, get, list, reschedule, cancel.

Cal.com takes no idempotency key. A create whose answer is lost raises UnknownOutcomeError; who asked looks
with ``list_bookings`` and compares the token in ``metadata`` before asking again.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationInfo, field_validator

from shared.clients.calcom.client import BOOKINGS_VERSION, Answer, CalcomClient, CalcomObject, Page
from shared.clients.calcom.errors import booking_error
from shared.clients.http import Request, in_path
from shared.errors import NotFoundError, ProviderRefusedError

_PAGE: Final = 100
#: Pages overlap: a booking that changes while we read moves to the end, and all behind it one place forward.
#: As many as twenty may change between two requests before one is missed.
_OVERLAP: Final = 20


class Host(CalcomObject):
    """Who receives."""

    id: int | None = None
    name: str = ""
    email: str | None = None
    username: str | None = None
    time_zone: str | None = None


class Attendee(CalcomObject):
    """Who comes."""

    name: str = ""
    email: str | None = None
    time_zone: str | None = None
    language: str | None = None
    absent: bool = False
    phone_number: str | None = None


class EventTypeReference(CalcomObject):
    """The event type inside a booking."""

    id: int
    slug: str | None = None


class Booking(CalcomObject):
    """``status``: accepted, pending, cancelled, rejected. ``hosts`` may be missing in an answer."""

    id: int
    uid: str
    status: str
    start: AwareDatetime
    end: AwareDatetime
    title: str = ""
    hosts: tuple[Host, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    event_type: EventTypeReference | None = None
    legacy_event_type_id: int | None = Field(default=None, alias="eventTypeId")
    location: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    cancellation_reason: str | None = None
    rescheduling_reason: str | None = None
    rescheduled_from_uid: str | None = None
    rescheduled_to_uid: str | None = None
    booking_fields_responses: dict[str, Any] = Field(default_factory=dict)

    @field_validator("status")
    @classmethod
    def _lower(cls, value: str) -> str:
        return value.lower()

    @field_validator("hosts", "attendees", "metadata", "booking_fields_responses", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        return field.get_default(call_default_factory=True) if value is None else value

    @property
    def event_type_id(self) -> int | None:
        """From either of the two places."""
        return self.event_type.id if self.event_type else self.legacy_event_type_id


@dataclass(frozen=True, slots=True)
class NewBooking:
    """What to book. Times aware; ``email`` or ``phone`` (E.164) at least; ``metadata`` values are strings.

    ``responses``: answers to the form's own fields by slug. ``minutes`` only where there are options.
    """

    event_type_id: int
    start: datetime
    name: str
    time_zone: str
    email: str | None = None
    phone: str | None = None
    language: str | None = "de"
    metadata: Mapping[str, str] | None = None
    responses: Mapping[str, Any] | None = None
    minutes: int | None = None
    location: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        attendee = {
            "name": self.name,
            "timeZone": self.time_zone,
            "language": self.language,
            "email": self.email,
            "phoneNumber": self.phone,
        }
        return _without_none(
            {
                "start": _utc(self.start),
                "eventTypeId": self.event_type_id,
                "attendee": _without_none(attendee),
                "metadata": dict(self.metadata) if self.metadata else None,
                "bookingFieldsResponses": dict(self.responses) if self.responses else None,
                "lengthInMinutes": self.minutes,
                "location": dict(self.location) if self.location else None,
            }
        )


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings to list; None does not filter. ``status``: upcoming, past, cancelled."""

    attendee_email: str | None = None
    event_type_id: int | None = None
    after_start: datetime | None = None
    before_end: datetime | None = None
    after_updated_at: datetime | None = None
    after_created_at: datetime | None = None
    status: str | None = None

    def params(self) -> dict[str, Any]:
        return {
            "attendeeEmail": self.attendee_email,
            "eventTypeId": self.event_type_id,
            "afterStart": _utc(self.after_start),
            "beforeEnd": _utc(self.before_end),
            "afterUpdatedAt": _utc(self.after_updated_at),
            "afterCreatedAt": _utc(self.after_created_at),
            "status": self.status,
            "sortUpdatedAt": "asc",
        }


_ONE_OR_MANY: Final = TypeAdapter(Answer[Booking | tuple[Booking, ...]])
_PAGE_OF_BOOKINGS: Final = TypeAdapter(Page[Booking])


class CalcomBookings(CalcomClient):
    """The bookings of a company."""

    async def create_booking(self, booking: NewBooking) -> Booking:
        """Book. The answer may be somebody else's booking (round robin): compare ``metadata`` and ``start``.

        Raises:
            SlotTakenError, OutOfWindowError, FieldRequiredError, InvalidNumberError, NotBookableError.
            UnknownOutcomeError: it may have been booked.
        """
        body = booking.body()
        return (await self._change("calcom.bookings.create", "/v2/bookings", body))[0]

    async def reschedule_booking(
        self, uid: str, start: datetime, *, reason: str | None = None, same_host: bool = True
    ) -> Booking:
        """Move it; the answer is a booking with a new uid. Raises as ``create_booking`` does."""
        body = {
            "start": _utc(start),
            "reschedulingReason": reason,
            # Without it a round robin gives the customer another hairdresser.
            "rescheduleWithSameHost": same_host or None,
        }
        path = f"/v2/bookings/{in_path(uid)}/reschedule"
        return (await self._change("calcom.bookings.reschedule", path, _without_none(body)))[0]

    async def cancel_booking(self, uid: str, *, reason: str | None = None) -> Booking:
        """Cancel. Raises ProviderRefusedError where it is cancelled already: get it to know."""
        body = _without_none({"cancellationReason": reason})
        return (await self._change("calcom.bookings.cancel", f"/v2/bookings/{in_path(uid)}/cancel", body))[0]

    async def get_booking(self, uid: str) -> Booking:
        """Raises NotFoundError."""
        bookings = await self.get_series(uid)
        return next((booking for booking in bookings if booking.uid == uid), bookings[0])

    async def get_series(self, uid: str) -> tuple[Booking, ...]:
        """The booking of ``uid``, or all of a recurring series. Raises NotFoundError."""
        request = Request(
            "calcom.bookings.get", "GET", f"/v2/bookings/{in_path(uid)}", headers=BOOKINGS_VERSION
        )
        return _many((await self._ask(request, _ONE_OR_MANY)).data)

    async def list_bookings(self, wanted: BookingFilter) -> AsyncIterator[Booking]:
        """Every match, oldest change first; a booking that changes meanwhile comes again as it is then."""
        skip, seen = 0, set[tuple[str, datetime | None]]()
        while True:
            params = {**wanted.params(), "take": _PAGE, "skip": skip}
            request = Request("calcom.bookings.list", "GET", "/v2/bookings", params, headers=BOOKINGS_VERSION)
            page = await self._ask(request, _PAGE_OF_BOOKINGS)
            for booking in page.data:
                if (version := (booking.uid, booking.updated_at)) not in seen:
                    seen.add(version)
                    yield booking
            if not page.data or not page.pagination.has_next_page:
                return
            skip += max(1, len(page.data) - _OVERLAP)

    async def _change(self, name: str, path: str, body: Mapping[str, Any]) -> tuple[Booking, ...]:
        request = Request(name, "POST", path, json=body, headers=BOOKINGS_VERSION)
        try:
            return _many((await self._ask(request, _ONE_OR_MANY)).data)
        except ProviderRefusedError as error:
            if (known := booking_error(error)) is error:
                raise
            raise known from error


def _many(data: Booking | tuple[Booking, ...]) -> tuple[Booking, ...]:
    bookings = data if isinstance(data, tuple) else (data,)
    if not bookings:
        raise NotFoundError("calcom answered an empty series", status=200)
    return bookings


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
