"""How a company's trunk lets us in, opened for one provisioning."""

from shared.clients.retell import SipTrunk
from shared.db.engine import Database
from shared.db.tables import SipTrunk as SipTrunkRow
from shared.db.vault import Vault


class Trunks:
    """Table ``sip_trunks``."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def of(self, company_id: str, termination_uri: str | None) -> SipTrunk | None:
        """The trunk that a branch names; without user and password where nobody entered them."""
        if termination_uri is None:
            return None
        async with self._database.transaction() as session:
            row = await session.get(SipTrunkRow, (company_id, termination_uri))
        if row is None:
            return SipTrunk(termination_uri)
        password = self._vault.open_optional(row.password_encrypted)
        return SipTrunk(termination_uri, row.username, password, row.transport)
