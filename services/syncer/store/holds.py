"""A wish keeps its slot from our other callers until it is settled."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import Booking, SlotHold


async def let_go(session: AsyncSession, attempt: Booking) -> None:
    """It is settled: the calendar itself says now whether the slot is free."""
    await session.execute(
        delete(SlotHold).where(
            SlotHold.company_id == attempt.company_id,
            SlotHold.event_type_id == attempt.event_type_id,
            SlotHold.start_at == attempt.start_at,
            SlotHold.call_id == attempt.call_id,
        )
    )
