"""A call comes in → the variables of its prompt: what day it is, who is open, whether we know the number.

Retell lets the caller hear the ringing until this is answered: what is not known at once is left out, and the
agent's own defaults stand.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.access import Admit, Branches
from services.voice_tools.handlers.conversation import conversation, read_request
from services.voice_tools.values import Acquaintance, Call, UnknownBranchError
from shared.contracts import hours
from shared.contracts.branch import Branch
from shared.contracts.transfers import transfer_variables
from shared.contracts.voice import Language, language_of
from shared.contracts.voice.variables import STATIC_VARIABLES

_DAYS: Final = 21
_YES, _NO = "ja", "nein"
_CLOSED: Final[dict[Language, str]] = {"de": "geschlossen", "en": "closed"}
_AND: Final[dict[Language, str]] = {"de": " und ", "en": " and "}
_NEAR: Final[dict[Language, tuple[str, ...]]] = {
    "de": (" heute", " morgen", " übermorgen"),
    "en": (" today", " tomorrow", ""),
}
_TODAY: Final[dict[Language, str]] = {"de": "heute", "en": "today"}


class Acquaintances(Protocol):
    """What is known of a number; nothing about it is told."""

    async def of(self, company_id: str, number: str) -> Acquaintance: ...


class Notices(Protocol):
    """What the owner of a branch wants callers to hear."""

    async def of(self, company_id: str, branch_id: str, day: date) -> str | None:
        """None where there is nothing, or it is not known in time."""
        ...


@dataclass(slots=True)
class Ringing:
    """What is known of a call that rings, better with every step: the answer may have to go at any time.

    ``greeted``: how the caller is greeted with it, for the log. ``facts``: whose call it is, for the log.
    """

    variables: dict[str, str]
    greeted: str = "by_date_alone"
    facts: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Greet:
    """Variables are strings: that is all a prompt takes."""

    admit: Admit
    branches: Branches
    acquaintances: Acquaintances
    notices: Notices

    async def __call__(self, ringing: Ringing, company_id: str, raw: bytes, signature: str | None) -> bool:
        """Company, branch, caller: each adds to ``ringing`` what it knows. True when there is no more.

        Raises:
            RefusedError: as Admit.
            AskProError: something is away, or cannot be read; what is known stands.
        """
        company = await self.admit(company_id, raw, signature)
        asked, now = read_request(raw), datetime.now(UTC)
        ringing.facts |= {
            "company_id": company.company_id, "call_id": asked.call_id, "correlation_id": asked.call_id
        }  # fmt: skip
        ringing.variables = of_nobody(now, language_of(company.language))
        branch = await self.branches.of(company.company_id, asked.agent_id, asked.our_number)
        if branch is None:
            raise UnknownBranchError(asked.agent_id, asked.our_number)
        ringing.facts["branch_id"] = branch.branch_id
        call = conversation(asked, company, branch, now)
        ringing.variables, ringing.greeted = of_branch(call) | of_caller_number(call), "as_stranger"
        # Side by side, and each is told as soon as it is known: one that is slow keeps the other from nobody.
        looks = await asyncio.gather(
            self._tell_notice(ringing, call), self._tell_caller(ringing, call), return_exceptions=True
        )
        for failed in filter(None, looks):
            raise failed
        return True

    async def _tell_notice(self, ringing: Ringing, call: Call) -> None:
        today = call.now.astimezone(call.zone).date()
        text = await self.notices.of(call.company_id, call.branch.branch_id, today)
        if text:
            ringing.variables["hinweis_des_tages"] = noticed(call, text)

    async def _tell_caller(self, ringing: Ringing, call: Call) -> None:
        number = call.caller.number
        about = await self.acquaintances.of(call.company_id, number) if number else Acquaintance()
        ringing.variables |= {
            "anrufer_nummer_bekannt": _word(number is not None),
            "anrufer_bekannt": _word(about.known),
            "naechster_termin_vorhanden": _word(about.coming),
        }


def of_branch(call: Call) -> dict[str, str]:
    """What the branch alone decides."""
    branch, language = call.branch, call.language
    today = call.now.astimezone(call.zone).date()
    country = branch.address.country
    return {
        **STATIC_VARIABLES[language],
        "heute": spoken.full_day(today, language, country),
        "kalender": "\n".join(
            _line(branch, today, today + timedelta(days=ahead), language) for ahead in range(_DAYS)
        ),
        "offen_jetzt": _word(hours.is_open_at(branch, call.now)),
        **transfer_variables(branch, call.now),
        "leistungen": ", ".join(each.name for each in branch.services if each.is_bookable),
        "team": ", ".join(member.name for member in branch.staff),
        "hinweis_des_tages": _notice(branch, today, language),
    }


def noticed(call: Call, text: str) -> str:
    """The owner's words, behind what is special about the day anyway."""
    special = _special(call.branch, call.now.astimezone(call.zone).date(), call.language)
    return f"{special}. {text}" if special else text


def of_caller_number(call: Call) -> dict[str, str]:
    """What the number alone says, while nobody can be asked about it."""
    return {"anrufer_nummer_bekannt": _word(call.caller.number is not None), "anrufer_bekannt": _NO}


def of_nobody(now: datetime, language: Language, zone: str = "Europe/Berlin") -> dict[str, str]:
    """Only the date: nothing of a company is known, and nothing of one is told."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = [today + timedelta(days=ahead) for ahead in range(_DAYS)]
    return {
        **STATIC_VARIABLES[language],
        "heute": spoken.full_day(today, language),
        "kalender": "\n".join(
            spoken.short_day(day, language) + _nearness(today, day, language) for day in days
        ),
    }


def _line(branch: Branch, today: date, day: date, language: Language) -> str:
    """``Mi. 25.11. morgen``, the hours, and in brackets a holiday or a note."""
    about = hours.day_of(branch, day, language)
    spans = _spans(about, ZoneInfo(branch.timezone))
    unknown = not hours.knows_hours(branch) and not about.special and not about.name
    said = "" if unknown else f" {_AND[language].join(spans) or _CLOSED[language]}"
    note = f" ({about.name})" if about.name else ""
    return spoken.short_day(day, language) + _nearness(today, day, language) + said + note


def _spans(about: hours.Day, zone: ZoneInfo) -> list[str]:
    return [
        f"{opens.astimezone(zone):%H:%M}\N{EN DASH}{closes.astimezone(zone):%H:%M}"
        for opens, closes in about.hours
    ]


def _nearness(today: date, day: date, language: Language) -> str:
    ahead = (day - today).days
    return _NEAR[language][ahead] if ahead < len(_NEAR[language]) else ""


def _notice(branch: Branch, today: date, language: Language) -> str:
    return _special(branch, today, language) or STATIC_VARIABLES[language]["hinweis_des_tages"]


def _special(branch: Branch, today: date, language: Language) -> str:
    """Today's special hours or holiday; empty on any other day."""
    about = hours.day_of(branch, today, language)
    if not about.special and not about.name:
        return ""
    spans = _spans(about, ZoneInfo(branch.timezone))
    said = _AND[language].join(spans) or _CLOSED[language]
    return f"{_TODAY[language]} {said}" + (f": {about.name}" if about.name else "")


def _word(yes: bool) -> str:  # noqa: FBT001  # the word for it is what it makes
    return _YES if yes else _NO
