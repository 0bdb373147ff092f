"""Is this number known? Asked while the caller hears the ringing."""

from sqlalchemy import exists, func, select

from services.voice_tools.store.standing import STANDS
from services.voice_tools.values import Acquaintance
from shared.db.engine import Database
from shared.db.tables import Appointment, Customer


class Acquaintances:
    """One round trip for both questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, company_id: str, number: str) -> Acquaintance:
        """Raises InfrastructureError."""
        known = exists().where(Customer.company_id == company_id, Customer.phone == number)
        coming = exists().where(
            Appointment.company_id == company_id,
            Appointment.attendee_phone == number,
            Appointment.status.in_(STANDS),
            Appointment.start_at > func.now(),
        )
        async with self._database.transaction() as session:
            row = (await session.execute(select(known, coming))).one()
        return Acquaintance(*row)
