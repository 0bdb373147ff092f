"""Is this number known? Asked while the caller hears the ringing."""

from sqlalchemy import func, select

from services.voice_tools.store.standing import STANDS
from shared.db.engine import Database
from shared.db.tables import Appointment, Customer


class Acquaintances:
    """Both answers raise InfrastructureError while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def knows(self, company_id: str, number: str) -> bool:
        """A customer of the company has called or booked with it."""
        query = select(Customer.id).where(Customer.company_id == company_id, Customer.phone == number)
        async with self._database.transaction() as session:
            return await session.scalar(query.limit(1)) is not None

    async def has_coming(self, company_id: str, number: str) -> bool:
        """An appointment is still to come."""
        query = select(Appointment.id).where(
            Appointment.company_id == company_id,
            Appointment.attendee_phone == number,
            Appointment.status.in_(STANDS),
            Appointment.start_at > func.now(),
        )
        async with self._database.transaction() as session:
            return await session.scalar(query.limit(1)) is not None
