"""What a call remembered, after the call: letters, numbers of appointments, holds."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func

from shared.db.engine import Database
from shared.db.tables import AppointmentCode, SlotHold, SlotOffer

#: Long enough to look into a complaint of the same day.
_KEPT: Final = timedelta(days=1)


class Expired:
    """Three tables that would only grow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self) -> None:
        """Delete what expired a day ago. Raises InfrastructureError."""
        async with self._database.transaction() as session:
            for table in (SlotOffer, AppointmentCode, SlotHold):
                await session.execute(delete(table).where(table.expires_at < func.now() - _KEPT))
