"""find_appointment, reschedule_appointment, cancel_appointment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.availability import asked_back
from services.voice_tools.handlers.booking import KeptOffers
from services.voice_tools.handlers.catalogue import Target, target_of
from services.voice_tools.handlers.changing import Changing, told
from services.voice_tools.handlers.names import sounds_like
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.tokens import change_token
from services.voice_tools.handlers.wishes import Unclear, Wanted, read_day
from services.voice_tools.values import Answer, Call, Change, Found, Offer, Outcome
from shared.contracts.voice import CancelAppointment, FindAppointment, RescheduleAppointment


class Appointments(Protocol):
    """The appointments of a branch."""

    async def on(self, call: Call, day: date) -> list[Found]: ...

    async def name(self, call: Call, found: Sequence[Found]) -> list[Found]:
        """Each with its number in this call."""
        ...

    async def named(self, call: Call, code: str | None) -> Found | None: ...


@dataclass(frozen=True, slots=True)
class FindByNameAndDay:
    """Nothing is read out before the caller has named both: family phones, and callers who are curious."""

    appointments: Appointments

    async def __call__(self, call: Call, args: FindAppointment) -> Answer:
        today = call.now.astimezone(call.zone).date()
        day = read_day(today, args.date, args.weekday, args.caller_words)
        if isinstance(day, Unclear):
            return asked_back(call, day)
        if day is None or args.customer_name is None:
            return reply(call, "name_and_day")
        that_day = await self.appointments.on(call, day)
        theirs = [found for found in that_day if sounds_like(args.customer_name, found.name)]
        if not theirs:
            return reply(call, "not_found")
        return _read_out(call, await self.appointments.name(call, theirs))


@dataclass(frozen=True, slots=True)
class CancelFound:
    """By the number of find_appointment, after a clear yes."""

    appointments: Appointments
    changing: Changing

    async def __call__(self, call: Call, args: CancelAppointment) -> Answer:
        found = await self.appointments.named(call, args.appointment_code)
        if found is None:
            return reply(call, "unknown_appointment")
        moment = moment_of(call, found.start)
        if not args.caller_confirmed:
            return reply(call, "confirm_cancel", moment=moment)
        change = _change("cancel", call, found, found.start, args.reason)
        return told(call, change, await self.changing.outcome(call, change))


@dataclass(frozen=True, slots=True)
class RescheduleFound:
    """By the number of find_appointment to a letter of check_availability, after a clear yes."""

    appointments: Appointments
    offers: KeptOffers
    offering: Offering
    changing: Changing

    async def __call__(self, call: Call, args: RescheduleAppointment) -> Answer:
        found = await self.appointments.named(call, args.appointment_code)
        if found is None:
            return reply(call, "unknown_appointment")
        offer = await self.offers.find(call, args.slot_code)
        if offer is None or offer.expires_at <= call.now:
            return reply(call, "unknown_code", {"service": found.service_key})
        if (hindered := _hindered(call, found, offer)) is not None:
            return hindered
        if not args.caller_confirmed:
            new = moment_of(call, offer.slot.start)
            return reply(call, "confirm_reschedule", moment=moment_of(call, found.start), new=new)
        change = replace(_change("reschedule", call, found, offer.slot.start), slot=offer.slot)
        outcome = await self.changing.outcome(call, change)
        if isinstance(outcome, Outcome) and outcome.kind == "taken":
            return await self._others(call, offer)
        return told(call, change, outcome)

    async def _others(self, call: Call, offer: Offer) -> Answer:
        target = target_of(call, offer.service_key, offer.slot.staff_key)
        if not isinstance(target, Target):
            return reply(call, "taken_only")
        local = offer.slot.start.astimezone(call.zone)
        wanted, gone = Wanted(local.date(), local.time()), offer.slot.start
        return await self.offering.instead(call, target, wanted, "taken", "taken_only", gone=gone)


def _hindered(call: Call, found: Found, offer: Offer) -> Answer | None:
    """Why the appointment cannot, or need not, move to the offered time."""
    if found.over:
        return reply(call, "over_already", {"service": found.service_key})
    if found.event_type_id not in {None, offer.slot.event_type_id}:
        # Cal.com moves a booking within its event type only.
        return reply(call, "other_service", {"service": found.service_key})
    if offer.slot.start == found.start:
        key = "there_already_awaiting" if found.awaiting else "there_already"
        return reply(call, key, {"already": True}, new=moment_of(call, found.start))
    return None


def _change(
    kind: Literal["reschedule", "cancel"],
    call: Call,
    found: Found,
    start: datetime,
    reason: str | None = None,
) -> Change:
    return Change(
        kind=kind,
        token=change_token(kind, call.company_id, call.call_id, found.uid, start),
        company_id=call.company_id,
        branch_id=call.branch.branch_id,
        call_id=call.call_id,
        found=found,
        start=start,
        about=call.about(found.service_key, found.title),
        reason=reason,
        caller=call.caller,
    )


def _read_out(call: Call, found: list[Found]) -> Answer:
    listed = {
        "appointments": [
            {"code": each.code, "spoken": moment_of(call, each.start), "service": each.service_key}
            for each in found
        ]
    }
    moments = spoken.choice([moment_of(call, each.start) for each in found], call.language)
    return reply(call, "found" if len(found) == 1 else "found_several", listed, moments=moments)
