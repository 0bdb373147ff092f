"""book_appointment: once, for this caller, and never announced before it is true."""

import time
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.budgets import ATTEMPT
from services.voice_tools.handlers.catalogue import Target, target_of
from services.voice_tools.handlers.in_flight import Attempt, InFlight, Patience
from services.voice_tools.handlers.names import is_a_name, sound_of
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.people import People
from services.voice_tools.handlers.requests import request_of
from services.voice_tools.handlers.tokens import booking_token
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Answer, Attempted, Call, FreeSlot, Offer, Outcome, Result, Wish
from shared.contracts.voice import BookAppointment
from shared.errors import InfrastructureError

_OPEN: Final = frozenset({"started", "pending"})


class Bookings(Protocol):
    """The rows of attempts."""

    async def latest(self, call: Call, offer: Offer) -> Attempted | None:
        """This call's last attempt at the slot."""
        ...

    async def open_elsewhere(self, wish: Wish) -> list[Attempted]:
        """Wishes of the same number for the same service in other calls."""
        ...

    async def begin(self, wish: Wish) -> Result | None:
        """Commit the wish before anything is sent; else what stands in its way."""
        ...

    async def told_pending(self, company_id: str, token: str) -> bool:
        """False where it is settled already."""
        ...

    async def finish(self, wish: Wish, outcome: Outcome, *, waited: bool) -> bool:
        """Commit the outcome; True where a caller was told to wait."""
        ...

    async def missed(self, wish: Wish, outcome: Outcome) -> None:
        """Somebody was told to wait for what could not even begin."""
        ...


class KeptOffers(Protocol):
    """What was offered in this call."""

    async def find(self, call: Call, code: str | None) -> Offer | None: ...

    async def latest_service(self, call: Call) -> str | None: ...

    async def ask_once(self, call: Call, offer: Offer) -> None: ...


class Booker(Protocol):
    """The calendar."""

    async def book(self, wish: Wish, *, seconds: float) -> Outcome: ...

    async def is_free(self, call: Call, slot: FreeSlot) -> bool:
        """What the calendar itself says now; False where it says nothing."""
        ...


class LiveCalls(Protocol):
    """The agent, while the caller is still there."""

    async def tell(self, company_id: str, call_id: str, sentence: str) -> None: ...


