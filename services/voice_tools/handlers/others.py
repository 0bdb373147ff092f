"""request_callback, branch_information, record_consent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.answers import reply
from services.voice_tools.handlers.identity import named
from services.voice_tools.handlers.names import is_a_name
from services.voice_tools.handlers.tokens import callback_id
from services.voice_tools.values import Answer, Call
from shared.contracts.branch import WEEKDAYS, Branch, Service
from shared.contracts.events import CallbackRequested
from shared.contracts.hours import day_of
from shared.contracts.voice import (
    TOPICS,
    WEEKDAY_NAMES,
    BranchInformation,
    Language,
    RecordConsent,
    RequestCallback,
    emergency_sentence,
)

#: What was said for a number and is none may still tell a person who it was.
_HEARD: Final[dict[Language, str]] = {
    "de": " (Nummer, wie verstanden: {})",
    "en": " (number as understood: {})",
}
#: What changes from one day to the next: here the notice of the day is said before what holds always.
_OF_TODAY: Final = frozenset({"opening_hours", "team", "other"})
_TODAY: Final[dict[Language, str]] = {"de": "Heute gilt: {}", "en": "Today: {}"}
#: Services that nothing at Cal.com books.
_BY_CALLBACK: Final[dict[Language, str]] = {
    "de": "nur mit einem Rückruf: {}",
    "en": "only by a call back: {}",
}


class Callbacks(Protocol):
    """What callers leave behind."""

    async def request(self, callback: CallbackRequested) -> bool:
        """False where this call has asked for the same before."""
        ...

    async def ask_for_number(self, company_id: str, call_id: str) -> bool:
        """False where this caller was asked for a number before."""
        ...

    async def consent(self, company_id: str, call_id: str, *, allowed: bool) -> None: ...


class Notices(Protocol):
    """What the owner of a branch wants callers to hear."""

    async def of(self, company_id: str, branch_id: str, day: date) -> str | None:
        """None where there is nothing, or it is not known in time."""
        ...


class Recording(Protocol):
    """What Retell keeps of a call."""

    async def keep_nothing(self, company_id: str, call_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class RequestCall:
    """Somebody of the business calls back; once per call and reason.

    A number is asked for once. Who names none is noted by name: the business may know them, or hear the call.
    """

    callbacks: Callbacks

    async def __call__(self, call: Call, args: RequestCallback) -> Answer:
        if args.reason is None:
            return reply(call, "reason_needed")
        given = named(args.phone, call.branch.address.country, call.language)
        number = given.number or call.caller.number
        if number is None and (question := await self._question(call, args)) is not None:
            return question
        new = await self.callbacks.request(_callback(call, args, number))
        if not new:
            return reply(call, "noted_already")
        return reply(call, "noted" if number else "noted_without_number")

    async def _question(self, call: Call, args: RequestCallback) -> Answer | None:
        """What is asked of a caller without a number, None where nothing is left to ask."""
        if args.number_declined:
            return None
        if await self.callbacks.ask_for_number(call.company_id, call.call_id):
            return reply(call, "number_invalid" if args.phone else "number_needed")
        return None if is_a_name(args.customer_name) else reply(call, "callback_name_needed")


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """A refusal is passed on at once: what Retell stores can only be tightened."""

    callbacks: Callbacks
    recording: Recording

    async def __call__(self, call: Call, args: RecordConsent) -> Answer:
        await self.callbacks.consent(call.company_id, call.call_id, allowed=args.allowed)
        if not args.allowed:
            await self.recording.keep_nothing(call.company_id, call.call_id)
        return reply(call, "consent" if args.allowed else "no_consent")


@dataclass(frozen=True, slots=True)
class TellAboutBranch:
    """Facts from the branch as it was entered, and the owner's notice of the day; nothing is made up."""

    notices: Notices

    async def __call__(self, call: Call, args: BranchInformation) -> Answer:
        topic = _topic(args.topic)
        today = call.now.astimezone(call.zone).date()
        notice = await self.notices.of(call.company_id, call.branch.branch_id, today)
        said = _TODAY[call.language].format(notice) if notice and topic in _OF_TODAY else ""
        text = "; ".join(filter(None, (said, _text(call, topic))))
        # Whatever was asked: the agent knows it, also where its number rings past the inbound webhook.
        fields = {"notice_of_the_day": notice} if notice else None
        return reply(call, "information" if text else "no_information", fields, text=text)


def _callback(call: Call, args: RequestCallback, number: str | None) -> CallbackRequested:
    reason = args.reason or ""
    heard = _HEARD[call.company_language].format(args.phone) if args.phone and number is None else ""
    return CallbackRequested(
        company_id=call.company_id,
        callback_id=callback_id(call.company_id, call.call_id, reason),
        branch_id=call.branch.branch_id,
        branch_name=call.branch.name,
        call_id=call.call_id,
        reason=reason + heard,
        urgency="urgent" if args.urgency == "urgent" else "normal",
        phone=number,
        customer_name=args.customer_name,
        preferred_time=args.preferred_time,
    )


def _topic(name: str | None) -> str:
    """The English name of a topic, whichever language it was said in."""
    said = (name or "").casefold()
    german = TOPICS["de"]
    return TOPICS["en"][german.index(said)] if said in german else said


def _text(call: Call, topic: str) -> str:
    return _TEXTS[topic](call) if topic in _TEXTS else ""


def _prices(call: Call) -> str:
    return "; ".join(_price(each, call.language) for each in call.branch.services if each.price_cents)


def _services(call: Call) -> str:
    services = call.branch.services
    bookable = spoken.listing([each.name for each in services if each.is_bookable], call.language)
    others = spoken.listing([each.name for each in services if not each.is_bookable], call.language)
    return "; ".join(filter(None, (bookable, others and _BY_CALLBACK[call.language].format(others))))


def _team(call: Call) -> str:
    return spoken.listing([member.name for member in call.branch.staff], call.language)


def _hours(call: Call) -> str:
    today = day_of(call.branch, call.now.astimezone(call.zone).date(), call.language)
    week = "; ".join(_week(call.branch, call.language))
    if not today.name or not week:
        return week
    closed = {"de": f"Heute, {today.name}, geschlossen", "en": f"Closed today, {today.name}"}
    return week if today.hours else f"{closed[call.language]}; {week}"


def _week(branch: Branch, language: Language) -> list[str]:
    days = zip(WEEKDAYS, WEEKDAY_NAMES[language], strict=True)
    until = {"de": "bis", "en": "to"}[language]
    lines = []
    for key, name in days:
        spans = [
            f"{spoken.clock(each.opens, language)} {until} {spoken.clock(each.closes, language)}"
            for each in branch.opening_hours.get(key, ())
        ]
        if spans:
            lines.append(f"{name} {spoken.listing(spans, language)}")
    return lines


def _price(service: Service, language: Language) -> str:
    euros, cents = divmod(service.price_cents or 0, 100)
    currency = "Euro" if service.currency == "EUR" else service.currency
    amount = f"{euros} {currency} {cents:02d}" if cents else f"{euros} {currency}"
    minutes = {"de": "Minuten", "en": "minutes"}[language]
    return f"{service.name}: {amount}, {service.duration_minutes} {minutes}"


_TEXTS: Final[dict[str, Callable[[Call], str]]] = {
    "opening_hours": _hours,
    "address": lambda call: call.branch.address.one_line(),
    "prices": _prices,
    "services": _services,
    "team": _team,
    "emergency": lambda call: emergency_sentence(call.branch, call.language),
}
