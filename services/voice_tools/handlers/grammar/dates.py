"""Dates by number and name: ``am dritten zwölften``, ``am 15.``, ``Heiligabend``, ``Ende Dezember``."""

import re
from datetime import date
from typing import Final

from babel.dates import get_month_names

from services.voice_tools.handlers.grammar import calendar
from services.voice_tools.handlers.grammar.atoms import (
    UNREADABLE,
    Atom,
    MonthDay,
    Named,
    Span,
    nothing,
    rules,
    unreadable,
)
from services.voice_tools.handlers.grammar.numbers import ANY_WEEKDAY

_MONTHS: Final = {
    name.lower().rstrip("."): number
    for locale in ("de_DE", "de_AT", "en_US")
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale=locale).items()
}
_WORDS: Final = "am den dem der zum vom im ab bis nach vor the on by"
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_FEAST: Final = "|".join(re.escape(name) for name in calendar.FEASTS)
_TH: Final = r"(?:\.|st|nd|rd|th)"
_DAY: Final = rf"\b(?P<day>\d{{1,2}}){_TH}"
#: Before a number it is one of a month; any other number with a point may count floors.
_BY_A_WORD: Final = "(?:" + "|".join(rf"(?<=\b{word} )" for word in _WORDS.split()) + "|(?<=[@,;] ))"
_COUNTED: Final = (
    r"\w*(?:hälfte|woche|quartal|advent\w*|stock|etage|monat\w*|jahr\w*|stunde|half|week|floor)\b"
)
_FREE: Final = r"(?:(?:freie|mögliche|verfügbare)[nr]? )?"
_YEAR: Final = r"(?: ?(?P<year>\d{4}))?"
_THIRDS: Final = {"anfang": slice(0, 10), "mitte": slice(10, 20), "ende": slice(20, 31)}
_PART: Final = rf"\b(?:(?P<part>{'|'.join(_THIRDS)}) )?"
#: "May" and "march" are no months by themselves.
_IN_A_MONTH: Final = "im|in|of|ab|bis|nach|vor|from|until"
_AHEAD: Final = {"dies": 0, "this": 0, "": 0, "nächst": 1, "kommend": 1, "next": 1}
#: Written as a date or as a time: ``9.10`` is the ninth of October as well as ten past nine.
_MINUTES: Final = frozenset({"00", "05", "10"})


def _date(match: re.Match[str], today: date) -> Atom:
    return _named(int(match["day"]), int(match["month"]), match.groupdict().get("year"), today)


def _by_name(match: re.Match[str], today: date) -> Atom:
    return _named(int(match["day"]), _MONTHS[match["name"]], match["year"], today)


def _named(day: int, month: int, year: str | None, today: date) -> Atom:
    if year is None:
        found = calendar.coming_day(day, month, today)
    else:
        found = calendar.valid(int(year) % 100 + today.year // 100 * 100, month, day)
    return Named(found) if found else UNREADABLE


def _date_or_time(match: re.Match[str], today: date) -> Atom:
    if match["month"] in _MINUTES:
        return UNREADABLE
    return _named(int(match["day"]), int(match["month"]), None, today)


def _month_day(match: re.Match[str], _: date) -> Atom:
    return MonthDay(int(match["day"]))


def _feast(match: re.Match[str], today: date) -> Atom:
    return Named(calendar.feast(match["feast"], today))


def _month_by_name(match: re.Match[str], today: date) -> Atom:
    ahead = (_MONTHS[match["name"]] - today.month) % 12
    return _third(match, calendar.month(today, ahead))


def _month_from_here(match: re.Match[str], today: date) -> Atom:
    return _third(match, calendar.month(today, _AHEAD[(match["which"] or "").strip()]))


def _third(match: re.Match[str], days: tuple[date, ...]) -> Atom:
    return Span(days[_THIRDS[match["part"]]] if match["part"] else days)


def _year(match: re.Match[str], today: date) -> Atom:
    return Span(calendar.year(today.year + _AHEAD[match["which"].strip()]))


def _numbered_week(match: re.Match[str], today: date) -> Atom:
    days = calendar.numbered_week(int(match["week"] or match["first"]), today)
    return Span(days) if days else UNREADABLE


DATES: Final = rules(
    (rf"\b(?P<feast>{_FEAST})(?:s?(?:feier)?tage?s?)?\b", _feast),
    (
        rf"\b(?:zum|beim|als|der|den|mein|meine[nm]?) (?P<day>\d{{1,2}})\. {_FREE}(?:mal|besuch|termin)\b",
        nothing,
    ),
    (rf"{_DAY} {_FREE}(?:mal|besuch|termin)\w*", unreadable),
    # The second Tuesday of a month: only a calendar in the head knows its date.
    (rf"{_DAY} (?:{ANY_WEEKDAY})s?\b", unreadable),
    (r"\b(?:(?P<first>\d+)\. ?kalenderwoche|(?:kalenderwoche|kw) (?P<week>\d+))\b", _numbered_week),
    (rf"\b(?P<day>\d{{1,2}}){_TH}? ?(?:of )?(?P<name>{_MONTH})\b{_YEAR}", _by_name),
    (rf"\b(?P<name>{_MONTH}) (?:the )?(?P<day>\d{{1,2}}){_TH}?(?!\w|:)(?:,? (?P<year>\d{{4}}))?", _by_name),
    (r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b", _date),
    (r"\b\d{1,2}/\d{1,2}\b", unreadable),
    (r"\b(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.? ?(?P<year>\d{4})\b", _date),
    (r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{2})\b", _date),
    (r"\b(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. (?P<year>[2-9]\d)(?![\d.:])", _date),
    (r"\b(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?!\d)", _date),
    (r"\b(?:am|den|dem|zum|vom) (?P<day>\d{1,2})\. ?(?P<month>\d{1,2})(?![\d.:])", _date),
    (r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?![\d.])", _date_or_time),
    (rf"{_DAY} (?:{_COUNTED})", unreadable),
    (rf"{_BY_A_WORD}{_DAY}(?! ?\d|\w)", _month_day),
    (rf"{_DAY}(?= ?(?:[,.;:!?@]|$|(?:oder|und|um|bis|bitte|gegen|or|and|at)\b))", _month_day),
    (rf"{_DAY}(?!\w)", unreadable),
    (
        rf"{_PART}(?:des |der |in |of )?(?P<which>dies|nächst|kommend|next |this )?e? ?(?:monat\w*|month)\b",
        _month_from_here,
    ),
    (
        rf"\b(?:{_IN_A_MONTH}|(?P<part>{'|'.join(_THIRDS)})) (?P<name>{_MONTH})\b(?! \d)",
        _month_by_name,
    ),
    (r"\b(?:in )?(?P<which>dies|nächst|kommend|next |this )e? ?(?:jahr\w*|year)\b", _year),
)
