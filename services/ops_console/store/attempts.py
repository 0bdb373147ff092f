"""Failed logins, counted in the audit: of a name, of an address, and of the two together."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.refusals import TooOftenError
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.tables import AuditEntry, Operator

#: Any number that nothing else locks: two attempts at once must not both find the last place free.
_LOCK: Final = 20_261_201
WINDOW: Final = timedelta(minutes=15)
REFUSED: Final = "login.refused"
_LONGEST_NAME: Final = 100
_COUNTS: Final = text(
    """
    select count(*) filter (where operator = :name and after->>'address' = :address) as pair,
        count(*) filter (where after->>'address' = :address) as address,
        count(*) filter (where operator = :name) as name,
        exists (
            select from audit
            where operator = :name and action = 'login.accepted' and after->>'address' = :address
                and at > now() - interval '30 days'
        ) as familiar
    from audit where action = 'login.refused' and at > now() - make_interval(secs => :window)
    """
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Failures within a quarter of an hour.

    ``address``: with all names together, for one password that is tried on everybody; ``name``: from all
    addresses, for many machines that guess at one person. Where this person came in from this address within
    30 days only ``pair`` holds: strangers lock nobody out, nor does a proxy that everybody comes through.
    """

    pair: int = 10
    address: int = 30
    name: int = 50


class Attempts:
    """``key``: what names that are nobody's are hashed with. A password is sometimes typed as name."""

    def __init__(self, database: Database, key: bytes, limits: Limits | None = None) -> None:
        self._database = database
        self._key = key
        self._limits = limits or Limits()

    async def begin(self, name: str, address: str) -> int:
        """Write a failure down before it is known to be one: attempts at the same time count each other.

        Raises:
            TooOftenError: there were too many.
        """
        async with self._database.transaction() as session:
            await session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            told = await self._told(session, name)
            if await self._too_many(session, told, address):
                raise TooOftenError("Too many failed logins; wait a quarter of an hour.")
            entry = {
                "operator": told,
                "action": REFUSED,
                "target": f"login:{told}",
                "after": {"address": address},
            }
            return int(
                (
                    await session.execute(insert(AuditEntry).values(entry).returning(AuditEntry.id))
                ).scalar_one()
            )

    async def succeeded(self, attempt: int) -> None:
        """It was no failure."""
        async with self._database.transaction() as session:
            await session.execute(
                delete(AuditEntry).where(AuditEntry.id == attempt, AuditEntry.action == REFUSED)
            )

    async def _told(self, session: AsyncSession, name: str) -> str:
        name = str(searchable(name))
        if (await session.execute(select(Operator.name).where(Operator.name == name))).first() is not None:
            return name
        return f"unknown-{hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:16]}"

    async def _too_many(self, session: AsyncSession, name: str, address: str) -> bool:
        given = {"name": name, "address": address, "window": WINDOW.total_seconds()}
        found = (await session.execute(_COUNTS, given)).one()
        many = found.address >= self._limits.address or found.name >= self._limits.name
        return found.pair >= self._limits.pair or (many and not found.familiar)