@dataclass(frozen=True, slots=True)
class BookOffer:
    """Row, then calendar, then outcome; the same slot in the same call is the same booking."""

    offers: KeptOffers
    offering: Offering
    people: People
    bookings: Bookings
    booker: Booker
    live: LiveCalls
    attempts: InFlight[Result]
    patience: Patience = field(default_factory=Patience)

    async def __call__(self, call: Call, args: BookAppointment) -> Answer:
        offer = await self.offers.find(call, args.slot_code)
        if offer is None:
            return reply(call, "unknown_code", {"service": await self.offers.latest_service(call)})
        if (attempt := self.attempts.of(_token(call, offer))) is not None:
            return await self._answered(call, offer, attempt, "")
        before = await self.bookings.latest(call, offer)
        if before is not None and (known := await self._before(call, offer, before)) is not None:
            return known
        if (question := await self._question(call, args, offer)) is not None:
            return question
        if before is not None and before.uid is not None:
            # Whatever the calendar was when it was last asked, this time was given back since.
            await self.offering.slots.freed(call.company_id, offer.slot.event_type_id)
        person = await self.people.person(call, args)
        token = _token(call, offer, before.number + 1 if before else 1)
        request = request_of(call, args, offer, person, token)
        wish = Wish(request, person.reference, call.about(offer.service_key, offer.service_key))
        return await self._book(call, offer, wish, await self.people.promise(call, person))

    async def _before(self, call: Call, offer: Offer, attempt: Attempted) -> Answer | None:
        """What there is to say of it, None where the slot may be tried (again); who waits for it is noted."""
        if attempt.state in _OPEN and not await self.bookings.told_pending(call.company_id, attempt.token):
            attempt = await self.bookings.latest(call, offer) or attempt
        return _known(call, offer, attempt)

    async def _question(self, call: Call, args: BookAppointment, offer: Offer) -> Answer | None:
        """What is missing before anything may be entered."""
        if offer.expires_at <= call.now:
            return await self._others(call, offer, "expired", "unknown_code")
        if isinstance(found := _found(call, offer), Answer):
            # Since the time was offered its service has become one that nobody can book.
            return found
        if not is_a_name(args.customer_name):
            return reply(call, "name_needed")
        if not args.caller_confirmed:
            return reply(call, "confirm_first", moment=moment_of(call, offer.slot.start))
        if call.turns is not None and call.turns == offer.turn:
            # The agent answered itself: nobody has said a word since the time was offered.
            await self.offers.ask_once(call, offer)
            return reply(call, "confirm_first", moment=moment_of(call, offer.slot.start))
        return None

    async def _book(self, call: Call, offer: Offer, wish: Wish, message: str) -> Answer:
        if not call.line.begin():
            return reply(call, "failed")
        attempt = self.attempts.start(
            _token(call, offer), lambda attempt: self._attempt(call, offer, wish, attempt)
        )
        return await self._answered(call, offer, attempt, message)

    async def _answered(self, call: Call, offer: Offer, attempt: Attempt[Result], message: str) -> Answer:
        match await attempt.within(call.left(self.attempts.soft)):
            case None:
                return reply(call, "pending")
            case Attempted() as other:
                return await self._before(call, offer, other) or reply(call, "pending")
            case Outcome() as outcome:
                return await self._told(call, offer, outcome, message)

    async def _attempt(self, call: Call, offer: Offer, wish: Wish, attempt: Attempt[Result]) -> None:
        attempt.known = await self._hindered(call, wish, attempt)
        if attempt.known is not None:
            await self._kept_from(call, wish, attempt)
            return
        outcome = attempt.known = await self._tried(call, offer, wish)
        heard = attempt.waited
        if outcome.kind in {"done", "taken"}:
            # Before its hold is gone: the next caller is told without a request to the calendar.
            slot = offer.slot
            await self.offering.slots.took(call.company_id, slot.event_type_id, slot.start, slot.end)
        if heard:
            await self._tell(call, offer, outcome)
        if await self.bookings.finish(wish, outcome, waited=heard) and not heard:
            # Another process, or a request that came in meanwhile, has told a caller to wait.
            await self._tell(call, offer, outcome)

    async def _hindered(self, call: Call, wish: Wish, attempt: Attempt[Result]) -> Result | None:
        """What stands in the way of this attempt, None once it has begun."""
        name = sound_of(wish.request.customer.name)
        try:
            for other in await self.bookings.open_elsewhere(wish):
                if other.state != "refused" and sound_of(other.name) == name:
                    return other
            return await self.bookings.begin(wish)
        except InfrastructureError:
            if attempt.waited:
                await self.live.tell(call.company_id, call.call_id, reply(call, "failed").say)
            raise

    async def _tried(self, call: Call, offer: Offer, wish: Wish) -> Outcome:
        """A time that is known to be taken costs no request, and one that is told to be taken a second look.

        The calendar says "taken" of one person while another is free.
        """
        if await self.offering.is_taken(call, offer.slot):
            return Outcome("taken", reason="taken")
        outcome = await self.booker.book(wish, seconds=call.left(ATTEMPT))
        if outcome.kind == "taken" and await self.booker.is_free(call, offer.slot):
            outcome = await self.booker.book(wish, seconds=call.left(ATTEMPT))
        return outcome

    async def _kept_from(self, call: Call, wish: Wish, attempt: Attempt[Result]) -> None:
        """Who was told to wait for what did not begin has to hear of it."""
        if attempt.waited and isinstance(attempt.known, Outcome):
            await self.bookings.missed(wish, attempt.known)
            await self.live.tell(call.company_id, call.call_id, reply(call, "taken_only").say)

    async def _tell(self, call: Call, offer: Offer, outcome: Outcome) -> None:
        # The caller hears the end whenever it comes: the request that asked has been answered.
        answer = await self._told(replace(call, arrived=time.monotonic()), offer, outcome, "")
        await self.live.tell(call.company_id, call.call_id, answer.say)

    async def _told(self, call: Call, offer: Offer, outcome: Outcome, message: str) -> Answer:
        settled = _settled(call, offer, outcome, message)
        return settled or await self._others(call, offer, "taken", "taken_only")

    async def _others(self, call: Call, offer: Offer, key: str, without: str) -> Answer:
        target = _target(call, offer)
        if target is None:
            return reply(call, without)
        local = offer.slot.start.astimezone(call.zone)
        wanted, gone = Wanted(local.date(), local.time()), offer.slot.start if key == "taken" else None
        look = self.offering.instead(call, target, wanted, key, without, gone=gone)
        # What the caller has to hear stays true without alternatives, and is due now.
        found = await self.patience.result(look, seconds=call.left(self.attempts.soft))
        return found or reply(call, without)


def _known(call: Call, offer: Offer, before: Attempted | None) -> Answer | None:
    """What there is to say of an attempt at this slot, None where it may be tried (again)."""
    match before:
        case Attempted(state="booked", uid=uid, start=start, awaiting=awaiting):
            key = "already_awaiting" if awaiting else "already_booked"
            # The nearest other time may have been taken for it.
            moment = moment_of(call, start or offer.slot.start)
            return reply(call, key, {"already": True, "booking": uid}, moment=moment)
        case Attempted(state="requested", start=start):
            moment = moment_of(call, start or offer.slot.start)
            return reply(call, "requested_already", {"already": True}, moment=moment)
        case Attempted(state="started" | "pending"):
            return reply(call, "pending")
        case _:
            return None


def _settled(call: Call, offer: Offer, outcome: Outcome, message: str) -> Answer | None:
    """The sentence for an outcome; None for a slot that is gone: then there are others to offer."""
    moment = moment_of(call, offer.slot.start)
    match outcome.kind:
        case "done":
            return reply(call, "booked", {"booking": outcome.uid}, moment=moment, message=message)
        case "awaiting":
            return reply(call, "awaiting", {"booking": outcome.uid}, moment=moment, message=message)
        case "unknown" | "away":
            return reply(call, "requested", moment=moment)
        case "refused":
            return reply(call, "not_bookable")
        case "taken":
            return None


def _target(call: Call, offer: Offer) -> Target | None:
    """The same service with the same person."""
    found = _found(call, offer)
    return found if isinstance(found, Target) else None


def _found(call: Call, offer: Offer) -> Target | Answer:
    return target_of(call, offer.service_key, offer.slot.staff_key)


def _token(call: Call, offer: Offer, number: int = 1) -> str:
    """Of an attempt at the slot; the first one's names what is on its way here."""
    return booking_token(call.company_id, call.call_id, offer.slot.start, offer.slot.event_type_id, number)
