"""Cal.com and Stripe as the handlers see them: what is refused is an answer, what may pass is raised."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from services.syncer.handlers.wishes import Answer, Booked, Refused, Taken
from services.syncer.merge.alternatives import FURTHEST
from shared.clients.calcom import (
    Booking,
    BookingFilter,
    Calcom,
    InvalidNumberError,
    NewBooking,
    SlotQuery,
    SlotTakenError,
    refusal_word,
)
from shared.clients.providers import Providers
from shared.clients.retell import Retell
from shared.clients.stripe import Stripe
from shared.contracts.events import BookingRequested
from shared.contracts.retell import BASIC_ATTRIBUTES_ONLY, call_of
from shared.db.credentials import Credentials
from shared.errors import (
    CredentialRejectedError,
    NotFoundError,
    PermanentError,
    ProviderRefusedError,
    UnknownOutcomeError,
)

#: The booking with our token may be an alternative that was booked before its answer was lost.
_AROUND: Final = FURTHEST + timedelta(hours=1)

#: Cal.com may still be at it.
_SETTLES_AFTER: Final = 30.0
_BAD_REQUEST: Final = 400


class CalcomCalendar:
    """Bookings of each company, with its own key. A company without a key cannot be asked."""

    def __init__(self, providers: Providers, companies: Credentials) -> None:
        self._providers = providers
        self._companies = companies

    async def series(self, company_id: str, uid: str) -> Sequence[dict[str, Any]]:
        """The booking, with all others of its series; empty where there is no key or no such booking."""
        calcom = await self._calcom(company_id)
        if calcom is None:
            return ()
        try:
            found = await calcom.get_series(uid)
            series = next((each.raw.get("recurringBookingUid") for each in found), None)
            if isinstance(series, str) and len(found) == 1:
                found = await calcom.get_series(series)
        except NotFoundError:
            return ()
        return [booking.raw for booking in found]

    async def changed_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        """Bookings with a later ``updatedAt``, oldest change first; empty where there is no key."""
        calcom = await self._calcom(company_id)
        if calcom is None:
            return ()
        return [booking.raw async for booking in calcom.list_bookings(BookingFilter(after_updated_at=since))]

    async def find(self, wish: BookingRequested) -> Mapping[str, Any] | None:
        """By attendee, event type and time, then by our token: Cal.com filters by no metadata."""
        calcom = await self._calcom(wish.company_id)
        if calcom is None:
            return None
        wanted = BookingFilter(
            attendee_email=wish.booking_email,
            event_type_id=wish.event_type_id,
            after_start=wish.start - _AROUND,
            before_end=wish.start + _AROUND + timedelta(minutes=wish.duration_minutes),
        )
        async for booking in calcom.list_bookings(wanted):
            if booking.metadata.get("askpro_token") == wish.token:
                return booking.raw
        return None

    async def free(self, wish: BookingRequested) -> Sequence[datetime]:
        """Free starts around the wish."""
        calcom = await self._calcom(wish.company_id)
        if calcom is None:
            return ()
        begin, end = wish.start - FURTHEST, wish.start + FURTHEST
        query = SlotQuery(wish.event_type_id, begin, end, wish.timezone, wish.length_minutes)
        return [slot.start for slot in await calcom.slots(query)]

    async def book(self, wish: BookingRequested, start: datetime) -> Answer:
        """Book; on a phone number that Cal.com does not take once more without it.

        Raises:
            UnknownOutcomeError: it may have been booked; a look tells in half a minute.
            CredentialRejectedError: the company's key was refused.
        """
        calcom = await self._calcom(wish.company_id)
        if calcom is None:
            return Refused("no_calendar")
        try:
            return await _booked(calcom, wish, start)
        except UnknownOutcomeError as error:
            # A look that comes earlier could miss the booking that is being made.
            floor = max(_SETTLES_AFTER, error.retry_after or 0.0)
            raise UnknownOutcomeError(str(error), retry_after=floor) from error

    async def _calcom(self, company_id: str) -> Calcom | None:
        company = await self._companies.of(company_id)
        if company is None or company.calcom_api_key is None:
            return None
        return self._providers.calcom(company_id, company.calcom_api_key, region=company.calcom_region)


class RetellRecords:
    """Calls of each company, with its own key. A company without a key cannot be asked."""

    def __init__(self, providers: Providers, companies: Credentials) -> None:
        self._providers = providers
        self._companies = companies

    async def started_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        """Calls that began at ``since`` or later; empty where there is no key."""
        retell = await self._retell(company_id)
        if retell is None:
            return ()
        return [call.raw async for call in retell.list_calls(started_after=since)]

    async def whole(self, company_id: str, call_id: str) -> dict[str, Any] | None:
        """The call with its transcript; None where there is no key, and what Retell refuses to show.

        Raises:
            CredentialRejectedError: the company's key was refused.
        """
        retell = await self._retell(company_id)
        if retell is None:
            return None
        try:
            return (await retell.get_call(call_id)).raw
        except CredentialRejectedError:
            raise
        except PermanentError:
            # One call that cannot be shown must not keep the others from being read.
            return None

    async def tighten(self, company_id: str, call_id: str) -> None:
        """Retell keeps basic attributes of the call only. What it keeps so already, or not at all, stays.

        Raises TransientError, and PermanentError where Retell will not or there is no key to ask it with.
        """
        retell = await self._retell(company_id)
        if retell is None:
            raise PermanentError(
                f"{company_id} has no key at Retell, which may keep what was said in {call_id}"
            )
        try:
            call = call_of((await retell.get_call(call_id)).raw)
        except NotFoundError:
            return
        if call.has_transcript and not (call.is_running and await _tightened_while_it_runs(retell, call_id)):
            await retell.update_call(call_id, storage=BASIC_ATTRIBUTES_ONLY)

    async def _retell(self, company_id: str) -> Retell | None:
        company = await self._companies.of(company_id)
        if company is None or company.retell_api_key is None:
            return None
        return self._providers.retell(company_id, company.retell_api_key)


class StripeSubscriptions:
    """Subscriptions as Stripe has them now."""

    def __init__(self, stripe: Stripe | None) -> None:
        self._stripe = stripe

    async def fetch(self, object_id: str) -> Mapping[str, Any] | None:
        """None without a key, and for what Stripe does not know."""
        try:
            return (await self._stripe.get_subscription(object_id)).raw if self._stripe else None
        except NotFoundError:
            return None

    async def of_customer(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """All of a customer's, ended ones too; empty without a key, and for whom Stripe does not know."""
        if self._stripe is None:
            return ()
        try:
            return [each.raw async for each in self._stripe.list_subscriptions(customer_id)]
        except ProviderRefusedError as error:
            if error.status == _BAD_REQUEST:  # an unknown customer is a wrong parameter, not a 404
                return ()
            raise


