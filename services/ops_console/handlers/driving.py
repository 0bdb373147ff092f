"""Whose turn it is → one look at each: outcomes known, the next ones sent, or the operation ended."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from services.ops_console.handlers.doors import behind, doors_of
from services.ops_console.handlers.edits import Edit, propose, replacement_of, require_sendable
from services.ops_console.handlers.operations import (
    Bounds,
    Finish,
    Pace,
    Seen,
    Send,
    Stop,
    first_pace,
    next_step,
)
from services.ops_console.store.operation_patches import Made
from services.ops_console.store.operation_steps import Doors
from services.ops_console.store.refusals import RefusedError
from shared.db.tables import Delivery, Operation
from shared.errors import InfrastructureError


class Hand(Protocol):
    """One operation, held for one look; see ``store.operation_drive``."""

    row: Operation
    elapsed: float
    quiet: float
    counts: dict[str, Any]

    async def look(self) -> dict[str, int]:
        """Outcomes that were not known: done, failing, failed; ``parked``: waits for a circuit."""
        ...

    async def follow(self) -> None:
        """What became of those that had failed once."""
        ...

    async def open_circuits(self) -> Sequence[str]:
        """At this moment."""
        ...

    async def send(self, number: int, per_second: float, doors: Doors) -> int:
        """The next ones; how many there were."""
        ...

    async def letters(self, number: int, doors: Doors) -> list[tuple[int, Delivery | None]]:
        """(place, letter) of the next ones; None: not dead any more."""
        ...

    async def replace(self, made: Sequence[Made]) -> int:
        """What was made of them; how many there were."""
        ...

    async def discard(self) -> int:
        """The next ones, for good; how many there were."""
        ...

    async def let_go(self) -> None:
        """What was not sent will not be."""
        ...

    async def end(self, state: str, reason: str | None = None) -> None:
        """``done``, or ``stopped`` for a reason."""
        ...

    def keep(self, level: float, pace: dict[str, Any], *, restarted: bool, waits_for: Sequence[str]) -> None:
        """What the next look has to know."""
        ...


class Turns(Protocol):
    """Who drives what."""

    async def due(self, owner: str) -> list[int]:
        """Those that it is time for."""
        ...

    def holding(self, operation_id: int, owner: str) -> AbstractAsyncContextManager[Hand | None]:
        """None: somebody else has it."""
        ...


@dataclass(frozen=True, slots=True)
class DriveOperations:
    """Made every second in each console: what one that was killed has left, the next one takes up.

    Raises:
        InfrastructureError: the database is away; nothing of the look has happened.
        ExceptionGroup: bugs of ours, after all others had their turn.
    """

    turns: Turns
    owner: str

    async def __call__(self) -> None:
        failed: list[Exception] = []
        for operation_id in await self.turns.due(self.owner):
            try:
                await self._look(operation_id)
            except InfrastructureError:
                raise
            except Exception as error:  # noqa: BLE001  # one that cannot be driven holds up no other
                failed.append(error)
        if failed:
            raise ExceptionGroup("operations that cannot be driven", failed)

    async def _look(self, operation_id: int) -> None:
        async with self.turns.holding(operation_id, self.owner) as hand:
            if hand is not None:
                await drive(hand)


async def drive(hand: Hand) -> None:
    """One look."""
    await hand.follow()
    seen = _seen(hand, await hand.look())
    match hand.row:
        case Operation(state="running", kind="discard"):
            await _discard(hand)
        case Operation(state="running"):
            await _go_on(hand, seen)
        case Operation(state="cancelled"):
            await hand.let_go()


def _seen(hand: Hand, known: dict[str, int]) -> Seen:
    parked = known.get("parked", 0)
    return Seen(
        done=known.get("done", 0),
        failed=known.get("failing", 0) + known.get("failed", 0),
        in_flight=hand.counts.get("sent", 0) - parked,
        left=hand.counts.get("chosen", 0),
        elapsed=hand.elapsed,
        quiet=hand.quiet,
        parked=parked,
    )


async def _discard(hand: Hand) -> None:
    if not await hand.discard():
        await hand.end("done")


async def _go_on(hand: Hand, seen: Seen) -> None:
    row, kept = hand.row, hand.counts.get("pace")
    pace = first_pace(row.rate) if kept is None else _pace(row.level, kept)
    if kept is None:
        # It stood still: the time since the last look is nothing to make up for.
        seen = replace(seen, elapsed=0.0)
    step = next_step(Bounds(row.rate, row.threshold, row.minimum), pace, seen)
    waits_for: Sequence[str] = ()
    match step:
        case Stop(failed=failed, outcomes=outcomes):
            hand.counts["stop"] = [failed, outcomes]
            await hand.end("stopped", f"{failed} of the last {outcomes} failed")
        case Finish():
            await hand.end("done")
        case Send(number=number):
            waits_for = await _send(hand, number, step.pace.level)
    restarted = kept is None or (isinstance(step, Send) and step.restarted)
    hand.keep(step.pace.level, _kept(step.pace), restarted=restarted, waits_for=waits_for)


async def _send(hand: Hand, number: int, level: float) -> Sequence[str]:
    """Returns the circuits that letters of it wait for, where fewer than ``number`` could be sent."""
    queues = hand.counts.get("queues", {})
    circuits = await hand.open_circuits()
    if number and await _sent(hand, number, level, doors_of(circuits, queues)) == number:
        return ()
    return sorted({circuit for circuit, _ in behind(circuits, queues)})


async def _sent(hand: Hand, number: int, level: float, doors: Doors) -> int:
    if hand.row.kind != "patch-replay":
        return await hand.send(number, level, doors)
    letters = await hand.letters(number, doors)
    return await hand.replace([_made(place, letter, hand.row.patch or []) for place, letter in letters])


def _made(place: int, letter: Delivery | None, patch: list[Any]) -> Made:
    if letter is None:
        return Made(place, None)
    try:
        proposal = propose(letter, Edit(patch=patch))
        require_sendable(proposal)
    except RefusedError as error:
        return Made(place, None, str(error))
    return Made(place, replacement_of(letter, proposal))


def _pace(level: float | None, kept: dict[str, Any]) -> Pace:
    recent = tuple((done, failed) for done, failed in kept["recent"])
    return Pace(level or 1.0, kept["credit"], kept["well"], recent)


def _kept(pace: Pace) -> dict[str, Any]:
    return {name: value for name, value in asdict(pace).items() if name != "level"}
