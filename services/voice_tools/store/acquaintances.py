"""Is this number known? Asked while the caller hears the ringing."""

from typing import Final

from sqlalchemy import Text, bindparam, exists, func, select

from services.voice_tools.store.standing import STANDS
from services.voice_tools.values import Acquaintance
from shared.db.engine import Database
from shared.db.tables import Appointment, Customer

_COMPANY: Final = bindparam("company", type_=Text)
_NUMBER: Final = bindparam("number", type_=Text)
_KNOWN: Final = exists().where(Customer.company_id == _COMPANY, Customer.phone == _NUMBER)
_COMING: Final = exists().where(
    Appointment.company_id == _COMPANY,
    Appointment.attendee_phone == _NUMBER,
    Appointment.status.in_(STANDS),
    Appointment.start_at > func.now(),
)
#: Written once: a caller hears the ringing while SQLAlchemy turns a statement into text.
_BOTH: Final = select(_KNOWN, _COMING)


class Acquaintances:
    """One round trip for both questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, company_id: str, number: str) -> Acquaintance:
        """Raises InfrastructureError."""
        async with self._database.single() as connection:
            row = (await connection.execute(_BOTH, {"company": company_id, "number": number})).one()
        return Acquaintance(*row)
