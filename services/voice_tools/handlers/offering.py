"""Look, choose, offer: the free times a caller hears, each with its letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import day_of, offers_listed, offers_said, reply
from services.voice_tools.handlers.catalogue import Target
from services.voice_tools.handlers.guesses import guessed
from services.voice_tools.handlers.selection import Selection, select
from services.voice_tools.handlers.sentences.stale import LAST_KNOWN
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Answer, Call, FreeSlot, Offer, StillLookingError
from shared.contracts import hours
from shared.contracts.policies import bookable, is_too_far
from shared.errors import AskProError, CredentialRejectedError, InfrastructureError, TransientError

_WINDOW_DAYS: Final = 14


class FreeSlots(Protocol):
    """Free times at the calendar."""

    async def of(
        self,
        call: Call,
        event_types: Sequence[tuple[int, str | None]],
        first: date,
        *,
        minutes: int | None = None,
    ) -> list[FreeSlot]:
        """Two weeks from ``first``, without what is known to be taken.

        ``minutes``: how long, where an event type has several lengths.
        """
        ...

    async def not_taken(self, call: Call, guessed: Sequence[FreeSlot]) -> list[FreeSlot]:
        """Those of ``guessed`` that nothing we know of takes."""
        ...

    async def is_taken(self, call: Call, slot: FreeSlot, first: date) -> bool:
        """Known to be taken, in the two weeks from ``first``."""
        ...

    async def took(self, company_id: str, event_type_id: int, start: datetime, end: datetime) -> None:
        """It is known to be taken from now on."""
        ...

    async def freed(self, company_id: str, event_type_id: int) -> None:
        """A time of it was given back."""
        ...


class Offers(Protocol):
    """Letters of a call."""

    async def make(self, call: Call, service_key: str, slots: Sequence[FreeSlot]) -> list[Offer]:
        """Offer them in this order."""
        ...


@dataclass(frozen=True, slots=True)
class Offering:
    """Slots of the calendar, cut with the hours of the branch: Cal.com's schedule may be wider."""

    slots: FreeSlots
    offers: Offers

    async def answer(self, call: Call, target: Target, wanted: Wanted) -> Answer:
        """What is free, in the words that fit what was asked.

        Where the calendar is away and nothing is known of it, times at which the branch is open: they can be
        wished for, and the answer says so.
        """
        if wanted.day is not None and is_too_far(call.branch, call.now, wanted.day):
            return reply(call, "too_far")
        try:
            free = await self.free(call, target, wanted.day)
        except (StillLookingError, InfrastructureError):
            raise
        except (TransientError, CredentialRejectedError):
            return await self._wishes(call, target, wanted)
        selection, offers = await self._offered(call, target, wanted, free)
        return _said(call, wanted, selection, offers)

    async def instead(
        self,
        call: Call,
        target: Target,
        wanted: Wanted,
        key: str,
        without: str,
        *,
        gone: datetime | None = None,
    ) -> Answer:
        """Up to three others with the sentence ``key``; ``without``: the sentence where there are none.

        ``gone``: the start that was refused; it is not among them, whatever the calendar still lists.
        """
        try:
            free = [slot for slot in await self.free(call, target, wanted.day) if slot.start != gone]
            _, offers = await self._offered(call, target, wanted, free)
        except AskProError:
            # What the caller has to hear stays true without alternatives.
            offers = []
        return told(call, key, offers) if offers else reply(call, without)

    async def is_taken(self, call: Call, slot: FreeSlot) -> bool:
        """Whether we know that somebody else has it; asks nobody outside."""
        return await self.slots.is_taken(
            call, slot, _first_day(call, slot.start.astimezone(call.zone).date())
        )

    async def _wishes(self, call: Call, target: Target, wanted: Wanted) -> Answer:
        minutes, first = target.minutes, _first_day(call, wanted.day)
        open_then = guessed(call, target.event_types, first, days=_WINDOW_DAYS, minutes=minutes)
        free = _future(call, await self.slots.not_taken(call, open_then))
        selection, offers = await self._offered(call, target, wanted, free)
        if wanted.day is not None and selection.kind == "other" and is_closed(call, wanted.day):
            return _no_luck(call, wanted.day, [])
        if not offers:
            return reply(call, "unavailable")
        named = offers[:1] if selection.kind == "exact" else offers
        return told(call, "wish_only", offers, moments=offers_said(call, named))

    async def _offered(
        self, call: Call, target: Target, wanted: Wanted, free: Sequence[FreeSlot]
    ) -> tuple[Selection, list[Offer]]:
        selection = select(free, wanted, call.zone)
        if not selection.slots:
            return selection, []
        return selection, await self.offers.make(call, target.key, selection.slots)

    async def free(self, call: Call, target: Target, day: date | None) -> list[FreeSlot]:
        """In order, of two weeks with ``day``, within the hours of the branch and its notice.

        Raises:
            StillLookingError: no answer within the caller's patience; the look goes on.
            AskProError: what Cal.com's client raises.
        """
        first = _first_day(call, day)
        found = await self.slots.of(call, target.event_types, first, minutes=target.asked_minutes)
        return list(hours.within_hours(call.branch, _future(call, found)))


