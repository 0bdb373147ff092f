"""The common state of circuits: a row each; a transition, its event, what it frees are one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import Row, Update, func, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import CircuitClosed, CircuitOpened, CredentialRejected
from shared.contracts.names import PAUSES
from shared.db.audit import note
from shared.db.circuit_rows import (
    COLUMNS,
    ENDED,
    INTERVAL,
    closed,
    forced,
    forced_kind,
    opened,
    said,
    shown,
    state_of,
    told_open,
)
from shared.db.deliveries import release
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Circuit, Delivery
from shared.errors import InfrastructureError
from shared.resilience.circuit_state import CircuitState, Forcing, Opening

CHANNEL: Final = "circuits"
#: Processes that change one version at once: each round one of them wins, and the rest mostly find it done.
_TRIES: Final = 5
#: A connection that died without a word is noticed after this many seconds; the poll goes on meanwhile.
_CHECK_EVERY: Final = 30.0


class PostgresCircuits:
    """Implements ``CircuitStore``. ``source``: the service that speaks in the events, such as ``syncer``."""

    def __init__(self, database: Database, url: str, *, source: str) -> None:
        """``url``: ``postgresql://…``, for the one connection that listens for hints."""
        self._database = database
        self._url = url
        self._source = source

    async def read(self) -> Sequence[CircuitState]:
        """Every row."""
        async with self._database.transaction() as session:
            rows = await session.execute(select(*COLUMNS).order_by(Circuit.name))
            return [state_of(row) for row in rows]

    async def open(self, opening: Opening) -> CircuitState:
        """Open, lengthen, or end a failed probe; where nothing is to change the row as it stands."""
        for _ in range(_TRIES):
            async with self._database.transaction() as session:
                row = await _row(session, opening.name)
                values = opened(row, opening)
                if values is None and row is not None:
                    return state_of(row)
                if (written := await self._write(session, opening.name, row, values or {})) is not None:
                    await self._tell(session, row, written, opening.reason)
                    await self._tell_refusal(session, written, opening)
                    return written
        raise _too_often(opening.name)

    async def close(
        self, name: str, *, by: str, reason: str, version: int | None = None
    ) -> CircuitState | None:
        """Close and free what waits for it; None where it is not open, or not as it was in ``version``."""
        async with self._database.transaction() as session:
            row = await _row(session, name)
            if row is None or row.state != "open" or version not in {None, row.version}:
                return None
            written = await self._write(session, name, row, closed(f"{reason} ({by})"))
            if written is not None:
                await self._tell(session, row, written, written.reason)
            return written

    async def renew(self, name: str, *, company_id: str, by: str) -> CircuitState:
        """Closed with a new version, whatever it was: a process that used the old key reads the new one."""
        async with self._database.transaction() as session:
            return await self.renew_within(session, name, company_id=company_id, by=by)

    async def renew_within(
        self, session: AsyncSession, name: str, *, company_id: str, by: str
    ) -> CircuitState:
        """As ``renew``, in the transaction that changes the key: neither is there without the other."""
        for _ in range(_TRIES):
            row = await _row(session, name)
            values = closed(f"the key was changed ({by})") | ({} if row else forced_kind(name))
            written = await self._write(session, name, row, values | {"company_id": company_id})
            if written is not None:
                await self._tell(session, row, written, written.reason)
                return written
        raise _too_often(name)

    async def announce(self, name: str, *, company_id: str) -> CircuitState:
        """Nothing changes but the version, which every process takes as news."""
        for _ in range(_TRIES):
            async with self._database.transaction() as session:
                row = await _row(session, name)
                values = {"company_id": company_id} if row else forced_kind(name)
                if (written := await self._write(session, name, row, values)) is not None:
                    return written
        raise _too_often(name)

    async def take_probe(self, name: str, *, by: str, lease: float) -> CircuitState | None:
        """One conditional UPDATE: of all processes one wins."""
        statement = (
            update(Circuit)
            .where(Circuit.name == name, Circuit.state == "open", *ENDED)
            .values(
                probe_by=by,
                probe_until=func.clock_timestamp() + INTERVAL * lease,
                version=Circuit.version + 1,
                updated_at=func.clock_timestamp(),
            )
        )
        async with self._database.transaction() as session:
            if await _changed(session, statement):
                await _hint(session, name)
            row = await _row(session, name)
            return None if row is None else state_of(row)

    async def release_probe(self, name: str, *, by: str) -> None:
        """Only whoever holds it can give it back."""
        statement = (
            update(Circuit)
            .where(Circuit.name == name, Circuit.probe_by == by)
            .values(probe_by=None, probe_until=None, version=Circuit.version + 1)
        )
        async with self._database.transaction() as session:
            if await _changed(session, statement):
                await _hint(session, name)

    async def force(self, forcing: Forcing) -> CircuitState:
        """A person's word, or its end."""
        for _ in range(_TRIES):
            async with self._database.transaction() as session:
                row = await _row(session, forcing.name)
                values = said(row, forcing) | ({} if row else forced_kind(forcing.name))
                if (written := await self._write(session, forcing.name, row, values)) is not None:
                    reason = f"forced by {forcing.person}: {forcing.reason}"
                    await self._tell(session, row, written, reason)
                    await _note(session, forcing, row, written)
                    return written
        raise _too_often(forcing.name)

    async def lapse(self, name: str) -> CircuitState | None:
        """Of all processes that see a forced circuit's time over one writes and tells; None to the others."""
        async with self._database.transaction() as session:
            row = await _row(session, name)
            if row is None or not state_of(row).has_lapsed:
                return None
            written = await self._write(session, name, row, forced(Forcing(name, None, "", "")))
            if written is not None:
                await self._tell(session, row, written, written.reason)
            return written

    async def parked(self) -> Mapping[str, int]:
        """Those whose circuit is given back on a ramp are due already and do not count."""
        query = select(Delivery.waits_for, func.count()).where(Delivery.waits_for.is_not(None))
        async with self._database.transaction() as session:
            rows = await session.execute(query.group_by(Delivery.waits_for))
            return {str(circuit): int(number) for circuit, number in rows}

    async def changes(self) -> AsyncIterator[str]:
        """Names as they change. Raises InfrastructureError when the connection is lost."""
        try:
            async with await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=3
            ) as connection:
                await connection.execute(f"listen {CHANNEL}")
                while True:
                    async for notice in connection.notifies(timeout=_CHECK_EVERY):
                        yield notice.payload
                    await connection.execute("select 1")
        except psycopg.Error as error:
            raise InfrastructureError(f"database: {error}", gate="database") from error

    async def _write(
        self, session: AsyncSession, name: str, row: Row[Any] | None, values: Mapping[str, Any]
    ) -> CircuitState | None:
        """None when another process was faster."""
        stamp = {"updated_at": func.clock_timestamp()}
        if row is None:
            made = insert(Circuit).values(name=name, version=1, **values, **stamp).on_conflict_do_nothing()
            changed = await _changed(session, made)
        else:
            mine = update(Circuit).where(Circuit.name == name, Circuit.version == row.version)
            changed = await _changed(session, mine.values(version=row.version + 1, **values, **stamp))
        if not changed:
            return None
        await _hint(session, name)
        written = await _row(session, name)
        return None if written is None else state_of(written)

    async def _tell(
        self, session: AsyncSession, before: Row[Any] | None, now: CircuitState, reason: str | None
    ) -> None:
        """What the change means to whoever calls: opened or closed, if either, and never the same twice."""
        was_open = before is not None and told_open(before)
        if told_open(now) and not was_open:
            await self._emit_opened(session, now, reason or "")
        elif was_open and not told_open(now):
            await self._tell_closing(session, now)

    async def _tell_refusal(self, session: AsyncSession, now: CircuitState, opening: Opening) -> None:
        if opening.status is not None and opening.company_id is not None and now.opened_at is not None:
            rejected = CredentialRejected(
                company_id=opening.company_id,
                provider=opening.provider,
                status=opening.status,
                opened_at=now.opened_at,
            )
            await emit(session, rejected, source=self._source)

    async def _emit_opened(self, session: AsyncSession, now: CircuitState, reason: str) -> None:
        if not now.is_announced:
            return
        event = CircuitOpened(circuit=now.name, version=now.version, reason=reason, company_id=now.company_id)
        await emit(session, event, source=self._source)

    async def _tell_closing(self, session: AsyncSession, now: CircuitState) -> None:
        if now.is_announced:
            event = CircuitClosed(circuit=now.name, version=now.version, company_id=now.company_id)
            await emit(session, event, source=self._source)
        await release(session, now.name)


def _too_often(name: str) -> InfrastructureError:
    return InfrastructureError(f"circuit {name} is changed too often", gate="database")


async def _note(session: AsyncSession, forcing: Forcing, before: Row[Any] | None, now: CircuitState) -> None:
    if forcing.deed is None:
        return
    target = forcing.name if forcing.name.startswith(PAUSES) else f"circuit:{forcing.name}"
    was = None if before is None else shown(before)
    await note(
        session, forcing.person, forcing.deed, target, reason=forcing.reason, before=was, after=shown(now)
    )


async def _row(session: AsyncSession, name: str) -> Row[Any] | None:
    return (await session.execute(select(*COLUMNS).where(Circuit.name == name))).one_or_none()


async def _hint(session: AsyncSession, name: str) -> None:
    await session.execute(text("select pg_notify(:channel, :name)"), {"channel": CHANNEL, "name": name})


async def _changed(session: AsyncSession, statement: Insert | Update) -> bool:
    # Not by rowcount: it is -1 for an insert that met its conflict.
    returned = await session.execute(statement.returning(Circuit.version))
    return returned.scalar_one_or_none() is not None
