"""Days counted from today, weeks and weekdays; with the dates: each expression of a day in plain text.

The longest expressions come first and take their words away: "heute" in "heute in acht Tagen" is never read.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from services.voice_tools.handlers.grammar import calendar
from services.voice_tools.handlers.grammar.atoms import (
    UNREADABLE,
    Atom,
    Build,
    Later,
    Named,
    Span,
    Weekday,
    Which,
    nothing,
    rules,
    unreadable,
)
from services.voice_tools.handlers.grammar.dates import DATES
from services.voice_tools.handlers.grammar.numbers import ANY_WEEKDAY, WEEKDAYS

_RELATIVE: Final = {
    "heute": 0,
    "heutige": 0,
    "today": 0,
    "tonight": 0,
    "morgen": 1,
    "morgige": 1,
    "tomorrow": 1,
    "übermorgen": 2,
    "day after tomorrow": 2,
    "gestern": -1,
    "yesterday": -1,
    "vorgestern": -2,
}
_DAYS: Final = "|".join(sorted(_RELATIVE, key=len, reverse=True))
_WHICH: Final[dict[str, Which]] = {
    "diese": "this",
    "this": "this",
    "kommende": "coming",
    "coming": "coming",
    "nächste": "next",
    "next": "next",
    "folgende": "next",
    "übernächste": "after_next",
}
_WEEKS: Final[dict[Which, int]] = {"": 0, "this": 0, "coming": 1, "next": 1, "after_next": 2}
_ANY_WHICH: Final = "|".join(_WHICH)
_PARTS: Final = {"anfang": slice(0, 3), "mitte": slice(1, 4), "ende": slice(3, 7)}
_ENGLISH: Final = {"beginning": "anfang", "start": "anfang", "middle": "mitte", "end": "ende"}
_PART_OF: Final = (
    rf"(?P<part>{'|'.join((*_PARTS, *_ENGLISH))}) (?:of )?(?:der |the )?(?:(?P<of>{_ANY_WHICH}) )?"
)
_EVERY: Final = r"(?:(?P<every>jede[nrs]?|immer|every|each) )?"
#: "In acht Tagen" is the same weekday of next week, "in fünfzehn Tagen" of the one after.
_IDIOMS: Final = {8: 7, 15: 14}
_COUNT: Final = r"in (?:(?P<days>\d+) (?:tagen?|days?)|(?:einer|a|1|(?P<weeks>\d+)) (?:wochen?|weeks?))\b"


def take_days(text: str, today: date) -> tuple[list[Atom], str]:
    """What is named, and the text with ``@0@`` where the first of it was."""
    atoms: list[Atom] = []

    def put(atom: Atom | None) -> str:
        if atom is None:
            return " "
        atoms.append(atom)
        return f"@{len(atoms) - 1}@"

    for pattern, build in (*_COUNTED, *DATES, *_WEEKDAYS):
        text = pattern.sub(_reads(build, today, put), text)
    return atoms, text


def weekday_index(name: str | None) -> int | None:
    """0 Monday, German or English; None for anything else."""
    said = (name or "").strip().lower()
    return next((index for index, names in enumerate(WEEKDAYS) if said in names.split("|")), None)


def _reads(build: Build, today: date, put: Callable[[Atom | None], str]) -> Callable[[re.Match[str]], str]:
    return lambda match: put(build(match, today))


def _later(match: re.Match[str], _: date) -> Atom:
    return Later(_count(match))


def _later_than(match: re.Match[str], today: date) -> Atom:
    return Named(today + timedelta(days=_RELATIVE[match["then"]] + _count(match)))


def _count(match: re.Match[str]) -> int:
    if match["days"] is None:
        return 7 * int(match["weeks"] or 1)
    days = int(match["days"])
    return _IDIOMS.get(days, days)


def _relative(match: re.Match[str], today: date) -> Atom:
    return Named(today + timedelta(days=_RELATIVE[match["then"]]))


def _weekday(match: re.Match[str], _: date) -> Atom:
    index = weekday_index(match["day"])
    if index is None:
        return UNREADABLE
    habit = match["every"] or match["s"]
    return Weekday(index, "any" if habit else _WHICH.get(match["which"] or "", ""))


def _week(match: re.Match[str], today: date) -> Atom:
    days = calendar.week(today, _WEEKS[_WHICH.get(match["which"] or match["of"] or "", "")])
    part = match["part"]
    return Span(days[_PARTS[_ENGLISH.get(part, part)]] if part else days)


def _weekend(match: re.Match[str], today: date) -> Atom:
    # Said on a Saturday it may be the one that has begun.
    if match["which"] in {"nächste", "next", "übernächste", "folgende"} or today.weekday() > 4:  # noqa: PLR2004
        return UNREADABLE
    return Span(calendar.week(today, 0)[5:])


_COUNTED: Final = rules(
    (rf"\b(?P<then>{_DAYS}) {_COUNT}", _later_than),
    (r"\b(?:a|1|\d+) weeks? from (?:today|tomorrow|\w+day)\b|\b\w+day week\b|\bafter next\b", unreadable),
    (r"\bvor (?:\d+|einem|einer) (?:tag|woche|monat|jahr)\w*|\b\d+ \w+ ago\b", unreadable),
    (
        r"\bin (?:\d+|einer|einem|eine[mr]? halben?|an) (?:stunde|minute|hour|monat|month|jahr|year)\w*",
        unreadable,
    ),
    (rf"\b(?:letzte|vorige|vergangene|last)[nmrs]? (?:{ANY_WEEKDAY}|woche|week|monat|month)\b", unreadable),
    (rf"\b{_COUNT}", _later),
    (r"\b(?:ganzen|welche[mnrs]?|what|which|all) (?:tag|day)\b|\bgeburtstag\w*|\btagsüber\b", nothing),
)
_WEEKDAYS: Final = rules(
    (rf"\b(?:am |dieses |on the |an )?(?:(?P<which>{_ANY_WHICH}) )?(?:wochenende|weekend)s?\b", _weekend),
    (
        rf"\b(?:{_PART_OF}|(?P<which>{_ANY_WHICH}) )(?:woche|week)\b",
        _week,
    ),
    (
        rf"\b{_EVERY}(?:(?P<which>{_ANY_WHICH}) )?(?P<day>{ANY_WEEKDAY})(?P<s>s?)\b",
        _weekday,
    ),
    (rf"\b(?:the )?(?P<then>{_DAYS})n?\b", _relative),
)
