"""Groups of dead letters: when one is open again, and what people are told of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from services.ops_console.store.group_folding import Seen, Verdict
from shared.contracts.events import GroupAppeared, GroupGrew, OwnEvent

#: One that failed twice instead of once is no alarm.
_WORTH_TELLING: Final = 10
_TIMES: Final = 10
_OPEN: Final = {
    "state": "open", "until_at": None, "until_total": None, "until_per_hour": None, "state_by": "askpro",
}  # fmt: skip


def judge(seen: Seen) -> Verdict:
    """What follows from deaths and from time; the same for the same group, whoever looks."""
    reopened = _why_open(seen)
    events: list[OwnEvent] = []
    changes: dict[str, Any] = {}
    if reopened is not None:
        changes |= {**_OPEN, "state_at": seen.now, "state_reason": reopened}
    if seen.fresh and (reopened is not None or _is_news(seen)):
        changes |= {"alerted_at": seen.now, "grown_at": seen.now, "grown_to": max(seen.this_hour, 1)}
        again = seen.group.alerted_at is not None
        events.append(GroupAppeared(**_of(seen), seen_at=seen.now, again=again))
    elif _has_grown(seen):
        changes |= {"grown_at": seen.now, "grown_to": seen.this_hour}
        events.append(GroupGrew(**_of(seen), hour=_hour_of(seen.now), number=seen.this_hour))
    return Verdict(reopened, changes, tuple(events))


def _is_news(seen: Seen) -> bool:
    return seen.group.alerted_at is None and seen.group.state != "ignored"


def _why_open(seen: Seen) -> str | None:
    group = seen.group
    match group.state:
        case "acknowledged" | "resolved" if seen.fresh:
            return f"{seen.fresh} more died"
        case "ignored" if group.until_at is not None and group.until_at <= seen.now:
            return "the time is over"
        case "ignored" if group.until_total is not None and group.total >= group.until_total:
            return f"{group.total} died in all"
        case "ignored" if group.until_per_hour is not None and seen.this_hour >= group.until_per_hour:
            return f"{seen.this_hour} died within this hour"
        case _:
            return None


def _has_grown(seen: Seen) -> bool:
    if not seen.fresh or seen.group.state == "ignored" or seen.this_hour < _WORTH_TELLING:
        return False
    told = seen.group.grown_at
    at_last = seen.group.grown_to if told is not None and _hour_of(told) == _hour_of(seen.now) else None
    return seen.this_hour >= _TIMES * max(at_last or seen.hour_before, 1)


def _of(seen: Seen) -> dict[str, str]:
    group = seen.group
    return {
        "group_id": group.id, "queue": group.queue, "error_class": group.error_class, "place": group.place,
    }  # fmt: skip


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Folding(Protocol):
    """Where what was appended is folded."""

    async def fold(self) -> bool:
        """Whether there may be more. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class FoldGroups:
    """What died or was decided since → counts and states; it may stop anywhere."""

    folding: Folding

    async def __call__(self) -> None:
        while await self.folding.fold():
            pass


class Upkeep(Protocol):
    """What the counts cannot know."""

    async def adopt(self) -> None:
        """Letters of an older version get their group. Raises InfrastructureError."""
        ...

    async def tell_aged(self, older_than: timedelta) -> None:
        """Tell of each group whose oldest letter waits that long, once. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class KeepGroups:
    """Nothing dead stays without a group, and nothing stays undecided without a word."""

    upkeep: Upkeep
    aged: timedelta

    async def __call__(self) -> None:
        await self.upkeep.adopt()
        await self.upkeep.tell_aged(self.aged)
