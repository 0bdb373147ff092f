"""Several expressions about one wish → its days: ``nächste Woche`` and ``Dienstag`` are one Tuesday."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice
from typing import Final, Literal, TypeAlias

from services.voice_tools.handlers.grammar import calendar
from services.voice_tools.handlers.grammar.atoms import Atom, Later, MonthDay, Named, Span, Weekday

#: ``day``: exactly these. ``doubt``: one of these, or one that no rule finds. ``span``: any of these.
Kind: TypeAlias = Literal["none", "day", "doubt", "span"]
_WEEK: Final = timedelta(days=7)
_WEEKS_AHEAD: Final = 52


@dataclass(frozen=True, slots=True)
class Days:
    """Soonest first. ``dated``: by a date, not by a weekday alone."""

    days: tuple[date, ...] = ()
    kind: Kind = "none"
    dated: bool = False


IN_DOUBT: Final = Days((), "doubt")


@dataclass(frozen=True, slots=True)
class _Wish:
    """The expressions by what they are; ``listed``: beside an "oder", so that each suits."""

    today: date
    dates: tuple[Named | MonthDay, ...]
    weekdays: tuple[Weekday, ...]
    spans: tuple[Span, ...]
    later: tuple[int, ...]
    listed: bool

    @property
    def span(self) -> frozenset[date] | None:
        """The days that all of them have in common; of all, where they are alternatives."""
        sets = [frozenset(each.days) for each in self.spans]
        if not sets:
            return None
        common = frozenset.union(*sets) if self.listed else frozenset.intersection(*sets)
        return frozenset(day for day in common if day >= self.today)


def combined(atoms: Sequence[Atom], today: date, *, listed: bool) -> Days:
    """What they mean together; ``listed``: they stand beside "oder", so that each suits."""
    wish = _Wish(
        today,
        tuple(atom for atom in atoms if isinstance(atom, Named | MonthDay)),
        tuple(atom for atom in atoms if isinstance(atom, Weekday)),
        tuple(atom for atom in atoms if isinstance(atom, Span)),
        tuple(atom.days for atom in atoms if isinstance(atom, Later)),
        listed,
    )
    if any(isinstance(atom, Named) and atom.day is None for atom in atoms):
        return IN_DOUBT
    if wish.dates:
        return _by_date(wish)
    if wish.weekdays:
        return _merged([_by_weekday(wish, weekday) for weekday in wish.weekdays], wish)
    if wish.later:
        days = [today + timedelta(days=days) for days in wish.later]
        return _settled(days, wish) if wish.span is None else Days(_sorted(days), "doubt")
    return Days() if wish.span is None else Days(_sorted(wish.span), "span" if wish.span else "doubt")


def _by_date(wish: _Wish) -> Days:
    """A weekday beside a date is a check of it, unless they are alternatives."""
    found = [_of_date(wish, each) for each in wish.dates]
    others = [_by_weekday(wish, weekday) for weekday in wish.weekdays]
    if wish.listed and others:
        return _merged([*found, *others], wish)
    merged = _merged(found, wish)
    if wish.later or not _agree(merged.days, wish.weekdays):
        days = chain(merged.days, *(other.days for other in others))
        return Days(_sorted(days), "doubt", dated=True)
    return merged


def _agree(days: Iterable[date], weekdays: Sequence[Weekday]) -> bool:
    indices = {weekday.index for weekday in weekdays}
    return not indices or indices == {day.weekday() for day in days}


def _of_date(wish: _Wish, atom: Named | MonthDay) -> Days:
    if isinstance(atom, MonthDay):
        return _of_number(wish, atom.number)
    day = atom.day or wish.today
    inside = wish.span is None or day in wish.span
    return Days((day,), "day" if inside else "doubt", dated=True)


def _of_number(wish: _Wish, number: int) -> Days:
    """This month's or the next one's; the one that fits the weekday or the month that was named."""
    indices = set() if wish.listed else {weekday.index for weekday in wish.weekdays}
    coming = list(calendar.month_days(number, wish.today))
    if wish.span is not None:
        coming = [day for day in coming if day in wish.span]
    fitting = [day for day in coming[:2] if not indices or day.weekday() in indices]
    if not fitting:
        return Days(tuple(coming[:1]), "doubt", dated=True)
    said_today = wish.span is not None or Named(wish.today) in wish.dates or bool(indices)
    if fitting[0] == wish.today and not said_today:
        return Days(tuple(fitting[:2]), "doubt", dated=True)
    return Days((fitting[0],), "day", dated=True)


def _by_weekday(wish: _Wish, weekday: Weekday) -> Days:
    if wish.span is not None:
        fitting = _sorted(day for day in wish.span if day.weekday() == weekday.index)
        return Days(fitting, "day" if len(fitting) == 1 else "span" if fitting else "doubt")
    soon = wish.today + timedelta(days=(weekday.index - wish.today.weekday()) % 7)
    if wish.later:
        return _counted(wish, weekday, soon)
    return _coming(wish.today, weekday, soon)


def _counted(wish: _Wish, weekday: Weekday, soon: date) -> Days:
    """``Dienstag in zwei Wochen``: counted from the coming one, or the one of that week."""
    ahead = timedelta(days=wish.later[0])
    of_that_week = calendar.week(wish.today + ahead, 0)[weekday.index]
    if soon == wish.today:
        return Days((soon + ahead, soon + ahead + _WEEK), "doubt")
    if ahead == _WEEK or soon + ahead == of_that_week:
        return Days((soon + ahead,), "day")
    return Days(_sorted({soon + ahead, of_that_week}), "doubt")


def _coming(today: date, weekday: Weekday, soon: date) -> Days:
    after = soon if soon > today else soon + _WEEK
    match weekday.which:
        case "coming":
            return Days((after,), "day")
        case "next":
            # Half the country means the coming one, half the one of next week.
            return Days((after, after + _WEEK), "doubt")
        case "after_next":
            return Days((after + _WEEK, after + 2 * _WEEK), "doubt")
        case "any":
            return Days(tuple(islice(_weekly(soon), _WEEKS_AHEAD)), "span")
        case _ if soon == today:
            return Days((soon, soon + _WEEK), "doubt")
        case _:
            return Days((soon,), "day")


def _weekly(first: date) -> Iterator[date]:
    while True:
        yield first
        first += _WEEK


def _merged(found: Sequence[Days], wish: _Wish) -> Days:
    days = _sorted(chain.from_iterable(each.days for each in found))
    dated = any(each.dated for each in found)
    kinds = {each.kind for each in found}
    if "doubt" in kinds or (len(found) > 1 and not wish.listed and len(days) > 1):
        return Days(days, "doubt", dated)
    return Days(days, "span" if "span" in kinds else "day", dated)


def _settled(days: Sequence[date], wish: _Wish) -> Days:
    kind: Kind = "day" if len(set(days)) == 1 or wish.listed else "doubt"
    return Days(_sorted(days), kind, dated=True)


def _sorted(days: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))
