"""What repair compares, how far it has looked, and what it found that a lost webhook left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from services.syncer.merge.booking import BookingState, Change, merge
from services.syncer.merge.call import RANKS
from services.syncer.store.appointment_rows import state_of
from shared.contracts.events import OwnEvent
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Appointment, Call, Company, RepairCursor

Provider = Literal["calcom", "retell"]

#: A company that is looked at for the first time: what was lost before belongs to nobody's expectations.
_FIRST_LOOK_BACK: Final = timedelta(days=1)
_KEYS: Final[dict[Provider, InstrumentedAttribute[bytes | None]]] = {
    "calcom": Company.calcom_api_key_encrypted,
    "retell": Company.retell_api_key_encrypted,
}


@dataclass(frozen=True, slots=True)
class Turn:
    """One company's turn to be looked at, from ``since`` on."""

    company_id: str
    since: datetime


class Repairs:
    """Reads appointments and calls; writes ``repair_cursors`` and emits what was missed."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source

    async def take_turn(self, provider: Provider, every: float) -> Turn | None:
        """A company whose look is due; taken, so that no other replica looks within ``every`` seconds."""
        async with self._database.transaction() as session:
            query = (
                select(Company.id)
                .outerjoin(
                    RepairCursor,
                    (RepairCursor.company_id == Company.id) & (RepairCursor.provider == provider),
                )
                .where(
                    Company.status == "active",
                    _KEYS[provider].is_not(None),
                    or_(RepairCursor.next_at.is_(None), RepairCursor.next_at <= func.now()),
                )
                .order_by(RepairCursor.next_at.asc().nulls_first(), Company.id)
                .limit(1)
                .with_for_update(of=Company, skip_locked=True)
            )
            company_id = (await session.execute(query)).scalar_one_or_none()
            if company_id is None:
                return None
            next_at = func.now() + timedelta(seconds=every)
            statement = insert(RepairCursor).values(
                company_id=company_id,
                provider=provider,
                seen_until=func.now() - _FIRST_LOOK_BACK,
                next_at=next_at,
            )
            taken = await session.execute(
                statement.on_conflict_do_update(
                    index_elements=[RepairCursor.company_id, RepairCursor.provider],
                    set_={"next_at": next_at},
                ).returning(RepairCursor.seen_until)
            )
            return Turn(company_id, taken.scalar_one())

    async def tells_news(self, company_id: str, change: Change) -> bool:
        """Whether merging ``change`` would move the booking: what no webhook has told us."""
        query = select(Appointment).where(
            Appointment.company_id == company_id, Appointment.calcom_uid == change.uid
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query)).scalar_one_or_none()
        before = state_of(row) if row else BookingState()
        return _shown(merge(before, change)) != _shown(before)

    async def is_behind(self, company_id: str, call_id: str, stage: str) -> bool:
        """Whether we know the call at an earlier stage only, or not at all."""
        async with self._database.transaction() as session:
            row = await session.get(Call, (company_id, call_id))
        return row is None or RANKS[row.status] < RANKS[stage]

    async def finish(
        self, provider: Provider, turn: Turn, seen_until: datetime, missed: Sequence[OwnEvent]
    ) -> None:
        """Emit what was missed; the next look begins at ``seen_until``."""
        async with self._database.transaction() as session:
            for event in missed:
                await emit(session, event, source=self._source)
            cursor = await session.get(RepairCursor, (turn.company_id, provider))
            if cursor is not None:
                cursor.seen_until = max(cursor.seen_until, seen_until)
                cursor.updated_at = func.now()


def _shown(state: BookingState) -> tuple[object, ...]:
    return state.status, state.start, state.no_show
