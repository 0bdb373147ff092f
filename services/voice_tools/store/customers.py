"""Who books by phone: found by number, kept with an address of their own."""

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.voice_tools.values import KnownCustomer
from shared.db.engine import Database
from shared.db.tables import Customer

_A_FAMILY = 20


class Customers:
    """Rows of ``customers``. A number may belong to several: families and companies share phones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def with_number(self, company_id: str, number: str) -> list[KnownCustomer]:
        """The newest first. Raises InfrastructureError."""
        return await self._where(company_id, Customer.phone == number)

    async def with_email(self, company_id: str, email: str) -> list[KnownCustomer]:
        """Whose address it is, at Cal.com or with us. Raises InfrastructureError."""
        own = [
            func.lower(column) == email.lower() for column in (Customer.booking_email, Customer.contact_email)
        ]
        return await self._where(company_id, or_(*own))

    async def _where(self, company_id: str, fits: ColumnElement[bool]) -> list[KnownCustomer]:
        query = (
            select(Customer.id, Customer.name, Customer.booking_email, Customer.contact_email)
            .where(Customer.company_id == company_id, fits)
            .order_by(Customer.updated_at.desc())
            .limit(_A_FAMILY)
        )
        async with self._database.single() as connection:
            rows = await connection.execute(query)
            return [KnownCustomer(row.id, row.name, row.booking_email or row.contact_email) for row in rows]

    async def keep(
        self, company_id: str, customer: KnownCustomer, *, phone: str | None, email: str | None, language: str
    ) -> None:
        """Write what is known now. An address that was named on the phone is forgotten with the next booking.

        It may have been misheard: then a stranger would be mailed for ever.
        """
        own = case((Customer.contact_email == Customer.booking_email, Customer.contact_email))
        statement = insert(Customer).values(
            id=customer.id,
            company_id=company_id,
            name=customer.name,
            phone=phone,
            contact_email=email,
            booking_email=customer.booking_email,
            language=language,
        )
        async with self._database.single() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"],
                    set_={
                        "contact_email": func.coalesce(statement.excluded.contact_email, own),
                        "booking_email": statement.excluded.booking_email,
                        "updated_at": func.now(),
                    },
                )
            )
