"""What people have to hear after a merge: the difference between what they were told and what is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from services.syncer.merge.booking import BookingState, Told
from services.syncer.merge.facts import value_of

Kind = Literal["booked", "rescheduled", "cancelled", "no_show"]

_OVER: Final = ("cancelled", "rejected", "rescheduled")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing to tell. ``version``: the state it describes; ``previous_start``: where it moved from."""

    kind: Kind
    version: int
    previous_start: datetime | None = None


def tell(state: BookingState) -> tuple[BookingState, tuple[Outcome, ...]]:
    """``state`` with everything told, and what is new in it; nothing for a state already told.

    The version moves only when something that people were told is no longer true: whoever is about to tell an
    older version then knows that it was overtaken, and a mere detail filled in later overtakes nothing.
    """
    if state.start is None:
        # Without a time there is nothing to tell yet; it is told when an event brings one.
        return replace(state, version=max(state.version, 1)), ()
    now = Told(state.status, state.start, state.no_show)
    if now == state.told:
        return state, ()
    news = tuple(_news(state, now))
    told = tuple(
        replace(outcome, version=state.version + place) for place, outcome in enumerate(news, start=1)
    )
    return replace(state, told=now, version=state.version + max(1, len(told))), told


def _news(state: BookingState, now: Told) -> Iterator[Outcome]:
    before = state.told
    if now.status == "accepted":
        yield from _accepted(state, now)
    elif now.status in {"cancelled", "rejected"} and (before is None or before.status not in _OVER):
        yield Outcome("cancelled", 0)
    if now.no_show and not (before is not None and before.no_show):
        yield Outcome("no_show", 0)


def _accepted(state: BookingState, now: Told) -> Iterator[Outcome]:
    before = state.told
    if before is not None and before.status == "accepted":
        if before.start != now.start:
            yield Outcome("rescheduled", 0, before.start)
    elif state.came_from is not None:
        yield Outcome("rescheduled", 0, value_of(state.facts, "previous_start"))
    else:
        yield Outcome("booked", 0)
