"""Slots that our own callers are about to get: one row per slot, held by one call, for bookings and moves.

Cal.com's reservation is no lock; this is one between our callers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import BookingRequested
from shared.db.holds import let_go
from shared.db.tables import SlotHold

#: An attempt ends after 8 s; one that its process left behind is taken over within 60 and 15 s.
ATTEMPT: Final = timedelta(seconds=90)
#: A wish keeps its slot until it is settled, and whoever settles it deletes the hold; this ends the others.
WISH: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A slot, and the call that holds it. ``end`` None: its length is not known."""

    company_id: str
    event_type_id: int
    start: datetime
    end: datetime | None
    call_id: str


def of_wish(wish: BookingRequested) -> Held:
    """The slot that is wished for."""
    end = wish.start + timedelta(minutes=wish.duration_minutes)
    return Held(wish.company_id, wish.event_type_id, wish.start, end, wish.call_id)


async def hold(session: AsyncSession, held: Held, lasting: timedelta) -> bool:
    """Hold it, or go on holding it; False where another call has it."""
    statement = insert(SlotHold).values(
        company_id=held.company_id,
        event_type_id=held.event_type_id,
        start_at=held.start,
        end_at=held.end,
        call_id=held.call_id,
        expires_at=datetime.now(UTC) + lasting,
    )
    row = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["company_id", "event_type_id", "start_at"],
            set_={name: statement.excluded[name] for name in ("end_at", "call_id", "expires_at")},
            where=(SlotHold.expires_at < func.now()) | (SlotHold.call_id == statement.excluded.call_id),
        ).returning(SlotHold.call_id)
    )
    return row.first() is not None


async def release(session: AsyncSession, held: Held) -> None:
    """The call needs this slot no longer; its others stay."""
    await let_go(session, held.company_id, held.event_type_id, held.start, held.call_id)
