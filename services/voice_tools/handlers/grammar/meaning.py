"""A caller's words → the days and the time they speak of; what no rule reads is in doubt, never left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from services.voice_tools.handlers.grammar.atoms import Atom, Weekday
from services.voice_tools.handlers.grammar.bounds import bounded
from services.voice_tools.handlers.grammar.clock import Clocks, take_clocks
from services.voice_tools.handlers.grammar.combining import IN_DOUBT, Days, combined
from services.voice_tools.handlers.grammar.days import take_days
from services.voice_tools.handlers.grammar.negation import marks, part
from services.voice_tools.handlers.grammar.numbers import ANY_WEEKDAY, plain

_SOONEST: Final = re.compile(
    r"\b(?:so (?:bald|schnell|früh|zeitig) (?:wie|als) (?:es )?(?:nur )?(?:möglich|geht)|"
    r"(?:schnellst|baldigst|frühest|nächst)\s?möglich\w*|möglichst (?:bald|schnell|früh|zeitig)|"
    r"am (?:frühesten|schnellsten|liebsten sofort)|(?:nächste|früheste)[nrs]? (?:freien? )?termin|"
    r"egal (?:wann|welcher tag|an welchem tag)|irgendwann|sofort|gleich|jetzt|"
    r"as soon as possible|asap|any ?time|whenever|right away|(?:earliest|next available)(?: appointment)?)\b"
)
_EITHER: Final = re.compile(r"\b(?:oder|und|sowie|or|and)\b")
#: Whoever says one of these takes back what was said before.
_CORRECTED: Final = re.compile(
    r"\b(?:nein|nee|ne|quatsch|moment|vielmehr|doch|sorry|wenn|falls|sonst|ansonsten|notfalls|statt|no|actually|if|wait)\b"
)
#: Words about days that are left over were not understood.
_ABOUT_DAYS: Final = re.compile(
    rf"{ANY_WEEKDAY}|\b(?:tag(?:e|en|es|s)?|days?|heut\w*|\w*morgen|morgig\w*|gestern|today|tomorrow|yesterday|"
    r"\w*woche\w*|weeks?|weekends?|\w*monat\w*|months?|jahr\w*|year|\w*wochenende|(?:feier|werk|arbeits)tag\w*|"
    r"ferien|\w*advent\w*|ostern|easter|pfingst\w*|weihnacht\w*|christmas|fasching|karneval|januar|jänner|"
    r"februar|märz|april|juni|juli|september|oktober|november|dezember|january|february|june|july|october|"
    r"december|mai|august|fortnight|quartal|\w+(?<!mit)tage?s?|"
    r"(?:mo|di|mi|fr) (?:bis )?(?:di|mi|do|fr|sa|so)|(?:diese|(?:über)?nächste|kommende) "
    r"(?:oder|und|or|and))\b|"
    r"\b\d{1,2}(?:\.|st|nd|rd|th)(?!\w)"
)
#: Counted from a day that was named before, or from the end of a time that was.
_FROM_THERE: Final = re.compile(r"\b(?:danach|darauf\w*|drauf|davor|letzte[nrs]?|thereafter|last)\b")
_SMALL_HOURS: Final = 6 * 60


@dataclass(frozen=True, slots=True)
class Meant:
    """``said``: the days, and how sure they are. ``refused``: days the caller does not want.

    ``soonest``: no day was named, as soon as possible was.
    """

    said: Days
    clocks: Clocks
    refused: frozenset[date] = frozenset()
    soonest: bool = False

    def speaks_against(self, day: date) -> bool:
        """The words name other days, or refuse this one."""
        return day in self.refused or (self.said.kind != "none" and day not in self.said.days)


def meaning(words: str, today: date) -> Meant:
    """Never raises: what cannot be read is in doubt."""
    text = plain(words)
    without, soonest = _SOONEST.subn(" ", text)
    clocks, rest = take_clocks(without)
    atoms, marked = take_days(rest, today)
    parted = part(marked)
    refused = frozenset(_refused([atoms[number] for number in parted.refused], today))
    said = _said(parted.text, atoms, today)
    if parted.unclear or _is_left_over(marked, said):
        said = replace(said, kind="doubt")
    elif refused and said.kind == "none":
        said = IN_DOUBT
    said = _at_night(_without(said, refused), clocks)
    return Meant(said, clocks, refused, soonest > 0 and said.kind == "none")


def _said(text: str, atoms: Sequence[Atom], today: date) -> Days:
    wanted = [atoms[number] for number in marks(text)]
    limits = bounded(text, atoms, today)
    if limits is not None:
        return limits
    listed = _EITHER.search(text) is not None and _CORRECTED.search(text) is None
    return combined(wanted, today, listed=listed)


def _is_left_over(marked: str, said: Days) -> bool:
    """A word about days that no rule took away."""
    left = re.sub(r"@\d+@", " ", marked)
    return _ABOUT_DAYS.search(left) is not None or (
        said.kind != "none" and _FROM_THERE.search(left) is not None
    )


def _refused(atoms: Sequence[Atom], today: date) -> set[date]:
    """Of a weekday: all of them."""
    each = (replace(atom, which="any") if isinstance(atom, Weekday) else atom for atom in atoms)
    return {day for atom in each for day in combined([atom], today, listed=False).days}


def _without(said: Days, refused: frozenset[date]) -> Days:
    left = tuple(day for day in said.days if day not in refused)
    return said if left == said.days else Days(left, said.kind if left else "doubt", said.dated)


def _at_night(said: Days, clocks: Clocks) -> Days:
    """``Freitagnacht um eins`` is Saturday for the calendar."""
    small = clocks.night and (not clocks.at or any(clock.early < _SMALL_HOURS for clock in clocks.at))
    midnight = any(clock.sure and not clock.early for clock in clocks.at)
    if said.kind != "day" or not (small or midnight):
        return said
    around = {day + timedelta(days=days) for day in said.days for days in (0, 1)}
    return Days(tuple(sorted(around)), "doubt", said.dated)
