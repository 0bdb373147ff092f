"""How Retell logs in at a company's own trunk; the password goes in sealed and never comes out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.ops_console.store.audit import note
from services.ops_console.store.companies import require_company
from services.ops_console.store.refreshes import refresh_branches
from services.ops_console.store.refusals import NotThereError
from shared.db.engine import Database
from shared.db.tables import SipTrunk
from shared.db.vault import Vault


class Trunks:
    """Table ``sip_trunks``."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def put(
        self,
        company_id: str,
        termination_uri: str,
        *,
        username: str | None,
        password: str | None,
        transport: str | None,
        by: str,
    ) -> None:
        """Enter or replace it; the numbers of the company's branches learn it by a refresh.

        Raises:
            NotThereError: no such company.
        """
        sealed = None if password is None else self._vault.seal(password)
        values = {"username": username, "password_encrypted": sealed, "transport": transport}
        key = {"company_id": company_id, "termination_uri": termination_uri}
        async with self._database.transaction() as session:
            await require_company(session, company_id)
            before = _told(await session.get(SipTrunk, (company_id, termination_uri)))
            statement = insert(SipTrunk).values(**key, **values)
            await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
            after = {"username": username, "password": _sealed(sealed), "transport": transport}
            target = f"{company_id}/{termination_uri}"
            await note(session, by, "trunk.entered", target, before=before, after=after)
            await refresh_branches(session, company_id, reason="trunk.entered")

    async def all(self, company_id: str) -> Sequence[SipTrunk]:
        """A company's trunks by their address."""
        query = select(SipTrunk).where(SipTrunk.company_id == company_id).order_by(SipTrunk.termination_uri)
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalars().all()

    async def remove(self, company_id: str, termination_uri: str, *, by: str) -> None:
        """Forget its login; what Retell knows of it stays there. Raises NotThereError."""
        async with self._database.transaction() as session:
            row = await session.get(SipTrunk, (company_id, termination_uri), with_for_update=True)
            if row is None:
                raise NotThereError(f"{company_id} has no trunk {termination_uri}.")
            await session.delete(row)
            target = f"{company_id}/{termination_uri}"
            await note(session, by, "trunk.removed", target, before=_told(row))


def _told(row: SipTrunk | None) -> dict[str, Any] | None:
    """For the audit: of the password only whether there is one."""
    if row is None:
        return None
    return {"username": row.username, "password": _sealed(row.password_encrypted), "transport": row.transport}


def _sealed(password: bytes | None) -> str | None:
    return None if password is None else "(sealed)"
