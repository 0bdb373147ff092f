"""Which opening of a circuit was told as one that lasts."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from services.ops_console.store.samples import TOLD_STUCK
from shared.contracts.events import CircuitStuck
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Sample


class StuckCircuits:
    """Rows of ``samples``, so that an opening is told by one console and once, whatever restarts."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source

    async def tell(self, event: CircuitStuck) -> bool:
        """False where this opening was told before. Raises InfrastructureError."""
        async with self._database.transaction() as session:
            row = _row(event.circuit, event.opened_at, event.minutes)
            told = insert(Sample).values(row).on_conflict_do_nothing().returning(Sample.at)
            if (await session.execute(told)).first() is None:
                return False
            await emit(session, event, source=self._source)
        return True


def _row(circuit: str, opened_at: datetime, minutes: float) -> dict[str, object]:
    return {"series": TOLD_STUCK, "label": circuit, "at": opened_at, "value": minutes}
