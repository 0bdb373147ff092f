"""A bulk operation: what became of what was sent → what is sent next, or that it stops itself."""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from services.ops_console.store.refusals import NotPossibleError

Kind = Literal["replay", "discard", "patch-replay"]
State = Literal["planned", "running", "paused", "stopped", "cancelled", "done"]
Deed = Literal["confirm", "pause", "resume", "cancel"]

#: Per second. Each is small beside the one before: what breaks at 50 has not been sent a thousand times.
_STEPS: Final = (1.0, 2.0, 5.0)
#: The share of failures is that of the last 100 outcomes: 90,000 that went well hide no new fault.
_WINDOW: Final = 100
#: A level is left after twice its number went well, or, where consumers are slow, after 10 s without a fault.
_TWICE: Final = 2
_QUIET_SECONDS: Final = 10.0
#: On their way without an outcome: four seconds' worth. A queue that nobody empties is not filled on.
_IN_FLIGHT: Final = 4
#: What a driver that was late may make up for, in seconds.
_LATE: Final = 2.0
_MAY: Final[dict[Deed, tuple[frozenset[State], State]]] = {
    "confirm": (frozenset({"planned"}), "running"),
    "pause": (frozenset({"running"}), "paused"),
    "resume": (frozenset({"paused", "stopped"}), "running"),
    "cancel": (frozenset({"planned", "running", "paused", "stopped"}), "cancelled"),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """``rate``: the highest per second. More than ``threshold`` (0 to 1) and ``minimum`` failures stop it."""

    rate: float
    threshold: float
    minimum: int


@dataclass(frozen=True, slots=True)
class Pace:
    """``level``: per second now. ``well``: done since it began or since the last failure.

    ``credit``: may be sent. ``recent``: (done, failed) of each look, the oldest first.
    """

    level: float
    credit: float
    well: int = 0
    recent: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. ``done``, ``failed``: what was not known before; failed and waits for redelivery is failed.

    ``in_flight``: sent, no outcome yet; ``parked``: sent, behind a circuit; ``left``: to be sent.
    ``elapsed``: seconds since the last look; ``quiet``: since the level began or the last failure.
    """

    done: int
    failed: int
    in_flight: int
    left: int
    elapsed: float
    quiet: float
    parked: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """Go on at ``pace``; ``number`` may be sent now. ``restarted``: the quiet time begins anew."""

    number: int
    pace: Pace
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Too many failed: ``failed`` of the last ``outcomes``."""

    failed: int
    outcomes: int
    pace: Pace


@dataclass(frozen=True, slots=True)
class Finish:
    """All is sent and has an outcome."""

    pace: Pace


Step: TypeAlias = Send | Stop | Finish


def after(deed: Deed, state: State) -> State:
    """The state that ``deed`` leads to. Raises NotPossibleError where it makes no sense."""
    before, then = _MAY[deed]
    if state not in before:
        raise NotPossibleError(f"It is {state}: there is nothing to {deed}.")
    return then


def first_pace(rate: float) -> Pace:
    """At a start, and after each interruption: one, then more. The first is sent at once."""
    return Pace(level=min(1.0, rate), credit=1.0)


def next_step(bounds: Bounds, pace: Pace, seen: Seen) -> Step:
    """What one look leads to."""
    known = _remembered(pace, seen)
    failed, outcomes = _of_late(known)
    if failed >= bounds.minimum and failed > bounds.threshold * outcomes:
        return Stop(failed, outcomes, known)
    if not (seen.left or seen.in_flight or seen.parked):
        return Finish(known)
    higher = _raised(bounds, known, seen)
    number, paid = _paid(higher, seen)
    return Send(number, paid, restarted=bool(seen.failed) or higher.level != pace.level)


def level_above(level: float, rate: float) -> float:
    """1, 2, 5, 10, 20, 50, …, at most ``rate``."""
    power = 1.0
    while True:
        for step in _STEPS:
            if step * power > level:
                return min(step * power, rate)
        power *= 10


def seconds_for(number: int, rate: float) -> float:
    """How long ``number`` take at best: up the levels, then at ``rate``."""
    seconds, level = 0.0, min(1.0, rate)
    while number > 0 and level < rate:
        # Twice its number, and a look until the last of them is known.
        seconds += min(number / level, _TWICE + 1)
        number -= round(level * (_TWICE + 1))
        level = level_above(level, rate)
    return seconds + max(0, number) / rate


def _remembered(pace: Pace, seen: Seen) -> Pace:
    recent = [*pace.recent, (seen.done, seen.failed)] if seen.done or seen.failed else [*pace.recent]
    while len(recent) > 1 and sum(map(sum, recent[1:])) >= _WINDOW:
        recent.pop(0)
    well = 0 if seen.failed else pace.well + seen.done
    return replace(pace, well=well, recent=tuple(recent))


def _of_late(pace: Pace) -> tuple[int, int]:
    failed = sum(failed for _, failed in pace.recent)
    return failed, failed + sum(done for done, _ in pace.recent)


def _raised(bounds: Bounds, pace: Pace, seen: Seen) -> Pace:
    quiet = pace.well > 0 and seen.quiet >= _QUIET_SECONDS
    if seen.failed or pace.level >= bounds.rate or not (pace.well >= _TWICE * pace.level or quiet):
        return pace
    return replace(pace, level=level_above(pace.level, bounds.rate), well=0)


def _paid(pace: Pace, seen: Seen) -> tuple[int, Pace]:
    credit = min(pace.credit + pace.level * seen.elapsed, max(1.0, _LATE * pace.level))
    room = max(1, int(_IN_FLIGHT * pace.level)) - seen.in_flight
    number = max(0, min(int(credit), room, seen.left))
    return number, replace(pace, credit=credit - number)
