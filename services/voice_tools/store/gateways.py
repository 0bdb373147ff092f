"""Does anybody send SMS for a company? Asked before a message is promised."""

from typing import Final

from shared.contracts.targets import InvalidTargetError, parse_targets
from shared.db.engine import Database
from shared.db.remembered import Remembered
from shared.db.tables import Company
from shared.db.vault import SealedByUnknownKeyError, Vault
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("gateways")
#: A caller hears the sentence about it after the booking: what is not known by then is not promised.
_COLD_SECONDS: Final = 1.0


class Gateways:
    """``platform``: the platform has one for every company. ``ttl``: seconds until a change is noticed."""

    def __init__(self, database: Database, vault: Vault, *, platform: bool, ttl: float = 15.0) -> None:
        self._database = database
        self._vault = vault
        self._platform = platform
        self._known = Remembered(self._read, ttl=ttl, cold=_COLD_SECONDS)

    async def serve(self, company_id: str) -> bool:
        """The company's SMS are sent; False as well where that cannot be found out."""
        if self._platform:
            return True
        try:
            return await self._known.of(company_id) is True
        except (InfrastructureError, SealedByUnknownKeyError, InvalidTargetError) as error:
            _log.warning("gateway.unknown", reason=str(error))
            return False

    async def _read(self, company_id: str) -> bool | None:
        async with self._database.transaction() as session:
            company = await session.get(Company, company_id)
        targets = self._vault.open_optional(company.notify_urls_encrypted) if company else None
        return parse_targets(targets or "").gateway is not None
