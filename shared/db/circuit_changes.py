"""Changes of a circuit's row within somebody's transaction: with its event, its hint, and what it frees."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, Update, func, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import CircuitClosed, CircuitOpened, CredentialRejected
from shared.contracts.names import PAUSES
from shared.db.audit import note
from shared.db.circuit_rows import COLUMNS, closed, forced_kind, shown, state_of, told_open
from shared.db.deliveries import release
from shared.db.outbox import emit
from shared.db.tables import Circuit
from shared.errors import InfrastructureError
from shared.resilience.circuit_state import CircuitState, Forcing, Opening

CHANNEL: Final = "circuits"
#: Processes that change one version at once: each round one of them wins, and the rest mostly find it done.
TRIES: Final = 5


class CircuitChanges:
    """``source``: the service that speaks in the events, such as ``syncer``."""

    def __init__(self, source: str) -> None:
        self._source = source

    async def renew(self, session: AsyncSession, name: str, *, company_id: str, by: str) -> None:
        """The key changes: closed with a new version, so that whoever used the old key reads the new one.

        Raises:
            InfrastructureError: it is changed too often meanwhile.
        """
        for _ in range(TRIES):
            row = await row_of(session, name)
            values = closed(f"the key was changed ({by})") | ({} if row else forced_kind(name))
            written = await self.write(session, name, row, values | {"company_id": company_id})
            if written is not None:
                await self.tell(session, row, written, written.reason)
                return
        raise too_often(name)

    async def announce(self, session: AsyncSession, name: str, *, company_id: str) -> None:
        """A secret changes that opens no circuit: nothing but the version, which every process takes as news.

        Raises:
            InfrastructureError: it is changed too often meanwhile.
        """
        for _ in range(TRIES):
            row = await row_of(session, name)
            values = {"company_id": company_id} if row else forced_kind(name)
            if await self.write(session, name, row, values) is not None:
                return
        raise too_often(name)

    async def write(
        self, session: AsyncSession, name: str, row: Row[Any] | None, values: Mapping[str, Any]
    ) -> CircuitState | None:
        """None when another process was faster."""
        stamp = {"updated_at": func.clock_timestamp()}
        if row is None:
            made = insert(Circuit).values(name=name, version=1, **values, **stamp).on_conflict_do_nothing()
            there = await changed(session, made)
        else:
            mine = update(Circuit).where(Circuit.name == name, Circuit.version == row.version)
            there = await changed(session, mine.values(version=row.version + 1, **values, **stamp))
        if not there:
            return None
        await hint(session, name)
        written = await row_of(session, name)
        return None if written is None else state_of(written)

    async def tell(
        self, session: AsyncSession, before: Row[Any] | None, now: CircuitState, reason: str | None
    ) -> None:
        """What the change means to whoever calls: opened or closed, if either, and never the same twice."""
        was_open = before is not None and told_open(before)
        if told_open(now) and not was_open:
            await self._emit_opened(session, now, reason or "")
        elif was_open and not told_open(now):
            await self._tell_closing(session, now)

    async def tell_refusal(self, session: AsyncSession, now: CircuitState, opening: Opening) -> None:
        """Somebody has to enter another key, where one was refused."""
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


def too_often(name: str) -> InfrastructureError:
    """Somebody else was faster each time."""
    return InfrastructureError(f"circuit {name} is changed too often", gate="database")


async def note_deed(
    session: AsyncSession, forcing: Forcing, before: Row[Any] | None, now: CircuitState
) -> None:
    """A person's word, in the audit trail."""
    if forcing.deed is None:
        return
    target = forcing.name if forcing.name.startswith(PAUSES) else f"circuit:{forcing.name}"
    was = None if before is None else shown(before)
    await note(
        session, forcing.person, forcing.deed, target, reason=forcing.reason, before=was, after=shown(now)
    )


async def row_of(session: AsyncSession, name: str) -> Row[Any] | None:
    """With its times as seconds that are left."""
    return (await session.execute(select(*COLUMNS).where(Circuit.name == name))).one_or_none()


async def hint(session: AsyncSession, name: str) -> None:
    """Every process is told to read it, once this is committed."""
    await session.execute(text("select pg_notify(:channel, :name)"), {"channel": CHANNEL, "name": name})


async def changed(session: AsyncSession, statement: Insert | Update) -> bool:
    """Whether there was such a row."""
    # Not by rowcount: it is -1 for an insert that met its conflict.
    returned = await session.execute(statement.returning(Circuit.version))
    return returned.scalar_one_or_none() is not None
