"""Transactions. Whatever the driver raises because the database is away becomes ``InfrastructureError``."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from psycopg import OperationalError as PsycopgOperationalError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.db.pool import ask_after_a_rest
from shared.db.settling import current_delivery, settle_current
from shared.errors import InfrastructureError

#: 6 services with 12 each and one that probes, in two replicas, stay below the usual 200 connections.
#: None beyond: those would be closed after each use, and a burst would spend its time on connecting.
_POOL_SIZE: Final = 12
#: Each statement ends within 5 s: whoever waits longer than this for a connection waits for a database that
#: is away, not for a burst of deliveries.
_POOL_TIMEOUT: Final = 15
#: Without compiling: a statement of ours takes less time than its compilation would.
_OPTIONS: Final = (
    "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=15000 -c jit=off"
)
#: A connection whose other end is gone without a word ends after 25 s, not after TCP's 15 minutes.
_KEEPALIVE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
#: SQLSTATE classes of a server that goes away, is full, starts, gave up on us, or cannot read its disk.
_AWAY: Final = ("08", "53", "57", "58")
#: 25006: it became read-only, as one does that another has taken over from.
_RETRYABLE: Final = frozenset({"40001", "40P01", "55P03", "25P03", "25006"})


class Database:
    """One engine per process; nothing connects before the first transaction."""

    def __init__(self, url: str, *, application: str, pool_size: int = _POOL_SIZE) -> None:
        """``url``: ``postgresql://…``. ``application`` is shown in ``pg_stat_activity``."""
        self._engine = _engine(url, application, pool_size)
        # Of its own: a burst that keeps every connection busy is no outage.
        self._probe = _engine(url, application, 1).execution_options(isolation_level="AUTOCOMMIT")
        ask_after_a_rest(self._engine.sync_engine)
        self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._after_outbox: list[Callable[[], None]] = []

    def on_outbox(self, wake: Callable[[], None]) -> None:
        """``wake`` is called after each commit that wrote to the outbox or made a redelivery due."""
        self._after_outbox.append(wake)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Committed at the end, rolled back on any error.

        Raises:
            InfrastructureError: the database is away or overloaded (gate ``database``).
        """
        with _translated():
            async with self._sessions() as session, session.begin():
                yield session
        if session.info.get("outbox"):
            for wake in self._after_outbox:
                wake()

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """Each statement on its own and committed, for one thing: a third of what a transaction costs.

        Raises:
            InfrastructureError: as ``transaction``.
        """
        with _translated():
            async with self._single.connect() as connection:
                yield connection

    @asynccontextmanager
    async def settling(self) -> AsyncIterator[AsyncSession]:
        """A transaction whose commit also settles the current delivery: its effect happens once.

        Outside of a delivery it is a plain transaction.

        Raises:
            AlreadySettledError: another copy of this delivery was settled before; nothing is written.
        """
        async with self.transaction() as session:
            await settle_current(session)
            yield session
        if (delivery := current_delivery.get()) is not None:
            delivery.settled = True

    async def ping(self, *, timeout: float = 2.0) -> None:  # noqa: ASYNC109  # bounds a hanging connect as well
        """Raise InfrastructureError unless the database answers within ``timeout`` seconds."""
        asked = asyncio.get_running_loop().create_task(self._ping())
        asked.add_done_callback(_seen)
        # Waited for, never cancelled: a checkout that is stopped half-way may keep its connection.
        done, _ = await asyncio.wait({asked}, timeout=timeout)
        if not done:
            raise InfrastructureError(f"database: no answer within {timeout} s", gate="database")
        asked.result()

    async def _ping(self) -> None:
        with _translated():
            async with self._probe.connect() as connection:
                await connection.execute(text("select 1"))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self._engine.dispose()
        await self._probe.dispose()


def _seen(asked: asyncio.Task[None]) -> None:
    """What came too late, or after whoever asked was gone, is no news."""
    if not asked.cancelled():
        asked.exception()


def _engine(url: str, application: str, size: int) -> AsyncEngine:
    return create_async_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_TIMEOUT,
        pool_recycle=1800,
        # What was to be written is people's: an error is read by more of them than the row would be.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "application_name": application,
            "options": _OPTIONS,
            **_KEEPALIVE,
        },
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError, PsycopgOperationalError, OSError) as error:
        if is_away(error):
            raise InfrastructureError(f"database: {_short(error)}", gate="database") from error
        raise


def is_away(error: BaseException) -> bool:
    """True when the same statement may succeed later without anybody changing it."""
    if isinstance(error, PoolTimeoutError | OSError | InterfaceError):
        return True
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError | PsycopgOperationalError)
    return state[:2] in _AWAY or state in _RETRYABLE


def _short(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).strip().split("\n", 1)[0][:300]
