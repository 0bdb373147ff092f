"""What was taken or given back since a calendar was asked, and what that leaves of its answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from services.voice_tools.values import FreeSlot

#: Our clock and the database's may differ by that much.
SKEW: Final = timedelta(seconds=2)
_NOBODY: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody's time. ``at``: since when we know; ``hosts``: whose it is, empty where nobody told.

    ``held``: another caller of ours is being entered there. ``end`` equal to ``start``: not known.
    """

    kind: Literal["taken", "freed", "held"]
    event_type_id: int
    start: datetime
    end: datetime
    at: datetime
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answered:
    """What Cal.com said of an event type when it was asked, in order."""

    event_type_id: int
    asked: datetime
    slots: tuple[FreeSlot, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What we know beyond the answers. ``hosts``: who receives at an event type, by name."""

    changes: tuple[Change, ...] = ()
    hosts: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def also(self, changes: Iterable[Change]) -> "News":
        """With what else is known; where nobody told whose time it is the catalogue does."""
        named = (
            replace(one, hosts=one.hosts or self.hosts.get(one.event_type_id, _NOBODY)) for one in changes
        )
        return replace(self, changes=(*self.changes, *named))


def left(answered: Answered, news: News) -> list[FreeSlot]:
    """The answer without what is known to be taken or held: nobody needs to ask for that."""
    ends = {slot.start: slot.end for slot in answered.slots}
    gone = [_span(change, ends) for change in _since(answered, news) if _takes(answered, change, news)]
    return [slot for slot in answered.slots if not any(_meet(slot, span) for span in gone)]


def is_outdated(answered: Answered, news: News) -> bool:
    """Something may be free again, or be taken from one of several people: only the calendar knows."""
    return any(_is_open(answered, change, news) for change in _since(answered, news))


def _since(answered: Answered, news: News) -> Iterator[Change]:
    return (each for each in news.changes if each.kind == "held" or each.at > answered.asked - SKEW)


def _takes(answered: Answered, change: Change, news: News) -> bool:
    if change.kind == "held" and change.event_type_id == answered.event_type_id:
        # Our own callers are kept from it even where another host is free.
        return True
    return change.kind != "freed" and _whose(answered, change, news) == "same"


def _is_open(answered: Answered, change: Change, news: News) -> bool:
    whose = _whose(answered, change, news)
    return (change.kind == "freed" and whose != "another") or (change.kind == "taken" and whose == "unknown")


def _whose(answered: Answered, change: Change, news: News) -> Literal["same", "another", "unknown"]:
    """Whether it is the time of the one person who receives at the event type."""
    receiving = news.hosts.get(answered.event_type_id, frozenset())
    if len(receiving) <= 1 and change.event_type_id == answered.event_type_id:
        return "same"
    if not receiving or not change.hosts:
        return "unknown"
    if not receiving & change.hosts:
        return "another"
    return "same" if len(receiving) == 1 else "unknown"


def _span(change: Change, ends: Mapping[datetime, datetime]) -> tuple[datetime, datetime]:
    known = change.end > change.start
    return change.start, change.end if known else ends.get(change.start, change.end)


def _meet(slot: FreeSlot, span: tuple[datetime, datetime]) -> bool:
    start, end = span
    return slot.start == start or (slot.start < end and start < slot.end)
