"""One attempt at Cal.com → what became of it; never an exception for what a provider can do to us."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Final

from prometheus_client import Counter

from services.voice_tools.store.calendars import Calendars
from services.voice_tools.values import Call, Change, FreeSlot, NoCalendarError, Outcome, Wish
from shared.clients.calcom import (
    Booking,
    BookingFilter,
    Calcom,
    InvalidNumberError,
    NewBooking,
    OutOfWindowError,
    SlotQuery,
    SlotTakenError,
    refusal_word,
)
from shared.errors import (
    AskProError,
    CredentialRejectedError,
    ProviderRefusedError,
    TransientError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from shared.observability.logging import get_logger
from shared.resilience.within import within

_log = get_logger("booker")
FOREIGN: Final = Counter(
    "askpro_booking_foreign_answers_total", "Cal.com answered a booking with somebody else's."
)
_STANDS: Final = frozenset({"accepted", "pending"})
#: An end after the start; no other start lies between.
_ONE: Final = timedelta(minutes=1)
_AROUND: Final = timedelta(days=1)
#: What an attempt may take where nobody says how long ago its request came in.
_SECONDS: Final = 8.0


class Booker:
    """Books, moves and cancels with a caller's time-outs."""

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars

    async def book(self, wish: Wish, *, seconds: float = _SECONDS) -> Outcome:
        """Enter the wish once, within ``seconds``. A lost answer is looked up by the token first of all."""
        return await _in_time(self._book(wish), seconds)

    async def change(self, change: Change, *, seconds: float = _SECONDS) -> Outcome:
        """Move or cancel the appointment; a refusal is looked into, it may have been done before."""
        return await _in_time(self._change(change), seconds)

    async def is_free(self, call: Call, slot: FreeSlot) -> bool:
        """What the calendar itself says of this start now; False where it says nothing."""
        length = call.length_at(slot.event_type_id, (slot.end - slot.start) // _ONE)
        query = SlotQuery(slot.event_type_id, slot.start, slot.start + _ONE, call.branch.timezone, length)
        try:
            calendar = await self._calendars.of(call.company_id)
            return any(each.start == slot.start for each in await calendar.slots(query))
        except AskProError as error:
            _log.info("slot.unknown", reason=str(error)[:300])
            return False

    async def _book(self, wish: Wish) -> Outcome:
        try:
            calendar = await self._calendars.of(wish.request.company_id)
            return _judged(await _create(calendar, wish), wish)
        except (UnknownOutcomeError, UnexpectedAnswerError) as error:
            return await self._looked_up(wish, str(error))
        except (SlotTakenError, OutOfWindowError) as error:
            return Outcome("taken", detail=error.detail, reason=refusal_word(error))
        except (CredentialRejectedError, TransientError) as error:
            return Outcome("away", detail=str(error))
        except (ProviderRefusedError, NoCalendarError) as error:
            _log.error("booking.refused", reason=str(error)[:300])
            return _refused(error)

    async def _change(self, change: Change) -> Outcome:
        try:
            calendar = await self._calendars.of(change.company_id)
            return await _changed(calendar, change)
        except (SlotTakenError, OutOfWindowError) as error:
            return Outcome("taken", detail=error.detail, reason=refusal_word(error))
        except (UnknownOutcomeError, UnexpectedAnswerError, CredentialRejectedError, TransientError) as error:
            return await self._looked_at(change, Outcome("unknown", detail=str(error)))
        except ProviderRefusedError as error:
            return await self._looked_at(change, _refused(error, not_found="unknown_booking"))
        except NoCalendarError as error:
            return _refused(error)

    async def _looked_up(self, wish: Wish, reason: str) -> Outcome:
        try:
            calendar = await self._calendars.of(wish.request.company_id)
            found = await _find(calendar, wish)
        except (TransientError, ProviderRefusedError, UnexpectedAnswerError) as error:
            return Outcome("unknown", detail=f"{reason}; {error}")
        return _judged(found, wish) if found else Outcome("unknown", detail=reason)

    async def _looked_at(self, change: Change, otherwise: Outcome) -> Outcome:
        """What the calendar says of it now; ``otherwise`` where it is not as wished."""
        try:
            calendar = await self._calendars.of(change.company_id)
            found = await calendar.get_booking(change.found.uid)
            if found.rescheduled_to_uid:
                found = await calendar.get_booking(found.rescheduled_to_uid)
        except (TransientError, ProviderRefusedError, UnexpectedAnswerError) as error:
            return Outcome("unknown", detail=f"{otherwise.detail}; {error}")
        return _entered(found) if _is_as_wished(found, change) else otherwise


async def _in_time(attempt: Awaitable[Outcome], seconds: float) -> Outcome:
    """Its outcome; whatever broke, or took too long, may have been entered: a look will tell."""
    try:
        async with within(seconds):
            return await attempt
    except TimeoutError as error:
        return Outcome("unknown", detail=str(error))
    except Exception as error:  # noqa: BLE001  # the wish is committed, and the caller waits
        _log.exception("attempt.broken")
        return Outcome("unknown", detail=repr(error))


async def _create(calendar: Calcom, wish: Wish) -> Booking:
    try:
        return await calendar.create_booking(_booking(wish, wish.request.customer.phone))
    except InvalidNumberError:
        return await calendar.create_booking(_booking(wish, None))


def _booking(wish: Wish, phone: str | None) -> NewBooking:
    request = wish.request
    metadata = {
        "askpro_token": request.token,
        "call_id": request.call_id,
        "customer_ref": wish.customer_reference,
    }
    if phone is None and request.customer.phone:
        metadata["phone"] = request.customer.phone
    return NewBooking(
        event_type_id=request.event_type_id,
        start=request.start,
        name=request.customer.name,
        time_zone=request.timezone,
        email=request.booking_email,
        phone=phone,
        language=request.customer.language,
        metadata=metadata,
        responses={"notes": request.note} if request.note else None,
        minutes=request.length_minutes,
    )


def _judged(booking: Booking, wish: Wish) -> Outcome:
    """Ours only by token, start and event type: a round robin answers 201 with a stranger's booking."""
    request = wish.request
    ours = booking.metadata.get("askpro_token") == request.token
    if ours and booking.start == request.start and booking.event_type_id in {request.event_type_id, None}:
        return _entered(booking)
    FOREIGN.inc()
    _log.warning("booking.foreign", booking_uid=booking.uid, event_type_id=request.event_type_id)
    return Outcome("taken", detail="the calendar answered with another booking", reason="taken")


async def _find(calendar: Calcom, wish: Wish) -> Booking | None:
    request = wish.request
    wanted = BookingFilter(
        attendee_email=request.booking_email,
        event_type_id=request.event_type_id,
        after_start=request.start - _AROUND,
        before_end=request.start + timedelta(minutes=request.duration_minutes) + _AROUND,
    )
    async for booking in calendar.list_bookings(wanted):
        if booking.metadata.get("askpro_token") == request.token and booking.status in _STANDS:
            return booking
    return None


async def _changed(calendar: Calcom, change: Change) -> Outcome:
    if change.kind == "cancel":
        return Outcome("done", (await calendar.cancel_booking(change.found.uid, reason=change.reason)).uid)
    moved = await calendar.reschedule_booking(change.found.uid, change.start, reason=change.reason)
    if moved.start != change.start:
        return Outcome("taken", detail="the calendar answered with another time", reason="taken")
    return _entered(moved)


def _entered(booking: Booking) -> Outcome:
    return Outcome("awaiting" if booking.status == "pending" else "done", booking.uid)


def _refused(
    error: ProviderRefusedError | NoCalendarError, *, not_found: str = "unknown_event_type"
) -> Outcome:
    if isinstance(error, NoCalendarError):
        return Outcome("refused", detail=str(error), reason="no_calendar")
    return Outcome("refused", detail=str(error), reason=refusal_word(error, not_found=not_found))


def _is_as_wished(found: Booking, change: Change) -> bool:
    if change.kind == "cancel":
        return found.status == "cancelled"
    return found.status in _STANDS and found.start == change.start
