"""check_availability."""

from dataclasses import dataclass

from services.voice_tools.handlers.answers import day_of, days_of, reply
from services.voice_tools.handlers.catalogue import target_of
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.wishes import Unclear, read_wish
from services.voice_tools.values import Answer, Call
from shared.contracts.voice import CheckAvailability


@dataclass(frozen=True, slots=True)
class CheckFreeTimes:
    """Free times for a service; whatever is not clear about service, person or day is asked back."""

    offering: Offering

    async def __call__(self, call: Call, args: CheckAvailability) -> Answer:
        target = target_of(call, args.service, args.staff)
        if isinstance(target, Answer):
            return target
        wanted = read_wish(
            today=call.now.astimezone(call.zone).date(),
            day=args.date,
            weekday=args.weekday,
            words=args.caller_words,
            part=args.part_of_day,
            clock=args.time,
        )
        if isinstance(wanted, Unclear):
            return asked_back(call, wanted)
        return await self.offering.answer(call, target, wanted)


def asked_back(call: Call, unclear: Unclear) -> Answer:
    """The question that settles which day is meant."""
    days = days_of(call, unclear.days)
    today = day_of(call, call.now.astimezone(call.zone).date())
    match unclear.reason:
        case "past" if unclear.days:
            return reply(call, "past_with_days", today=today, days=days)
        case "past":
            return reply(call, "past", today=today)
        case "ambiguous" | "unreadable" if unclear.days:
            return reply(call, "ambiguous", days=days)
        case "too_far":
            return reply(call, "too_far")
        case _:
            return reply(call, "unreadable")
