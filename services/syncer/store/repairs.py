"""How far each provider was read for repair, and which of the things found there are news to us."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.syncer.merge.booking import BookingState, merge
from services.syncer.merge.call import RANKS
from services.syncer.merge.reading import read_observation
from services.syncer.store.appointment_rows import state_of
from shared.contracts.events import BookingObserved, CallObserved
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Appointment, Call, Company, RepairPosition

Provider = Literal["calcom", "retell"]
Observed = BookingObserved | CallObserved

_KEYS: Final[dict[Provider, InstrumentedAttribute[bytes | None]]] = {
    "calcom": Company.calcom_api_key_encrypted,
    "retell": Company.retell_api_key_encrypted,
}


class Repairs:
    """Reads appointments and calls; writes ``repair_positions`` and emits what was missed."""

    def __init__(self, database: Database, *, source: str, provider: Provider = "calcom") -> None:
        self._database = database
        self._source = source
        self._provider = provider

    async def claim(self, every: float) -> dict[str, datetime]:
        """Companies whose turn it is, with their positions; no other replica has them for ``every`` seconds.

        A company met for the first time is read from now on: what was before it came is not news.
        """
        next_at = func.now() + timedelta(seconds=every)
        turns = select(Company.id, literal(self._provider), next_at).where(
            Company.status == "active", _KEYS[self._provider].is_not(None)
        )
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
        async with self._database.transaction() as session:
            return {row[0]: row[1] for row in await session.execute(statement)}

    async def keep(self, company_id: str, found: Sequence[Observed], position: datetime) -> int:
        """Emit what is news and remember the position, which never goes back; returns how much was news."""
        async with self._database.transaction() as session:
            missed = [event for event in found if await _is_news(session, event)]
            for event in missed:
                await emit(session, event, source=self._source)
            await session.execute(
                update(RepairPosition)
                .where(RepairPosition.company_id == company_id, RepairPosition.provider == self._provider)
                .values(position=func.greatest(RepairPosition.position, position))
            )
        return len(missed)


async def _is_news(session: AsyncSession, event: Observed) -> bool:
    if isinstance(event, CallObserved):
        return await _is_later_stage(session, event)
    return await _moves_booking(session, event)


async def _moves_booking(session: AsyncSession, event: BookingObserved) -> bool:
    """Merging it would change what we show: an id spent on less would be missing when it matters."""
    change = read_observation(event.booking, event.observed_at)
    if change is None:
        return False
    query = select(Appointment).where(
        Appointment.company_id == event.company_id, Appointment.calcom_uid == event.uid
    )
    row = (await session.execute(query)).scalar_one_or_none()
    before = state_of(row) if row else BookingState()
    return _shown(merge(before, change)) != _shown(before)


async def _is_later_stage(session: AsyncSession, event: CallObserved) -> bool:
    row = await session.get(Call, (event.company_id, event.call_id))
    return row is None or RANKS[row.status] < RANKS.get(event.call_status, 0)


def _shown(state: BookingState) -> tuple[object, ...]:
    return state.status, state.start, state.no_show
