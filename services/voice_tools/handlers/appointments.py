"""reschedule_appointment, cancel_appointment."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import moment_of, reply
from services.voice_tools.handlers.booking import KeptOffers
from services.voice_tools.handlers.catalogue import Target, target_of
from services.voice_tools.handlers.changing import Changing, told
from services.voice_tools.handlers.finding import Appointments
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.tokens import change_token
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Answer, Call, Change, Found, Offer, Outcome
from shared.contracts.policies import is_too_late
from shared.contracts.voice import CancelAppointment, RescheduleAppointment


@dataclass(frozen=True, slots=True)
class CancelFound:
    """By the number of find_appointment, after a clear yes."""

    appointments: Appointments
    changing: Changing

    async def __call__(self, call: Call, args: CancelAppointment) -> Answer:
        found = await self.appointments.named(call, args.appointment_code)
        if found is None:
            return reply(call, "unknown_appointment")
        if (late := too_late(call, found)) is not None:
            return late
        if not await _has_agreed(self.appointments, call, found, confirmed=args.caller_confirmed):
            return reply(call, "confirm_cancel", moment=moment_of(call, found.start))
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
        if not await self._has_agreed(call, found, offer, confirmed=args.caller_confirmed):
            new = moment_of(call, offer.slot.start)
            return reply(call, "confirm_reschedule", moment=moment_of(call, found.start), new=new)
        return await self._moved(call, found, offer)

    async def _has_agreed(self, call: Call, found: Found, offer: Offer, *, confirmed: bool) -> bool:
        """To this appointment and to this time, whichever of them was named last."""
        if confirmed and call.turns is not None and call.turns == offer.turn:
            await self.offers.ask_once(call, offer)
            await self.appointments.asked(call, found, None)
            return False
        return await _has_agreed(self.appointments, call, found, confirmed=confirmed)

    async def _moved(self, call: Call, found: Found, offer: Offer) -> Answer:
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


async def _has_agreed(appointments: Appointments, call: Call, found: Found, *, confirmed: bool) -> bool:
    """A yes that the model reports counts once the caller has spoken since the appointment was named to them.

    Asked once after such a report, the next one counts: transcripts lag behind.
    """
    if not confirmed:
        await appointments.asked(call, found, call.turns)
        return False
    if call.turns is not None and call.turns == found.turn:
        await appointments.asked(call, found, None)
        return False
    return True


def too_late(call: Call, found: Found) -> Answer | None:
    """The branch wants to know earlier; a person of it may still agree to it."""
    if found.over or not is_too_late(call.branch, call.now, found.start):
        return None
    notice = call.branch.cancellation_notice_hours or 0
    return reply(call, "too_late", hours=spoken.hours(notice, call.language))


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
    return too_late(call, found)


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
