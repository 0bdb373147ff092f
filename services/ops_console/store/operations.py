"""Bulk operations as people deal with them: planned, confirmed, paused, resumed, cancelled, looked at."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from shared.db.engine import Database
from shared.db.tables import Delivery, Operation, OperationItem

#: A million letters are counted and frozen within it; who waits for that is one person with one operation.
_PATIENTLY: Final = text("set local statement_timeout = '60s'")
_ITEM: Final = ("operation_id", "place", "delivery_id", "queue", "state")
#: Deleted in one statement, which has 5 s.
_FORGOTTEN: Final = 10_000
_TIMES: Final = ("since", "until")
_TAKEN: Final = text("state in ('chosen', 'sent')")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to which dead letters, and how carefully. ``patch``: RFC 6902, of patch-replay."""

    kind: str
    name: str
    selection: Selection
    rate: float
    threshold: float
    minimum: int
    reason: str | None
    patch: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a person says anew when they confirm or resume; None: as it was."""

    rate: float | None = None
    threshold: float | None = None
    minimum: int | None = None

    def set(self, row: Operation) -> None:
        """As columns."""
        for name, value in asdict(self).items():
            if value is not None:
                setattr(row, name, value)


class Operations:
    """Table ``operations``. Each deed is one transaction, with its entry in the audit trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, plan: Plan, counts: dict[str, Any], *, by: str, at: datetime) -> Operation:
        """Write it down; nothing is done to any letter. ``counts``: what was found, ``at`` that time."""
        values = {**asdict(plan), "selection": _said(plan.selection)}
        row = Operation(**values, state="planned", counts=counts, created_by=by, created_at=at)
        async with self._database.transaction() as session:
            session.add(row)
            await session.flush()
            await session.refresh(row)
            after = {"kind": plan.kind, "letters": counts.get("total"), "rate": plan.rate}
            await note(session, by, "operation.planned", target_of(row.id), reason=plan.reason, after=after)
        return row

    async def confirm(
        self, operation_id: int, go_on: Callable[[str], str], *, by: str, bounds: Bounds
    ) -> Operation:
        """Freeze which letters it is about, and let it begin.

        They are those that were dead when it was planned and still are; what died since, what has no bytes
        to send, and what another operation has taken is left out.

        Raises:
            NotThereError, NotPossibleError: as ``change``; or nothing of it is left.
        """
        async with self._database.transaction() as session:
            await session.execute(_PATIENTLY)
            row = await _locked(session, operation_id)
            row.state = go_on(row.state)
            bounds.set(row)
            number = await _freeze(session, row)
            row.confirmed_at = func.now()
            row.counts = {**row.counts, "total": number, "chosen": number, "confirmed_by": by}
            after = {"kind": row.kind, "letters": number, "rate": row.rate}
            await note(session, by, "operation.confirmed", target_of(row.id), reason=row.reason, after=after)
            await session.flush()
            await session.refresh(row)
        return row

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
        """Another state: ``go_on`` makes it of the present one. What was sent stays sent, and is followed.

        Raises:
            NotThereError: there is none of that number.
            NotPossibleError: ``go_on`` says that it makes no sense.
        """
        async with self._database.transaction() as session:
            row = await _locked(session, operation_id)
            before = _standing(row)
            row.state = go_on(row.state)
            row.stop_reason = None
            bounds.set(row)
            # Whatever waits for its next look is looked at now.
            row.lease_until = None
            # It begins slowly anew: why it was interrupted may not be over.
            row.counts = {name: value for name, value in row.counts.items() if name not in {"pace", "stop"}}
            row.finished_at = func.now() if row.state == "cancelled" else None
            told = {"before": before, "after": _standing(row)}
            await note(session, by, f"operation.{deed}", target_of(row.id), reason=reason, **told)
            await session.flush()
            await session.refresh(row)
        return row

    async def show(self, operation_id: int) -> Operation:
        """Raises NotThereError."""
        async with self._database.transaction() as session:
            row = await session.get(Operation, operation_id)
        if row is None:
            raise unknown(operation_id)
        return row

    async def list(self, state: str | None, limit: int, before: int | None = None) -> Sequence[Operation]:
        """Newest first; ``before``: only ids below it."""
        query = select(Operation).order_by(Operation.id.desc()).limit(limit)
        query = query if state is None else query.where(Operation.state == state)
        query = query if before is None else query.where(Operation.id < before)
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalars().all()

    async def items(
        self, operation_id: int, state: str | None, limit: int, after: int = 0
    ) -> Sequence[OperationItem]:
        """In the order in which they are sent; ``after``: only places beyond it."""
        query = select(OperationItem).where(
            OperationItem.operation_id == operation_id, OperationItem.place > after
        )
        query = query if state is None else query.where(OperationItem.state == state)
        async with self._database.transaction() as session:
            return (await session.execute(query.order_by(OperationItem.place).limit(limit))).scalars().all()

    async def forget(self, keep: timedelta) -> bool:
        """Drop 10,000 letters of what ended before ``keep``; the counts stay. False: none left."""
        old = (
            select(OperationItem.operation_id, OperationItem.place)
            .join(Operation, Operation.id == OperationItem.operation_id)
            .where(Operation.finished_at < func.now() - keep)
            .limit(_FORGOTTEN)
        )
        key = tuple_(OperationItem.operation_id, OperationItem.place)
        async with self._database.transaction() as session:
            gone = await session.execute(delete(OperationItem).where(key.in_(old)))
            return bool(gone.rowcount)  # type: ignore[attr-defined]  # of a delete


