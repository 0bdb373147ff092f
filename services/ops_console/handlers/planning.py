"""What a person wants done to many dead letters → a plan with what it would meet; then it begins, or not."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from services.ops_console.handlers.doors import behind
from services.ops_console.handlers.group_patches import require_patch
from services.ops_console.handlers.operations import Deed, after, seconds_for
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.operations import Bounds, Plan
from services.ops_console.store.preflight import InQueue, Overtaken
from services.ops_console.store.refusals import NotPossibleError, NotSoundError
from shared.contracts.depths import Depth
from shared.db.tables import Operation

#: An edited event is made, checked and logged one by one.
FASTEST: Final = {"replay": 1000.0, "patch-replay": 100.0, "discard": 1000.0}
_PAST: Final = {"pause": "paused", "resume": "resumed", "cancel": "cancelled"}
_AS_BEFORE: Final = Bounds()


class Findings(Protocol):
    """What is known of letters before anything is done to them."""

    async def now(self) -> datetime:
        """By the database's clock."""
        ...

    async def queues(self, selection: Selection) -> list[InQueue]:
        """By the number of letters, the most first."""
        ...

    async def overtaken(self, selection: Selection) -> Overtaken:
        """Of a sample: what is done already."""
        ...

    async def open_circuits(self) -> list[str]:
        """At this moment."""
        ...


class Plans(Protocol):
    """Where operations are written down; each method raises NotThereError and NotPossibleError."""

    async def plan(self, plan: Plan, counts: dict[str, Any], *, by: str, at: datetime) -> Operation:
        """A new one, about letters that were dead ``at`` that time."""
        ...

    async def confirm(
        self, operation_id: int, go_on: Callable[[str], str], *, by: str, bounds: Bounds
    ) -> Operation:
        """The selection is frozen."""
        ...

    async def change(
        self,
        operation_id: int,
        go_on: Callable[[str], str],
        *,
        by: str,
        deed: str,
        reason: str | None,
        bounds: Bounds,
    ) -> Operation:
        """Another state."""
        ...


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Before the letters of ``queue``: a circuit that is open, or (None) that nobody consumes it."""

    queue: str
    circuit: str | None


@dataclass(frozen=True, slots=True)
class PlanOperation:
    """Nothing is done to any letter until the plan is confirmed."""

    plans: Plans
    findings: Findings

    async def __call__(self, plan: Plan, *, by: str) -> Operation:
        """Written down with what was found.

        Raises:
            NotPossibleError: no dead letter fits that could be sent.
            NotSoundError: a rate that this kind is not made for, or a patch where none belongs.
        """
        _sound(plan)
        at = await self.findings.now()
        queues = await self.findings.queues(plan.selection)
        meant = {one.queue: _reachable(plan.kind, one) for one in queues}
        total = sum(meant.values())
        if not total:
            raise NotPossibleError("Nothing that fits is dead and can be sent.")
        counts = {
            "total": total,
            "queues": meant,
            "preflight": {
                "queues": [asdict(one) for one in queues],
                "overtaken": asdict(await self.findings.overtaken(plan.selection)),
                "seconds": round(seconds_for(total, plan.rate), 1),
            },
        }
        return await self.plans.plan(plan, counts, by=by, at=at)


@dataclass(frozen=True, slots=True)
class DecideOperation:
    """Confirm, pause, resume, cancel: whatever makes sense in its state, once."""

    plans: Plans

    async def __call__(
        self,
        operation_id: int,
        deed: Deed,
        *,
        by: str,
        reason: str | None = None,
        bounds: Bounds = _AS_BEFORE,
    ) -> Operation:
        """Raises NotThereError; NotPossibleError where it makes no sense in its state."""
        go_on: Any = partial(after, deed)
        if deed == "confirm":
            return await self.plans.confirm(operation_id, go_on, by=by, bounds=bounds)
        return await self.plans.change(
            operation_id, go_on, by=by, deed=_PAST[deed], reason=reason, bounds=bounds
        )


def obstacles(
    queues: Collection[str], circuits: Collection[str], depths: Mapping[str, Depth] | None
) -> list[Obstacle]:
    """What the letters would wait for at this moment; ``depths`` None: the broker does not say."""
    shut = [Obstacle(queue, circuit) for circuit, queue in behind(circuits, queues)]
    idle = [queue for queue in queues if depths and (depth := depths.get(queue)) and not depth.consumers]
    return [*shut, *(Obstacle(queue, None) for queue in idle)]


def _reachable(kind: str, one: InQueue) -> int:
    without = 0 if kind == "discard" else one.without_bytes
    return max(0, one.letters - without - one.taken)


def _sound(plan: Plan) -> None:
    if plan.rate > FASTEST[plan.kind]:
        raise NotSoundError(f"{plan.kind} is made for at most {FASTEST[plan.kind]:.0f} a second.")
    if (plan.kind == "patch-replay") != (plan.patch is not None):
        raise NotSoundError("A patch belongs to patch-replay, and patch-replay needs one.")
    if plan.patch is not None:
        require_patch(plan.patch)
    if plan.kind == "discard" and not plan.reason:
        raise NotSoundError("Say why: what is discarded is given up for good.")
