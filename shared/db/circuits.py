"""The common state of circuits: a row each; a transition, its event, what it frees are one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import psycopg
from sqlalchemy import func, select, update

from shared.db.circuit_changes import (
    CHANNEL,
    TRIES,
    CircuitChanges,
    changed,
    hint,
    note_deed,
    row_of,
    too_often,
)
from shared.db.circuit_rows import (
    COLUMNS,
    ENDED,
    INTERVAL,
    closed,
    forced,
    forced_kind,
    opened,
    said,
    state_of,
)
from shared.db.engine import Database
from shared.db.tables import Circuit, Delivery
from shared.errors import InfrastructureError
from shared.resilience.circuit_state import CircuitState, Forcing, Opening

#: A connection that died without a word is noticed after this many seconds; the poll goes on meanwhile.
_CHECK_EVERY: Final = 30.0


class PostgresCircuits:
    """Implements ``CircuitStore``. ``source``: the service that speaks in the events, such as ``syncer``."""

    def __init__(self, database: Database, url: str, *, source: str) -> None:
        """``url``: ``postgresql://…``, for the one connection that listens for hints."""
        self._database = database
        self._url = url
        self._rows = CircuitChanges(source)

    async def read(self) -> Sequence[CircuitState]:
        """Every row."""
        async with self._database.transaction() as session:
            rows = await session.execute(select(*COLUMNS).order_by(Circuit.name))
            return [state_of(row) for row in rows]

    async def open(self, opening: Opening) -> CircuitState:
        """Open, lengthen, or end a failed probe; where nothing is to change the row as it stands."""
        for _ in range(TRIES):
            async with self._database.transaction() as session:
                row = await row_of(session, opening.name)
                values = opened(row, opening)
                if values is None and row is not None:
                    return state_of(row)
                if (written := await self._rows.write(session, opening.name, row, values or {})) is not None:
                    await self._rows.tell(session, row, written, opening.reason)
                    await self._rows.tell_refusal(session, written, opening)
                    return written
        raise too_often(opening.name)

    async def close(
        self, name: str, *, by: str, reason: str, version: int | None = None
    ) -> CircuitState | None:
        """Close and free what waits for it; None where it is not open, or not as it was in ``version``."""
        async with self._database.transaction() as session:
            row = await row_of(session, name)
            if row is None or row.state != "open" or version not in {None, row.version}:
                return None
            written = await self._rows.write(session, name, row, closed(f"{reason} ({by})"))
            if written is not None:
                await self._rows.tell(session, row, written, written.reason)
            return written

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
            if await changed(session, statement):
                await hint(session, name)
            row = await row_of(session, name)
            return None if row is None else state_of(row)

    async def release_probe(self, name: str, *, by: str) -> None:
        """Only whoever holds it can give it back."""
        statement = (
            update(Circuit)
            .where(Circuit.name == name, Circuit.probe_by == by)
            .values(probe_by=None, probe_until=None, version=Circuit.version + 1)
        )
        async with self._database.transaction() as session:
            if await changed(session, statement):
                await hint(session, name)

    async def force(self, forcing: Forcing) -> CircuitState:
        """A person's word, or its end."""
        for _ in range(TRIES):
            async with self._database.transaction() as session:
                row = await row_of(session, forcing.name)
                values = said(row, forcing) | ({} if row else forced_kind(forcing.name))
                if (written := await self._rows.write(session, forcing.name, row, values)) is not None:
                    reason = f"forced by {forcing.person}: {forcing.reason}"
                    await self._rows.tell(session, row, written, reason)
                    await note_deed(session, forcing, row, written)
                    return written
        raise too_often(forcing.name)

    async def lapse(self, name: str) -> CircuitState | None:
        """Of all processes that see a forced circuit's time over one writes and tells; None to the others."""
        async with self._database.transaction() as session:
            row = await row_of(session, name)
            if row is None or not state_of(row).has_lapsed:
                return None
            written = await self._rows.write(session, name, row, forced(Forcing(name, None, "", "")))
            if written is not None:
                await self._rows.tell(session, row, written, written.reason)
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
