"""The time wished for: the clock of the caller's words, held against the model's own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Final, TypeAlias

from services.voice_tools.handlers.grammar import SPANS, Clock, Clocks
from shared.contracts.voice import PARTS_OF_DAY

_CLOCK: Final = re.compile(r"(\d{1,2})(?:\s*(?:[:.h]|uhr)\s*(\d{1,2}))?(?:\s*uhr)?\s*(am|pm|a\.m\.|p\.m\.)?")
_HOURS: Final = 24
_HALF: Final = 12
#: Before six nobody is served who has not entered such hours.
_EARLIEST, _LATEST_SMALL = 6, 7
_LAST: Final = time(23, 59)

#: Is the branch open then; None where its hours are not known.
Opens: TypeAlias = Callable[[time], bool | None]


@dataclass(frozen=True, slots=True)
class WishedTime:
    """``part``: wall time from and until."""

    at: time | None = None
    part: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class UnclearTime:
    """``clocks``: what may have been meant, if anything is known."""

    clocks: tuple[time, ...] = ()


def wished_time(
    said: Clocks, clock: str | None, part: str | None, opens: Opens, asked: frozenset[str] = frozenset()
) -> WishedTime | UnclearTime:
    """What words and arguments agree on, twelve hours apart or not.

    ``asked``: times (``HH:MM``) that the caller was asked about and has answered since.
    """
    given, spans = read_clock(clock), (_said_part(said), _part(part))
    if given is not None and given.isoformat("minutes") in asked:
        return WishedTime(given)
    if said.unclear or _apart(*spans):
        return UnclearTime()
    span = spans[0] or spans[1]
    if said.bounds is not None:
        return _between(said.bounds, given, opens)
    if said.at:
        return _of_words(said.at, given, span, opens)
    if given is None or spans[0] is None:
        return WishedTime(given and _waking(given, opens), span)
    return _in_part(given, spans[0])


def read_clock(text: str | None) -> time | None:
    """``14:30``, ``14 Uhr 30``, ``2:30 pm``; None for what is no time."""
    match = _CLOCK.fullmatch((text or "").strip().lower())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % _HALF + (_HALF if match[3].startswith("p") else 0)
    return time(hour % _HOURS, minute) if hour <= _HOURS and minute < 60 else None  # noqa: PLR2004


def _of_words(
    clocks: tuple[Clock, ...], given: time | None, span: tuple[time, time] | None, opens: Opens
) -> WishedTime | UnclearTime:
    chosen = tuple(_chosen(clock, span, opens) for clock in clocks)
    if given is None:
        return WishedTime(chosen[0], span) if len(chosen) == 1 else UnclearTime(chosen)
    for clock, usual in zip(clocks, chosen, strict=True):
        if given in clock.readings():
            return WishedTime(_waking(given, opens), span)
        if _twelve_apart(given, usual):
            return WishedTime(usual, span)
    return UnclearTime((chosen[0], given))


def _chosen(clock: Clock, span: tuple[time, time] | None, opens: Opens) -> time:
    """``um drei`` at a shop that opens at nine is 15:00, ``um acht`` at a bar is 20:00."""
    readings = clock.readings()
    in_span = [each for each in readings if span is not None and _inside(each, span)]
    for fitting in (in_span, [each for each in readings if opens(each)]):
        if len(fitting) == 1:
            return fitting[0]
    return readings[-1] if readings[0].hour <= _LATEST_SMALL else readings[0]


def _waking(given: time, opens: Opens) -> time:
    """A model's ``03:00`` for "um drei": later, where the branch is closed then and open in the afternoon."""
    if not 1 <= given.hour <= _LATEST_SMALL:
        return given
    later = given.replace(hour=given.hour + _HALF)
    if (opens(given), opens(later)) == (False, True):
        return later
    return later if opens(given) is None and given.hour < _EARLIEST else given


def _between(
    bounds: tuple[Clock | None, Clock | None], given: time | None, opens: Opens
) -> WishedTime | UnclearTime:
    first = _chosen(bounds[0], None, opens) if bounds[0] else time()
    last = _chosen(bounds[1], None, opens) if bounds[1] else _LAST
    if bounds[0] and bounds[1]:
        last = next((each for each in bounds[1].readings() if each > first), last)
    if first >= last:
        return UnclearTime()
    if given is None or _inside(given, (first, last)) or given == last:
        return WishedTime(given, (first, last))
    return _in_part(given, (first, last))


def _in_part(given: time, span: tuple[time, time]) -> WishedTime | UnclearTime:
    """A time outside the part of the day that the caller named was made up, or is twelve hours off."""
    fitting = [each for each in (given, _other_half(given)) if _inside(each, span)]
    return WishedTime(fitting[0], span) if fitting else UnclearTime((given,))


def _said_part(said: Clocks) -> tuple[time, time] | None:
    # The night is left to the clock: it begins before midnight and ends after.
    return None if said.part is None or said.night else _span(said.part)


def _part(name: str | None) -> tuple[time, time] | None:
    wanted = (name or "").strip().lower()
    found = (names.index(wanted) for names in PARTS_OF_DAY.values() if wanted in names)
    return next((_span(index) for index in found), None)


def _span(index: int) -> tuple[time, time]:
    first, last = SPANS[index]
    return time(*divmod(first, 60)), time(*divmod(last, 60))


def _apart(one: tuple[time, time] | None, other: tuple[time, time] | None) -> bool:
    return bool(one and other) and not (one and other and one[0] < other[1] and other[0] < one[1])


def _inside(clock: time, span: tuple[time, time]) -> bool:
    return span[0] <= clock < span[1]


def _other_half(clock: time) -> time:
    return clock.replace(hour=(clock.hour + _HALF) % _HOURS)


def _twelve_apart(one: time, other: time) -> bool:
    return one == _other_half(other)
