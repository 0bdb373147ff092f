"""book_appointment: once, for this caller, and never announced before it is true."""

from dataclasses import dataclass
from typing import Protocol

from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.catalogue import target_of
from services.voice_tools.handlers.entering import Entering, token_of
from services.voice_tools.handlers.names import is_a_name
from services.voice_tools.handlers.people import People
from services.voice_tools.handlers.requests import request_of
from services.voice_tools.values import Answer, Attempted, Call, Letter, Offer, Wish
from shared.contracts.voice import BookAppointment


class KeptOffers(Protocol):
    """What was offered in this call."""

    async def find(self, call: Call, code: str | None) -> Offer | None: ...

    async def latest_service(self, call: Call) -> str | None: ...

    async def ask_once(self, call: Call, offer: Offer) -> None: ...


class Attempts(Protocol):
    """The rows of attempts."""

    async def latest(self, call: Call, offer: Offer) -> Attempted | None:
        """This call's last attempt at the slot."""
        ...


class Letters(Protocol):
    """What was offered, beside the database."""

    async def find(self, call: Call, code: str | None) -> Letter | None: ...

    async def is_noted(self, call: Call, code: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class BookOffer:
    """The same slot in the same call is the same booking."""

    offers: KeptOffers
    letters: Letters
    people: People
    attempts: Attempts
    entering: Entering

    async def __call__(self, call: Call, args: BookAppointment) -> Answer:
        offer = await self.offers.find(call, args.slot_code)
        if offer is None:
            return reply(call, "unknown_code", {"service": await self.offers.latest_service(call)})
        if (attempt := self.entering.of(call, offer)) is not None:
            return await self.entering.answered(call, offer, attempt)
        before = await self.attempts.latest(call, offer)
        if (known := await self._known(call, offer, before)) is not None:
            return known
        if (question := await self._question(call, args, offer)) is not None:
            return question
        if before is not None and before.uid is not None:
            # Whatever the calendar was when it was last asked, this time was given back since.
            await self.entering.offering.slots.freed(call.company_id, offer.slot.event_type_id)
        person = await self.people.person(call, args)
        token = token_of(call, offer, before.number + 1 if before else 1)
        request = request_of(call, args, offer, person, token)
        wish = Wish(request, person.reference, call.about(offer.service_key, offer.service_key))
        return await self.entering.book(call, offer, wish, await self.people.promise(call, person))

    async def without_database(self, call: Call, args: BookAppointment) -> Answer | None:
        """The wish is noted where the letter is known here, and was not tried before; else None."""
        letter = await self.letters.find(call, args.slot_code)
        if letter is None:
            return None
        offer = letter.offer
        if (attempt := self.entering.of(call, offer)) is not None:
            return await self.entering.answered(call, offer, attempt)
        if letter.noted:
            return _noted_already(call, offer)
        if letter.tried or offer.expires_at <= call.now:
            # What has become of it, or what else is free, only the database could tell.
            return None
        if (question := unanswered(call, args, offer)) is not None:
            return question
        person = self.people.stranger(call, args)
        request = request_of(call, args, offer, person, token_of(call, offer))
        wish = Wish(request, person.reference, call.about(offer.service_key, offer.service_key))
        return await self.entering.note(call, offer, wish)

    async def _known(self, call: Call, offer: Offer, before: Attempted | None) -> Answer | None:
        """What there is to say of this slot without trying it."""
        if before is not None:
            return await self.entering.before(call, offer, before)
        # The broker may have a wish whose row nobody could write yet.
        return _noted_already(call, offer) if await self.letters.is_noted(call, offer.code) else None

    async def _question(self, call: Call, args: BookAppointment, offer: Offer) -> Answer | None:
        """What is missing before anything may be entered."""
        if offer.expires_at <= call.now:
            return await self.entering.instead(call, offer, "expired", "unknown_code")
        question = unanswered(call, args, offer)
        if question is not None and args.caller_confirmed and _answers_itself(call, offer):
            await self.offers.ask_once(call, offer)
        return question


def unanswered(call: Call, args: BookAppointment, offer: Offer) -> Answer | None:
    """What the caller has still to say."""
    if isinstance(found := target_of(call, offer.service_key, offer.slot.staff_key), Answer):
        # Since the time was offered its service has become one that nobody can book.
        return found
    if not is_a_name(args.customer_name):
        return reply(call, "name_needed")
    if not args.caller_confirmed or _answers_itself(call, offer):
        return reply(call, "confirm_first", moment=moment_of(call, offer.slot.start))
    return None


def _answers_itself(call: Call, offer: Offer) -> bool:
    """The agent does: nobody has said a word since the time was offered."""
    return call.turns is not None and call.turns == offer.turn


def _noted_already(call: Call, offer: Offer) -> Answer:
    return reply(call, "wish_noted_already", {"already": True}, moment=moment_of(call, offer.slot.start))
