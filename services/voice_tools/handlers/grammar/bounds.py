"""``ab Freitag``, ``vor dem 3.``, ``zwischen Montag und Mittwoch``: a day in them bounds, it is not meant."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final, TypeAlias

from services.voice_tools.handlers.grammar.atoms import Atom, Span
from services.voice_tools.handlers.grammar.calendar import days_from
from services.voice_tools.handlers.grammar.combining import IN_DOUBT, Days, combined
from services.voice_tools.handlers.grammar.negation import GROUP, TO, marks

_Bound: TypeAlias = Callable[[Sequence[date], date], tuple[date, ...]]
_DAY: Final = timedelta(days=1)
#: Who says "from Friday on" means a day of the week that begins there, not one in March.
_WITHIN: Final = 7


def _until(days: Sequence[date], today: date) -> tuple[date, ...]:
    return days_from(today, (days[-1] - today).days + 1)


def _before(days: Sequence[date], today: date) -> tuple[date, ...]:
    return days_from(today, (days[0] - today).days)


_ONE: Final[tuple[tuple[re.Pattern[str], _Bound], ...]] = tuple(
    (re.compile(rf"\b(?:{words}) {TO}({GROUP})"), bound)
    for words, bound in (
        ("ab|frühestens|from|starting", lambda days, _: days_from(days[0], _WITHIN)),
        ("nach|after", lambda days, _: days_from(days[-1] + _DAY, _WITHIN)),
        ("vor|before", _before),
        ("bis|spätestens|until|till|by", _until),
    )
)
_TWO: Final = re.compile(
    rf"\b(?:zwischen|between) {TO}({GROUP}) (?:und|and) {TO}({GROUP})"
    rf"|({GROUP}) (?:bis|to|until|through) {TO}({GROUP})"
)


def bounded(text: str, atoms: Sequence[Atom], today: date) -> Days | None:
    """The days between the bounds that ``text`` names; None where it names no bound."""
    if (match := _TWO.search(text)) is not None:
        first, last = (group for group in match.groups() if group)
        return _between(_around(text, match, atoms), _at(first, atoms), _at(last, atoms), today)
    found = [(match, bound) for pattern, bound in _ONE if (match := pattern.search(text)) is not None]
    if not found:
        return None
    match, bound = found[0]
    around = _around(text, match, atoms)
    if len(found) > 1 or around is None:
        return IN_DOUBT
    anchor = combined([*_at(match[1], atoms), *around], today, listed=False)
    return _within(bound(anchor.days, today), around) if _is_sure(anchor) else IN_DOUBT


def _between(around: list[Span] | None, first: Sequence[Atom], last: Sequence[Atom], today: date) -> Days:
    if around is None:
        return IN_DOUBT
    begins = combined([*first, *around], today, listed=False)
    ends = combined([*last, *around], today, listed=False)
    if not (_is_sure(begins) and _is_sure(ends)):
        return IN_DOUBT
    return _within(days_from(begins.days[0], (ends.days[-1] - begins.days[0]).days + 1), around)


def _is_sure(found: Days) -> bool:
    return bool(found.days) and found.kind in {"day", "span"}


def _within(days: Sequence[date], spans: Sequence[Span]) -> Days:
    inside = tuple(day for day in days if all(day in span.days for span in spans))
    return Days(inside, "span") if inside else IN_DOUBT


def _at(text: str, atoms: Sequence[Atom]) -> list[Atom]:
    return [atoms[number] for number in marks(text)]


def _around(text: str, match: re.Match[str], atoms: Sequence[Atom]) -> list[Span] | None:
    """The weeks or months that the bound lies in; None where more than that is named beside it."""
    others = _at(text[: match.start()] + text[match.end() :], atoms)
    spans = [atom for atom in others if isinstance(atom, Span)]
    return spans if len(spans) == len(others) else None
