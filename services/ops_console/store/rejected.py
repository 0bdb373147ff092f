"""Requests that ingest refused: a bounded sample of them, for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from services.ops_console.store.audit import note
from services.ops_console.store.paging import Keyset, Page
from services.ops_console.store.refusals import NotThereError
from shared.contracts.rejected import PATH, PER_DAY
from shared.contracts.rejected import RejectedRequest as Told
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.tables import RejectedRequest

#: Any number that nothing else locks: two consoles must not both find the last place free.
_LOCK: Final = 20_261_130
_NEWEST_FIRST: Final = Keyset((RejectedRequest.received_at, RejectedRequest.id))


@dataclass(frozen=True, slots=True)
class RejectedFilter:
    """None: any. ``open``: only those that were not taken in again."""

    company_id: str | None = None
    provider: str | None = None
    status: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    open: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        equal = {
            RejectedRequest.company_id: self.company_id,
            RejectedRequest.provider: self.provider,
            RejectedRequest.status: self.status,
        }
        chosen: list[ColumnElement[bool]] = [
            column == value for column, value in equal.items() if value is not None
        ]
        if self.since is not None:
            chosen.append(RejectedRequest.received_at >= self.since)
        if self.until is not None:
            chosen.append(RejectedRequest.received_at < self.until)
        return [*chosen, RejectedRequest.reingested_at.is_(None)] if self.open else chosen


class RejectedRequests:
    """Table ``rejected_requests``. ``per_day``: of each company, and of each provider's senders besides."""

    def __init__(self, database: Database, *, per_day: int = PER_DAY) -> None:
        self._database = database
        self._per_day = per_day

    async def keep(self, told: Told) -> bool:
        """False: it is there already, or its day has enough of them."""
        row = _row(told)
        same = [RejectedRequest.day == row["day"], *_whose(row)]
        async with self._database.transaction() as session:
            await session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            kept = await session.execute(select(func.count()).select_from(RejectedRequest).where(*same))
            if kept.scalar_one() >= self._per_day:
                return False
            added = insert(RejectedRequest).values(row).on_conflict_do_nothing()
            return (await session.execute(added.returning(RejectedRequest.id))).first() is not None

    async def list(self, chosen: RejectedFilter, cursor: str | None, limit: int) -> Page[RejectedRequest]:
        """The latest first, without their bodies. Raises NotSoundError: the cursor is none."""
        query = select(RejectedRequest).options(defer(RejectedRequest.body)).where(*chosen.conditions())
        async with self._database.transaction() as session:
            found = (await session.execute(_NEWEST_FIRST.page(query, cursor, limit))).scalars().all()
        return _NEWEST_FIRST.cut(found, limit)

    async def show(self, request_id: str) -> RejectedRequest:
        """Raises NotThereError."""
        async with self._database.transaction() as session:
            row = await session.get(RejectedRequest, request_id)
        if row is None:
            raise NotThereError(f"There is no rejected request {request_id}; it may be too long ago.")
        return row

    async def taken(self, request_id: str, event_id: str | None, by: str) -> None:
        """It was accepted after all; who was first stays."""
        changed = (
            update(RejectedRequest)
            .where(RejectedRequest.id == request_id, RejectedRequest.reingested_at.is_(None))
            .values(reingested_at=func.now(), reingested_by=by, event_id=event_id)
        )
        async with self._database.transaction() as session:
            if (await session.execute(changed.returning(RejectedRequest.id))).first() is not None:
                target, after = f"rejected:{request_id}", {"event_id": event_id}
                await note(session, by, "request.reingested", target, after=after)

    async def forget(self, older_than: timedelta, batch: int) -> bool:
        """Whether some were forgotten."""
        old = (
            select(RejectedRequest.id)
            .where(RejectedRequest.received_at < func.now() - older_than)
            .order_by(RejectedRequest.received_at)
            .limit(batch)
        )
        async with self._database.transaction() as session:
            gone: CursorResult[Any] = await session.execute(  # type: ignore[assignment]  # of a delete
                delete(RejectedRequest).where(RejectedRequest.id.in_(old))
            )
            return gone.rowcount > 0


def _row(told: Told) -> dict[str, Any]:
    """Cleaned: what a sender makes up goes into columns, which hold neither NUL nor half an emoji."""
    fields = told.model_dump(include={"id", "provider", "company_id", "reason"})
    return {
        **searchable({**fields, "headers": {PATH: told.path, **told.headers}}),
        "received_at": told.received_at,
        "day": told.received_at.date(),
        "status": told.status,
        "body": told.body,
        "size": told.size,
        "cut": told.cut,
    }


def _whose(row: dict[str, Any]) -> list[ColumnElement[bool]]:
    if row["company_id"] is not None:
        return [RejectedRequest.company_id == row["company_id"]]
    return [RejectedRequest.company_id.is_(None), RejectedRequest.provider == row["provider"]]
