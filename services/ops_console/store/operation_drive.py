"""Bulk operations as they are driven: whose turn it is, and one look at one of them in a transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store import operation_patches as patches
from services.ops_console.store import operation_steps as steps
from services.ops_console.store.audit import note
from services.ops_console.store.operation_patches import Made
from services.ops_console.store.operation_steps import Doors, Moved
from services.ops_console.store.operations import target_of
from services.ops_console.store.preflight import open_circuits
from shared.db.engine import Database
from shared.db.tables import Delivery, Operation

#: Who drives it looks every second. A console that was killed is followed by the next one after five.
_LEASE: Final = "5 seconds"
#: What is not running is only followed: what failed once is tried again after a minute, and after hours.
_REST: Final = "10 seconds"
#: Looks that a page shows as bars.
_TRACE: Final = 60
_OPEN: Final = "coalesce((counts ->> 'sent')::int, 0) + coalesce((counts ->> 'failing')::int, 0) > 0"
_LEFT: Final = "coalesce((counts ->> 'chosen')::int, 0) > 0"
_TURN: Final = f"""
    case state
        when 'running' then lease_until is null or lease_until < now() or lease_owner = :owner
        when 'planned' then false
        when 'cancelled' then ({_OPEN} or {_LEFT}) and (lease_until is null or lease_until < now())
        else {_OPEN} and (lease_until is null or lease_until < now())
    end
"""
_DUE: Final = text(f"select id from operations where {_TURN} order by id")  # noqa: S608  # constants
#: By the database's clock: two consoles need not agree on the time.
_CLAIM: Final = text(
    f"""
    select extract(epoch from now()) - coalesce((counts ->> 'looked_at')::float, extract(epoch from now())),
        extract(epoch from now() - coalesce(level_since, now())), extract(epoch from now())
    from operations where id = :operation and {_TURN} for update skip locked
    """  # noqa: S608  # constants
)


@dataclass(slots=True)
class Hand:
    """An operation that nobody else drives until the transaction ends. ``elapsed``, ``quiet``: in seconds.

    ``counts`` are those of its row: letters by state, and what the next look has to know.
    """

    session: AsyncSession
    row: Operation
    elapsed: float
    quiet: float
    counts: dict[str, Any]

    @property
    def copies(self) -> bool:
        """Its outcomes are those of events that replace the dead ones."""
        return self.row.kind == "patch-replay"

    async def look(self) -> dict[str, int]:
        """Outcomes that were not known: done, failing, failed; ``parked``: waits for a circuit."""
        found = await steps.look(self.session, self.row.id, copies=self.copies)
        self._move("sent", found)
        known = [found.get("done", 0), found.get("failing", 0) + found.get("failed", 0)]
        self.counts["trace"] = [*self.counts.get("trace", []), known][-_TRACE:]
        return {**found, "parked": await steps.parked(self.session, self.row.id, copies=self.copies)}

    async def follow(self) -> None:
        """What became of those that had failed once."""
        self._move("failing", await steps.follow(self.session, self.row.id, copies=self.copies))

    async def open_circuits(self) -> Sequence[str]:
        """At this moment."""
        return await open_circuits(self.session)

    async def send(self, number: int, per_second: float, doors: Doors) -> int:
        """Returns how many left the dead letters, or were not there any more."""
        chosen = await steps.next_ones(self.session, self.row.id, number, doors)
        if not chosen:
            return 0
        return await self._leave("sent", await steps.send(self.session, self.row.id, chosen, per_second))

    async def letters(self, number: int, doors: Doors) -> list[tuple[int, Delivery | None]]:
        """(place, letter) of the next ``number``, or fewer; held. None: not dead any more."""
        chosen = await steps.next_ones(self.session, self.row.id, number, doors)
        return await patches.read(self.session, chosen) if chosen else []

    async def replace(self, made: Sequence[Made]) -> int:
        """Send what was made of them; returns how many were dealt with."""
        by, reason = self._person()
        return await self._leave(
            "sent", await patches.put(self.session, self.row.id, made, by=by, reason=reason)
        )

    async def discard(self) -> int:
        """Give up the next ones for good; returns how many."""
        chosen = await steps.next_ones(self.session, self.row.id, steps.BATCH, Doors())
        by, reason = self._person()
        return await self._leave("done", await steps.discard(self.session, self.row.id, chosen, by, reason))

    async def let_go(self) -> None:
        """What was not sent will not be."""
        self._move("chosen", {"cancelled": await steps.let_go(self.session, self.row.id)})

    async def end(self, state: str, reason: str | None = None) -> None:
        """It is ``done``, or ``stopped`` for a ``reason``."""
        self.row.state, self.row.stop_reason = state, reason
        self.row.finished_at = func.now() if state == "done" else None
        summary = {name: self.counts.get(name, 0) for name in ("done", "failing", "failed", "skipped")}
        await note(
            self.session,
            "console",
            f"operation.{state}",
            target_of(self.row.id),
            reason=reason,
            after=summary,
        )

    def keep(self, level: float, pace: dict[str, Any], *, restarted: bool, waits_for: Sequence[str]) -> None:
        """What the next look has to know."""
        self.counts |= {"pace": pace, "waits_for": list(waits_for)}
        self.row.level = level
        if restarted or self.row.level_since is None:
            self.row.level_since = func.now()

    def _person(self) -> tuple[str, str]:
        by = str(self.counts.get("confirmed_by", self.row.created_by))
        return by, self.row.reason or self.row.name

    async def _leave(self, state: str, moved: Moved) -> int:
        self._move("chosen", {state: moved.number, "skipped": moved.skipped})
        return moved.number + moved.skipped

    def _move(self, origin: str, found: Mapping[str, int]) -> None:
        for state, number in found.items():
            if state != origin:
                self.counts[state] = int(self.counts.get(state, 0)) + number
                self.counts[origin] = int(self.counts.get(origin, 0)) - number


class Drives:
    """Table ``operations`` for those that drive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, owner: str) -> list[int]:
        """Those that run and nobody else drives, and those that are followed and it is time again."""
        async with self._database.transaction() as session:
            return [int(row[0]) for row in await session.execute(_DUE, {"owner": owner})]

    @asynccontextmanager
    async def holding(self, operation_id: int, owner: str) -> AsyncIterator[Hand | None]:
        """One look; None: another has it. All that happens in it is committed at the end, or nothing."""
        async with self._database.transaction() as session:
            claimed = (await session.execute(_CLAIM, {"operation": operation_id, "owner": owner})).first()
            if claimed is None:
                yield None
                return
            row = await session.get_one(Operation, operation_id)
            elapsed, quiet, now = map(float, claimed)
            hand = Hand(session, row, max(0.0, elapsed), quiet, dict(row.counts))
            yield hand
            lease = _LEASE if row.state == "running" else _REST
            row.lease_owner, row.lease_until = owner, func.now() + text(f"interval '{lease}'")
            row.counts = {**hand.counts, "looked_at": now}
