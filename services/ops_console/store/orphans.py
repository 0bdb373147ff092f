"""What the provisioner found left over at the providers, and a person's wish that it be gone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select

from services.ops_console.store.audit import note
from services.ops_console.store.refreshes import tell
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from shared.contracts.events import OrphanRemovalRequested
from shared.contracts.orphans import Kind
from shared.db.engine import Database
from shared.db.orphans import is_listed
from shared.db.tables import ProviderOrphan


class Orphans:
    """Table ``provider_orphans``, the part that people see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, company_id: str | None, limit: int) -> Sequence[ProviderOrphan]:
        """By company and kind; what is removed stays until the next look at the provider."""
        query = select(ProviderOrphan).where(is_listed())
        query = query if company_id is None else query.where(ProviderOrphan.company_id == company_id)
        ordered = query.order_by(
            ProviderOrphan.company_id, ProviderOrphan.kind, ProviderOrphan.name, ProviderOrphan.external_id
        )
        async with self._database.transaction() as session:
            return (await session.execute(ordered.limit(limit))).scalars().all()

    async def request_removal(self, company_id: str, orphan_id: str, *, by: str) -> ProviderOrphan:
        """→ ``orphan.removal_requested``. Wished twice, it is looked for twice and removed once.

        Raises:
            NotThereError: it is not on the list.
            NotPossibleError: it is removed already.
        """
        kind, _, external_id = orphan_id.partition(":")
        query = select(ProviderOrphan).where(
            ProviderOrphan.company_id == company_id,
            ProviderOrphan.kind == kind,
            ProviderOrphan.external_id == external_id,
            is_listed(),
        )
        async with self._database.transaction() as session:
            row = (await session.execute(query.with_for_update())).scalar_one_or_none()
            if row is None:
                raise NotThereError(f"{company_id} has no orphan {orphan_id}; askpro orphans list shows all.")
            if row.removed_at is not None:
                raise NotPossibleError(f"{orphan_id} is removed already.")
            before, row.removal_requested_by = row.removal_requested_by, by
            await tell(session, _wish(row, by), company_id)
            was, now = {"removal_requested_by": before}, {"removal_requested_by": by}
            target = f"{company_id}/{orphan_id}"
            await note(session, by, "orphan.removal_requested", target, before=was, after=now)
            return row


def _wish(row: ProviderOrphan, by: str) -> OrphanRemovalRequested:
    return OrphanRemovalRequested(
        company_id=row.company_id,
        kind=cast("Kind", row.kind),
        external_id=row.external_id,
        requested_by=by,
        requested_at=datetime.now(UTC),
    )
