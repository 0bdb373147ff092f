"""What Cal.com's catalogue, as it was read last, adds to a branch."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import CalcomEventType


async def fixed_lengths(session: AsyncSession, company_id: str) -> dict[int, int]:
    """Minutes of each event type that is there, by id; those that let the booker choose are left out."""
    query = select(CalcomEventType.id, CalcomEventType.length_minutes).where(
        CalcomEventType.company_id == company_id,
        CalcomEventType.gone_at.is_(None),
        CalcomEventType.length_options == [],
        CalcomEventType.length_minutes > 0,
    )
    rows = await session.execute(query)
    return {row.id: row.length_minutes for row in rows}