def _first_day(call: Call, day: date | None) -> date:
    """Of the two weeks that ``day`` is in, counted from today."""
    today = call.now.astimezone(call.zone).date()
    skipped = ((day - today).days // _WINDOW_DAYS) * _WINDOW_DAYS if day else 0
    return today + timedelta(days=skipped)


def _future(call: Call, slots: Sequence[FreeSlot]) -> list[FreeSlot]:
    return _one_per_start(list(bookable(call.branch, call.now, slots)))


def _one_per_start(slots: Sequence[FreeSlot]) -> list[FreeSlot]:
    """Where two people are free at once the caller hears the time once, of whom the calendar answers for."""
    best: dict[datetime, FreeSlot] = {}
    for slot in slots:
        known = best.get(slot.start)
        if known is None or (known.stale and not slot.stale):
            best[slot.start] = slot
    return list(best.values())


def _said(call: Call, wanted: Wanted, selection: Selection, offers: list[Offer]) -> Answer:
    if wanted.day is not None and selection.kind == "other":
        return _no_luck(call, wanted.day, offers)
    match selection.kind:
        case _ if not offers:
            return reply(call, "no_slots", offers_listed(call, offers))
        case "exact":
            return told(call, "free_exact", offers, moments=offers_said(call, offers[:1]))
        case "near" if wanted.at is not None:
            return told(call, "free_near", offers, clock=spoken.clock(wanted.at, call.language))
        case "day" if not any(offer.slot.staff_key for offer in offers):
            return _one_day(call, offers)
        case _:
            return told(call, "free_days", offers)


def told(call: Call, key: str, offers: list[Offer], **values: str) -> Answer:
    """With the offers; where the calendar does not stand behind one of them the answer says so."""
    fields = offers_listed(call, offers)
    if any(offer.slot.stale for offer in offers):
        key, fields = LAST_KNOWN.get(key, key), {**fields, "stale": True}
    return reply(call, key, fields, **{"moments": offers_said(call, offers), **values})


def _one_day(call: Call, offers: list[Offer]) -> Answer:
    local = [offer.slot.start.astimezone(call.zone) for offer in offers]
    times = spoken.choice([spoken.clock(each, call.language) for each in local], call.language)
    return told(call, "free", offers, day=day_of(call, local[0].date()), times=times)


def _no_luck(call: Call, day: date, offers: list[Offer]) -> Answer:
    """Closed, or full: the caller hears which, and what there is instead."""
    if not is_closed(call, day):
        return told(call, _key_of_none(call, day, offers), offers, day=day_of(call, day))
    name = hours.day_of(call.branch, day, call.language).name
    key = "closed" if offers else "closed_only"
    return told(call, key, offers, day=day_of(call, day), reason=f" ({name})" if name else "")


def _key_of_none(call: Call, day: date, offers: list[Offer]) -> str:
    """A day of which another part is free is not said to be full."""
    if not offers:
        return "no_slots"
    days = {offer.slot.start.astimezone(call.zone).date() for offer in offers}
    return "none_then" if day in days else "none_that_day"


def is_closed(call: Call, day: date) -> bool:
    """By the hours, a special day or a holiday."""
    about = hours.day_of(call.branch, day)
    return not about.hours and (hours.knows_hours(call.branch) or about.special or bool(about.name))
