"""Has anything happened in a company's calendar? The webhooks' trace in our own table answers it."""

from datetime import datetime

from sqlalchemy import func, select

from shared.db.engine import Database
from shared.db.tables import Appointment
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("slots")


class CalendarChanges:
    """Reads ``appointments``. One person may serve several event types: any change of the company counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, company_id: str, moment: datetime) -> bool:
        """An appointment still to come was booked, moved or cancelled after ``moment``.

        False while the database is away: what is known then is the best there is.
        """
        query = select(Appointment.id).where(
            Appointment.company_id == company_id,
            Appointment.start_at > func.now(),
            Appointment.updated_at > moment,
        )
        try:
            async with self._database.transaction() as session:
                return await session.scalar(query.limit(1)) is not None
        except InfrastructureError as error:
            _log.warning("slots.unchecked", reason=str(error))
            return False
