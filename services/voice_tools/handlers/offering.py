"""Look, choose, offer: the free times a caller hears, each with its letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import (
    day_of,
    offers_listed,
    offers_said,
    reply,
)
from services.voice_tools.handlers.catalogue import Target
from services.voice_tools.handlers.selection import Selection, select
from services.voice_tools.handlers.wishes import Wanted, in_the_afternoon
from services.voice_tools.values import Answer, Call, FreeSlot, Offer
from shared.contracts import hours
from shared.errors import AskProError

_WINDOW_DAYS = 14


class FreeSlots(Protocol):
    """Free times at the calendar."""

    async def of(
        self, company_id: str, event_types: Sequence[tuple[int, str | None]], first: date, zone: str
    ) -> list[FreeSlot]:
        """Two weeks from ``first``."""
        ...

    async def forget(self, company_id: str, event_type_id: int) -> None:
        """What was known is out of date."""
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
        """What is free, in the words that fit what was asked."""
        wanted = _sensible(call, wanted)
        selection, offers = await self._offered(call, target, wanted)
        return _said(call, wanted, selection, offers)

    async def instead(
        self, call: Call, target: Target, wanted: Wanted, key: str, without: str, *, gone: datetime
    ) -> Answer:
        """Up to three others with the sentence ``key``; ``without``: the sentence where there are none.

        ``gone``: the start that cannot be had, whatever the calendar still says.
        """
        for event_type_id, _ in target.event_types:
            await self.slots.forget(call.company_id, event_type_id)
        try:
            _, offers = await self._offered(call, target, wanted, gone)
        except AskProError:
            # What the caller has to hear stays true without alternatives.
            offers = []
        if not offers:
            return reply(call, without)
        return reply(call, key, offers_listed(call, offers), moments=offers_said(call, offers))

    async def _offered(
        self, call: Call, target: Target, wanted: Wanted, gone: datetime | None = None
    ) -> tuple[Selection, list[Offer]]:
        free = [slot for slot in await self._free(call, target, wanted.day) if slot.start != gone]
        selection = select(free, wanted, call.zone)
        if not selection.slots:
            return selection, []
        return selection, await self.offers.make(call, target.service.key, selection.slots)

    async def _free(self, call: Call, target: Target, day: date | None) -> list[FreeSlot]:
        today = call.now.astimezone(call.zone).date()
        skipped = ((day - today).days // _WINDOW_DAYS) * _WINDOW_DAYS if day else 0
        first = date.fromordinal(today.toordinal() + skipped)
        found = await self.slots.of(call.company_id, target.event_types, first, call.branch.timezone)
        future = _one_per_start(slot for slot in found if slot.start > call.now)
        return list(hours.within_hours(call.branch, future))


def _one_per_start(slots: Any) -> list[FreeSlot]:
    """Where two people are free at once the caller hears the time once."""
    return list({slot.start: slot for slot in reversed(list(slots))}.values())[::-1]


def _sensible(call: Call, wanted: Wanted) -> Wanted:
    """``um drei``: in the afternoon, unless the branch is open at night."""
    if wanted.at is None or wanted.day is None or (wanted.part and wanted.part[0] < time(11)):
        return wanted
    later = in_the_afternoon(wanted.at)
    if later == wanted.at or _is_open(call, wanted.day, wanted.at):
        return wanted
    return Wanted(wanted.day, later, wanted.part)


def _is_open(call: Call, day: date, clock: time) -> bool:
    return hours.is_open_at(call.branch, datetime.combine(day, clock, call.zone))


def _said(call: Call, wanted: Wanted, selection: Selection, offers: list[Offer]) -> Answer:
    listed = offers_listed(call, offers)
    moments = offers_said(call, offers)
    if wanted.day is not None and selection.kind == "other":
        return _no_luck(call, wanted.day, offers)
    match selection.kind:
        case _ if not offers:
            return reply(call, "no_slots", listed)
        case "exact":
            return reply(call, "free_exact", listed, moments=offers_said(call, offers[:1]))
        case "near" if wanted.at is not None:
            clock = spoken.clock(wanted.at, call.language)
            return reply(call, "free_near", listed, clock=clock, moments=moments)
        case "day" if not any(offer.slot.staff_key for offer in offers):
            return _one_day(call, offers)
        case _:
            return reply(call, "free_days", listed, moments=moments)


def _one_day(call: Call, offers: list[Offer]) -> Answer:
    local = [offer.slot.start.astimezone(call.zone) for offer in offers]
    times = spoken.choice([spoken.clock(each, call.language) for each in local], call.language)
    return reply(call, "free", offers_listed(call, offers), day=day_of(call, local[0].date()), times=times)


def _no_luck(call: Call, day: date, offers: list[Offer]) -> Answer:
    """Closed, or full: the caller hears which, and what there is instead."""
    listed, moments = offers_listed(call, offers), offers_said(call, offers)
    about = hours.day_of(call.branch, day, call.language)
    closed = not about.hours and (hours.knows_hours(call.branch) or about.special or bool(about.name))
    if not closed:
        key = "none_that_day" if offers else "no_slots"
        return reply(call, key, listed, day=day_of(call, day), moments=moments)
    reason = f" ({about.name})" if about.name else ""
    key = "closed" if offers else "closed_only"
    return reply(call, key, listed, day=day_of(call, day), reason=reason, moments=moments)
