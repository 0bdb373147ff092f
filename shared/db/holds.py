"""A slot that one of our callers is about to get is kept from the others until that is settled."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import SlotHold


async def let_go(
    session: AsyncSession, company_id: str, event_type_id: int, start: datetime, call_id: str
) -> None:
    """The call needs this slot no longer; its others stay."""
    await session.execute(
        delete(SlotHold).where(
            SlotHold.company_id == company_id,
            SlotHold.event_type_id == event_type_id,
            SlotHold.start_at == start,
            SlotHold.call_id == call_id,
        )
    )
