"""A company as its agents show it, read at use: what is ticked or unpaid must count at once."""

from services.provisioner.content import Profile
from shared.db.consents import ask_callers
from shared.db.engine import Database
from shared.db.tables import Company

_SUSPENDED = "suspended"


class Profiles:
    """Table ``companies``, the part that is about agents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, company_id: str) -> Profile:
        """The profile as it is now; a company that is gone has the plainest."""
        async with self._database.transaction() as session:
            company = await session.get(Company, company_id)
        if company is None:
            return Profile()
        return Profile(
            kind=company.kind,
            dpa_signed_on=company.dpa_signed_on,
            secrecy_signed_on=company.secrecy_signed_on,
            retention_days=company.retention_days,
            recording="consent" if ask_callers(company) else "off",
            mode="suspended" if company.status == _SUSPENDED else "live",
        )
