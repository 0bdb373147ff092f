"""A sentence of the table, filled in, as the answer to the agent."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.sentences import SENTENCES
from services.voice_tools.values import Answer, Call, Offer
from shared.contracts.voice import Language


def sentence(language: Language, key: str, fields: dict[str, Any] | None = None, **values: str) -> Answer:
    """The answer ``key``; ``values`` fill the sentence, ``fields`` go to the agent as they are."""
    status, german, english, following = SENTENCES[key]
    text = german if language == "de" else english
    return Answer(status, text.format(**values), following, fields or {})


def reply(call: Call, key: str, fields: dict[str, Any] | None = None, **values: str) -> Answer:
    """``sentence`` in the language of the call."""
    return sentence(call.language, key, fields, **values)


def moment_of(call: Call, instant: datetime) -> str:
    """``Dienstag, den 1. Dezember um 14 Uhr 30``, at the branch."""
    return spoken.moment(instant, call.zone, call.language, call.branch.address.country)


def day_of(call: Call, day: date) -> str:
    """``Dienstag, den 1. Dezember``."""
    return spoken.day(day, call.language, call.branch.address.country)


def days_of(call: Call, days: Iterable[date]) -> str:
    """``Dienstag, den 1. Dezember oder Mittwoch, den 2. Dezember``."""
    return spoken.choice([day_of(call, day) for day in days], call.language)


def offer_spoken(call: Call, offer: Offer) -> str:
    """``Dienstag, 1. Dezember, 14 Uhr 30 bei Steffi``."""
    text = spoken.listed_moment(offer.slot.start, call.zone, call.language, call.branch.address.country)
    return _with(call, offer, text)


def _with(call: Call, offer: Offer, text: str) -> str:
    person = staff_name(call, offer.slot.staff_key)
    return f"{text} {'bei' if call.language == 'de' else 'with'} {person}" if person else text


def offers_said(call: Call, offers: Iterable[Offer]) -> str:
    """All of them in one breath; a day that was just named is not named again."""
    said, before = list[str](), None
    for offer in offers:
        local = offer.slot.start.astimezone(call.zone)
        clock = spoken.clock(local, call.language)
        said.append(_with(call, offer, clock) if local.date() == before else offer_spoken(call, offer))
        before = local.date()
    return spoken.choice(said, call.language)


def offers_listed(call: Call, offers: Iterable[Offer]) -> dict[str, Any]:
    """``{"slots": [{"code", "spoken", "start"}]}``; ``start`` is local, ISO 8601."""
    return {
        "slots": [
            {
                "code": offer.code,
                "spoken": offer_spoken(call, offer),
                "start": offer.slot.start.astimezone(call.zone).isoformat(timespec="minutes"),
            }
            for offer in offers
        ]
    }


def staff_name(call: Call, key: str | None) -> str:
    """The name of a member of the staff, empty for nobody in particular."""
    return next((member.name for member in call.branch.staff if member.key == key), "")