def target_of(operation_id: int) -> str:
    """Its name in the audit trail."""
    return f"operation:{operation_id}"


def unknown(operation_id: int) -> NotThereError:
    """There is none of that number."""
    return NotThereError(f"There is no operation {operation_id}; askpro operations list shows what there is.")


def selection_of(row: Operation) -> Selection:
    """Which letters were meant when it was planned."""
    said: dict[str, Any] = dict(row.selection)
    if "ids" in said:
        said["ids"] = tuple(said["ids"])
    for name in _TIMES:
        if name in said:
            said[name] = datetime.fromisoformat(said[name])
    return Selection(**said)


def reachable(kind: str) -> list[ColumnElement[bool]]:
    """What can be sent has bytes; what is given up needs none."""
    return [] if kind == "discard" else [Delivery.body.is_not(None)]


def _said(selection: Selection) -> dict[str, Any]:
    said = {name: value for name, value in asdict(selection).items() if value is not None}
    return said | {name: said[name].isoformat() for name in _TIMES if name in said}


def _standing(row: Operation) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("state", "rate", "threshold", "minimum")}


async def _locked(session: AsyncSession, operation_id: int) -> Operation:
    row = await session.get(Operation, operation_id, with_for_update=True)
    if row is None:
        raise unknown(operation_id)
    return row


async def _freeze(session: AsyncSession, row: Operation) -> int:
    chosen = _chosen(row)
    statement = insert(OperationItem).from_select(_ITEM, chosen)
    # Two that are confirmed at once do not get the same letter; the first one has it.
    frozen = (
        statement.on_conflict_do_nothing(index_elements=[OperationItem.delivery_id], index_where=_TAKEN)
        .returning(OperationItem.place)
        .cte()
    )
    counted = await session.execute(select(func.count()).select_from(frozen))
    number = int(counted.scalar_one())
    if not number:
        raise NotPossibleError("None of them is dead any more, or another operation has taken them.")
    return number


def _chosen(row: Operation) -> Select[Any]:
    place = func.row_number().over(order_by=Delivery.id)
    return select(literal(row.id), place, Delivery.id, Delivery.queue, literal("chosen")).where(
        *selection_of(row).conditions(), *reachable(row.kind), Delivery.updated_at <= row.created_at
    )
