"""Locks by name, held until the end of the transaction: what has no row yet cannot be locked otherwise."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def lock(session: AsyncSession, *name: str) -> None:
    """Wait until no other transaction holds the lock of this name."""
    key = func.hashtextextended("\x1f".join(name), 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