class StripeInvoices:
    """Invoices as Stripe has them now."""

    def __init__(self, stripe: Stripe | None) -> None:
        self._stripe = stripe

    async def fetch(self, object_id: str) -> Mapping[str, Any] | None:
        """None without a key, and for what Stripe does not know."""
        try:
            return (await self._stripe.get_invoice(object_id)).raw if self._stripe else None
        except NotFoundError:
            return None


async def _tightened_while_it_runs(retell: Retell, call_id: str) -> bool:
    """False where the call has ended since it was looked at."""
    try:
        await retell.update_live_call(call_id, override={"data_storage_setting": BASIC_ATTRIBUTES_ONLY})
    except CredentialRejectedError:
        raise
    except ProviderRefusedError:
        return False
    return True


async def _book(calcom: Calcom, wish: BookingRequested, start: datetime, *, phone: str | None) -> Answer:
    booking = await calcom.create_booking(
        NewBooking(
            event_type_id=wish.event_type_id,
            start=start,
            name=wish.customer.name,
            time_zone=wish.timezone,
            email=wish.booking_email,
            phone=phone,
            language=wish.customer.language,
            metadata=_metadata(wish),
            responses={"notes": wish.note} if wish.note else None,
            minutes=wish.length_minutes,
        )
    )
    return Booked(booking.raw) if _is_ours(booking, wish, start) else Taken()


async def _booked(calcom: Calcom, wish: BookingRequested, start: datetime) -> Answer:
    try:
        return await _book(calcom, wish, start, phone=wish.customer.phone)
    except InvalidNumberError:
        return await _book_without_phone(calcom, wish, start)
    except CredentialRejectedError:
        raise
    except ProviderRefusedError as error:
        return _refusal(error)


async def _book_without_phone(calcom: Calcom, wish: BookingRequested, start: datetime) -> Answer:
    try:
        return await _book(calcom, wish, start, phone=None)
    except CredentialRejectedError:
        raise
    except ProviderRefusedError as error:
        return _refusal(error)


def _metadata(wish: BookingRequested) -> dict[str, str]:
    # Metadata is shown to the host and comes back in webhooks: no name, nothing about health.
    known = {"askpro_token": wish.token, "call_id": wish.call_id, "phone": wish.customer.phone}
    return {name: value for name, value in known.items() if value}


def _is_ours(booking: Booking, wish: BookingRequested, start: datetime) -> bool:
    """For a round robin Cal.com may answer "booked" with somebody else's booking of the same time."""
    return (
        booking.metadata.get("askpro_token") == wish.token
        and booking.start == start
        and booking.event_type_id in {None, wish.event_type_id}
    )


def _refusal(error: ProviderRefusedError) -> Answer:
    if isinstance(error, SlotTakenError):
        return Taken()
    return Refused(refusal_word(error))
