"""What Cal.com's catalogue, as it was read last, adds to a branch and takes from it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared.contracts.catalogue import Listed
from shared.db.tables import CalcomEventType


async def listed(connection: AsyncConnection | AsyncSession, company_id: str) -> dict[int, Listed]:
    """Each event type that was ever read, by id."""
    query = select(
        CalcomEventType.id,
        CalcomEventType.bookable,
        CalcomEventType.gone_at,
        CalcomEventType.length_minutes,
        CalcomEventType.length_options,
    ).where(CalcomEventType.company_id == company_id)
    return {
        row.id: Listed(
            bookable=row.gone_at is None and row.bookable != "no",
            # One that lets the booker choose has no one length.
            minutes=row.length_minutes if row.length_minutes > 0 and not row.length_options else None,
            options=tuple(row.length_options),
        )
        for row in await connection.execute(query)
    }
