"""Whose turn it is to be read at a provider; no two replicas read the same company at once."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.db.tables import Company, RepairPosition

#: Who does not pay still has customers who come.
_WATCHED: Final = ("active", "suspended")


async def claim(
    session: AsyncSession, what: str, key: InstrumentedAttribute[Any], every: float
) -> dict[str, datetime]:
    """Companies with this ``key`` whose turn it is, with their positions; theirs again in ``every`` seconds.

    Each ``what`` has turns of its own. A company met for the first time has its turn now, and its position
    is now: what was before it came is not news.
    """
    next_at = func.now() + timedelta(seconds=every)
    turns = select(Company.id, literal(what), next_at).where(Company.status.in_(_WATCHED), key.is_not(None))
    statement = (
        insert(RepairPosition)
        .from_select(["company_id", "provider", "next_at"], turns)
        .on_conflict_do_update(
            index_elements=[RepairPosition.company_id, RepairPosition.provider],
            set_={"next_at": next_at},
            where=RepairPosition.next_at <= func.now(),
        )
        .returning(RepairPosition.company_id, RepairPosition.position)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}
