"""A booking on its way: row, calendar, outcome; without the database the broker has it, and no calendar."""

import time
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.budgets import ATTEMPT, DATABASES_SHARE
from services.voice_tools.handlers.catalogue import Target, target_of
from services.voice_tools.handlers.in_flight import Attempt, InFlight, Patience
from services.voice_tools.handlers.names import sound_of
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.tokens import booking_token
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Answer, Attempted, Call, FreeSlot, Offer, Outcome, Result, Wish
from shared.errors import InfrastructureError

_OPEN: Final = frozenset({"started", "pending"})
#: A commit takes milliseconds; where the database was late before, it is still asked in earnest.
_AT_LEAST: Final = 0.5


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


class NotedWishes(Protocol):
    """Wishes without the database."""

    async def note(self, wish: Wish, *, seconds: float) -> None:
        """Return once the broker has confirmed it; raises InfrastructureError where it has not."""
        ...

    async def record(self, wish: Wish) -> bool:
        """Write its row, as soon as that can be done."""
        ...


class Notes(Protocol):
    """What is known of a letter beside the database."""

    async def note(self, call: Call, code: str, what: str) -> None: ...


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
class Entering:
    """The same slot in the same call is the same booking; whoever asks again joins it."""

    offering: Offering
    bookings: Bookings
    wishes: NotedWishes
    letters: Notes
    booker: Booker
    live: LiveCalls
    attempts: InFlight[Result]
    patience: Patience = field(default_factory=Patience)

    @property
    def databases(self) -> float:
        """Seconds after a request's arrival from when on its database counts as away."""
        return self.attempts.soft * DATABASES_SHARE

    def of(self, call: Call, offer: Offer) -> Attempt[Result] | None:
        """What is on its way for this slot."""
        return self.attempts.of(token_of(call, offer))

    async def book(self, call: Call, offer: Offer, wish: Wish, message: str) -> Answer:
        """Enter it in the calendar; ``message``: the end of the sentence where that is done."""
        if not call.line.begin():
            return reply(call, "failed")
        attempt = self.attempts.start(
            token_of(call, offer), lambda attempt: self._attempt(call, offer, wish, attempt)
        )
        return await self.answered(call, offer, attempt, message)

    async def note(self, call: Call, offer: Offer, wish: Wish) -> Answer:
        """Hand it to the broker: the database does not answer."""
        if not call.line.begin():
            return reply(call, "failed")
        attempt = self.attempts.start(
            token_of(call, offer), lambda attempt: self._note(call, offer, wish, attempt)
        )
        return await self.answered(call, offer, attempt, "")

    async def answered(self, call: Call, offer: Offer, attempt: Attempt[Result], message: str = "") -> Answer:
        """The end of ``attempt``, or that it takes a moment."""
        match await attempt.within(call.left(self.attempts.soft)):
            case None:
                return reply(call, "pending")
            case Attempted() as other:
                return await self.before(call, offer, other) or reply(call, "pending")
            case Outcome() as outcome:
                return await self._told(call, offer, outcome, message)

    async def before(self, call: Call, offer: Offer, attempt: Attempted) -> Answer | None:
        """What there is to say of it, None where the slot may be tried (again); who waits for it is noted."""
        if attempt.state in _OPEN and not await self.bookings.told_pending(call.company_id, attempt.token):
            attempt = await self.bookings.latest(call, offer) or attempt
        return _known(call, offer, attempt)

    async def instead(self, call: Call, offer: Offer, key: str, without: str) -> Answer:
        """Other times with the sentence ``key``; ``without``: the sentence where there are none."""
        target = target_of(call, offer.service_key, offer.slot.staff_key)
        if not isinstance(target, Target):
            return reply(call, without)
        local = offer.slot.start.astimezone(call.zone)
        wanted, gone = Wanted(local.date(), local.time()), offer.slot.start if key == "taken" else None
        look = self.offering.instead(call, target, wanted, key, without, gone=gone)
        # What the caller has to hear stays true without alternatives, and is due now.
        found = await self.patience.result(look, seconds=call.left(self.attempts.soft))
        return found or reply(call, without)

    async def _attempt(self, call: Call, offer: Offer, wish: Wish, attempt: Attempt[Result]) -> None:
        await self.letters.note(call, offer.code, "tried")
        attempt.known = await self._hindered(call, offer, wish, attempt)
        if attempt.known is not None:
            await self._kept_from(call, offer, wish, attempt)
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

    async def _note(self, call: Call, offer: Offer, wish: Wish, attempt: Attempt[Result]) -> None:
        attempt.known = await self._noted(call, offer, wish, attempt)
        await self._kept_from(call, offer, wish, attempt)

    async def _hindered(
        self, call: Call, offer: Offer, wish: Wish, attempt: Attempt[Result]
    ) -> Result | None:
        """What stands in the way of asking the calendar, None once the attempt's row is committed.

        A beginning that was committed although the database seemed away asks nobody: the wish is the
        broker's from then on.
        """
        try:
            seconds = max(_AT_LEAST, call.left(self.databases))
            found = await self.patience.result(self._begun(wish), seconds=seconds)
        except InfrastructureError:
            found = None
        if found is None:
            return await self._noted(call, offer, wish, attempt)
        return None if found == "begun" else found

    async def _begun(self, wish: Wish) -> Result | Literal["begun"]:
        name = sound_of(wish.request.customer.name)
        for other in await self.bookings.open_elsewhere(wish):
            if other.state != "refused" and sound_of(other.name) == name:
                return other
        return await self.bookings.begin(wish) or "begun"

    async def _noted(self, call: Call, offer: Offer, wish: Wish, attempt: Attempt[Result]) -> Outcome:
        try:
            await self.wishes.note(wish, seconds=call.left(ATTEMPT))
        except InfrastructureError:
            if attempt.waited:
                await self.live.tell(call.company_id, call.call_id, reply(call, "failed").say)
            raise
        await self.letters.note(call, offer.code, "noted")
        return Outcome("noted")

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

    async def _kept_from(self, call: Call, offer: Offer, wish: Wish, attempt: Attempt[Result]) -> None:
        """Who was told to wait for what did not begin, or not here, has to hear of it."""
        match attempt.known:
            case Outcome(kind="noted") as outcome:
                if attempt.waited:
                    await self._tell(call, offer, outcome)
                await self.wishes.record(wish)
            case Outcome() as outcome if attempt.waited:
                await self.bookings.missed(wish, outcome)
                await self.live.tell(call.company_id, call.call_id, reply(call, "taken_only").say)

    async def _tell(self, call: Call, offer: Offer, outcome: Outcome) -> None:
        # The caller hears the end whenever it comes: the request that asked has been answered.
        answer = await self._told(replace(call, arrived=time.monotonic()), offer, outcome, "")
        await self.live.tell(call.company_id, call.call_id, answer.say)

    async def _told(self, call: Call, offer: Offer, outcome: Outcome, message: str) -> Answer:
        settled = _settled(call, offer, outcome, message)
        return settled or await self.instead(call, offer, "taken", "taken_only")


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
        case "noted":
            return reply(call, "wish_noted", moment=moment)
        case "refused":
            return reply(call, "not_bookable")
        case "taken":
            return None


def token_of(call: Call, offer: Offer, number: int = 1) -> str:
    """Of an attempt at the slot; the first one's names what is on its way here."""
    return booking_token(call.company_id, call.call_id, offer.slot.start, offer.slot.event_type_id, number)
