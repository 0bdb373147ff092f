"""What the agent promised in a call, held against what the call led to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

#: appointment: booked, moved or cancelled, as agents of an earlier version are asked.
Kind = Literal["appointment", "booking", "move", "cancellation", "callback"]
KINDS: Final[tuple[Kind, ...]] = ("appointment", "booking", "move", "cancellation", "callback")
Fault = Literal["nothing", "other_time", "unfinished", "undone"]

#: What keeps a promise that names a time: whoever moves an appointment there has one there, too.
_ALIKE: Final[dict[Kind, frozenset[str]]] = {
    "appointment": frozenset({"booking", "move", "cancellation"}),
    "booking": frozenset({"booking", "move", "earlier"}),
    "move": frozenset({"booking", "move"}),
    "cancellation": frozenset({"cancellation"}),
    "callback": frozenset({"callback"}),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """``times``: those that were said with it, one of which it has to be; empty: nobody knows."""

    kind: Kind
    times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a call led to.

    done: it is so, or was when the call ended. open: being tried. noted: a wish, tried later. undone: it was
    so, and was gone before the call ended. ``earlier``: a call before led to it, and who calls again is told
    of that: it keeps what names its time.
    """

    kind: Kind | Literal["earlier"]
    state: Literal["done", "open", "noted", "undone"]
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise with nothing behind it, and what there is instead."""

    promise: Promise
    fault: Fault
    instead: tuple[datetime, ...] = ()


def broken(promises: Iterable[Promise], deeds: Sequence[Deed]) -> tuple[Broken, ...]:
    """The promises that no deed keeps; two bookings that were promised are two bookings."""
    known = tuple(promises)
    return tuple(found for kind in KINDS for found in _broken([p for p in known if p.kind == kind], deeds))


def may_come_true(found: Iterable[Broken], deeds: Sequence[Deed]) -> bool:
    """Something is on its way that would keep one of them."""
    on_the_way = {deed.kind for deed in deeds if deed.state in {"open", "noted"}}
    return any(_ALIKE[one.promise.kind] & on_the_way for one in found)


def _broken(promises: list[Promise], deeds: Sequence[Deed]) -> Iterator[Broken]:
    left = list(deeds)
    # Those with a time choose first: the others take what is left.
    for promise in sorted(promises, key=lambda each: not each.times):
        kept_by = next((deed for deed in left if _keeps(deed, promise)), None)
        if kept_by is None:
            yield _judged(promise, deeds)
        else:
            left.remove(kept_by)


def _keeps(deed: Deed, promise: Promise) -> bool:
    if promise.kind == "appointment":
        # Its question does not tell a booking from a wish that was noted.
        return deed.kind in _ALIKE["appointment"] and deed.state != "undone"
    if deed.state != "done":
        return False
    if not promise.times or deed.start is None:
        return deed.kind == promise.kind
    return deed.kind in _ALIKE[promise.kind] and _minute(deed.start) in map(_minute, promise.times)


def _judged(promise: Promise, deeds: Sequence[Deed]) -> Broken:
    alike = [deed for deed in deeds if deed.kind in _ALIKE[promise.kind]]
    states = {deed.state for deed in alike}
    starts = tuple(deed.start for deed in alike if deed.state == "done" and deed.start is not None)
    if promise.times and starts:
        return Broken(promise, "other_time", starts)
    if states & {"open", "noted"}:
        return Broken(promise, "unfinished")
    return Broken(promise, "undone" if "undone" in states else "nothing")


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
