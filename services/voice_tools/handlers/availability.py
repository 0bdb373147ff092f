"""check_availability."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import day_of, days_of, reply
from services.voice_tools.handlers.catalogue import target_of, unheard
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.repeats import Repeats
from services.voice_tools.handlers.wished_person import WishedPerson
from services.voice_tools.handlers.wishes import Unclear, Wanted, read_wish
from services.voice_tools.values import Answer, Call
from shared.contracts import hours
from shared.contracts.branch import Service
from shared.contracts.voice import CheckAvailability

#: The question by its reason, and by whether days are known that may have been meant.
_KEYS: Final = {
    ("past", True): "past_with_days",
    ("past", False): "past",
    ("ambiguous", True): "ambiguous",
    ("unreadable", True): "ambiguous",
    ("too_far", False): "too_far",
    ("open", False): "day_open",
}
_ENOUGH: Final = "wish_unclear"


class Questions(Protocol):
    """What a caller has been asked."""

    async def ask(self, call: Call, choices: Sequence[str]) -> None:
        """Which of ``choices`` is meant, is asked now."""
        ...

    async def answered(self, call: Call) -> frozenset[str]:
        """The choices of the last question, once the caller has spoken since."""
        ...

    async def ask_about(self, call: Call, subject: str) -> bool:
        """It is asked now; False where that would be forgotten, and therefore asked for ever."""
        ...

    async def was_asked_about(self, call: Call, subject: str) -> bool:
        """It was, and the caller has spoken since."""
        ...


@dataclass(frozen=True, slots=True)
class CheckFreeTimes:
    """Free times for a service; whatever is not clear about service, person or day is asked back."""

    offering: Offering
    wished: WishedPerson
    questions: Questions
    repeats: Repeats

    async def __call__(self, call: Call, args: CheckAvailability) -> Answer:
        target = target_of(call, args.service, args.staff, args.further_services)
        if isinstance(target, Answer):
            return target
        for service in target.services:
            if (question := await self._of_service(call, service)) is not None:
                return question
        wanted = _read(call, args, frozenset())
        if isinstance(wanted, Unclear):
            wanted = await self._asked_before(call, args)
        if isinstance(wanted, Unclear):
            return await self._asked_back(call, wanted)
        answer = await self.wished.instead(call, target, wanted)
        if answer is None:
            answer = await self.offering.answer(call, target, wanted)
        return answer if target.wish_heard else unheard(call, answer)

    async def _asked_back(self, call: Call, unclear: Unclear) -> Answer:
        """The question that settles which day or time is meant."""
        clocks = spoken.choice([spoken.clock(each, call.language) for each in unclear.clocks], call.language)
        days, today = days_of(call, unclear.days), day_of(call, _today(call))
        said = {"today": today, "days": days, "clocks": clocks}
        return await self.repeats.ask(call, _subject(unclear), _forms(unclear), **said)

    async def _of_service(self, call: Call, service: Service) -> Answer | None:
        """What has to be known about a service before times are of use; once in a call."""
        if service.ask_back is None or await self.questions.was_asked_about(call, service.key):
            return None
        asked = await self.questions.ask_about(call, service.key)
        return reply(call, "service_question", text=service.ask_back) if asked else None

    async def _asked_before(self, call: Call, args: CheckAvailability) -> Wanted | Unclear:
        """A model repeats the first words with the date that was settled since: once asked is enough."""
        wanted = _read(call, args, await self.questions.answered(call))
        if isinstance(wanted, Unclear):
            days = [day.isoformat() for day in wanted.days]
            clocks = [clock.isoformat("minutes") for clock in wanted.clocks]
            await self.questions.ask(call, [*days, *clocks])
        return wanted


def _subject(unclear: Unclear) -> str:
    """What is asked about: the same days or times are the same question."""
    choices = (*(day.isoformat() for day in unclear.days), *(clock.isoformat() for clock in unclear.clocks))
    return f"wish:{unclear.reason}:{','.join(choices)}"


def _forms(unclear: Unclear) -> tuple[str, ...]:
    """The question in the words of the first time and of the second; the third time a person calls back."""
    if unclear.reason == "time":
        return (
            ("clock", "clock_again", _ENOUGH)
            if unclear.clocks
            else ("clock_open", "clock_open_again", _ENOUGH)
        )
    return key_of_question(unclear), "wish_days_again" if unclear.days else "wish_day_again", _ENOUGH


def key_of_question(unclear: Unclear) -> str:
    """The sentence that asks for the day."""
    return _KEYS.get((unclear.reason, bool(unclear.days)), "unreadable")


def _read(call: Call, args: CheckAvailability, asked: frozenset[str]) -> Wanted | Unclear:
    return read_wish(
        today=_today(call),
        day=args.date,
        weekday=args.weekday,
        words=args.caller_words,
        part=args.part_of_day,
        clock=args.time,
        asked=asked,
        opens=_opens(call),
    )


def _opens(call: Call) -> Callable[[date | None, time], bool | None]:
    """Where nobody entered hours, nobody knows; without a day: on any day of the coming week."""
    today = _today(call)

    def opens(day: date | None, clock: time) -> bool | None:
        if not hours.knows_hours(call.branch):
            return None
        days = [day] if day else [today + timedelta(days=ahead) for ahead in range(7)]
        return any(hours.is_open_at(call.branch, datetime.combine(each, clock, call.zone)) for each in days)

    return opens


def _today(call: Call) -> date:
    return call.now.astimezone(call.zone).date()
