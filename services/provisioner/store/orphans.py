"""What sweeps took for an orphan, what our branches know instead, and what people wanted gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import BranchRefreshRequested, OrphanRemovalRequested
from shared.contracts.orphans import PROVIDERS, Kind, Provider, orphan_id
from shared.contracts.wire import searchable
from shared.db.audit import note
from shared.db.engine import Database
from shared.db.orphans import is_listed
from shared.db.outbox import emit
from shared.db.tables import Branch, Company, ProviderOrphan, Provisioning
from shared.db.turns import claim

#: Why nobody's; docs/operations.md says what each means to a person.
Reason = Literal[
    "branch_deleted",
    "branch_unknown",
    "second",
    "not_answered",
    "agent_left_over",
    "old_address",
    "no_branch",
]
#: gone: the provider lists it no more; kept: it belongs to a branch after all.
Fate = Literal["removed", "gone", "kept"]
_KEYS: Final = {
    "retell": Company.retell_api_key_encrypted,
    "calcom": Company.calcom_api_key_encrypted,
}


@dataclass(frozen=True, slots=True)
class KnownBranch:
    """A branch as we have it. ``numbers``: those that it has or wants.

    ``made``: ids of what it has; without one it looks for what has its name before it makes anything.
    """

    branch_id: str
    living: bool
    made: Mapping[Kind, str | None] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Orphan:
    """Ours by its ``name``, and of no branch."""

    kind: Kind
    external_id: str
    name: str
    reason: Reason

    @property
    def id(self) -> str:
        """As people name it."""
        return orphan_id(self.kind, self.external_id)


class Orphans:
    """Table ``provider_orphans``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, provider: Provider, every: float) -> Sequence[str]:
        """Companies whose turn it is; no other replica has them for ``every`` seconds."""
        async with self._database.transaction() as session:
            return list(await claim(session, f"{provider}.orphans", _KEYS[provider], every))

    async def moment(self) -> datetime:
        """Now, by the clock whose times are in the table."""
        async with self._database.transaction() as session:
            return (await session.execute(select(func.now()))).scalar_one()

    async def branches(self, company_id: str) -> list[KnownBranch]:
        """Those that live and those that were given up."""
        same = (Provisioning.company_id == Branch.company_id) & (Provisioning.branch_id == Branch.id)
        query = select(Branch, Provisioning).outerjoin(Provisioning, same)
        async with self._database.transaction() as session:
            rows = (await session.execute(query.where(Branch.company_id == company_id))).all()
        return [_known(branch, made) for branch, made in rows]

    async def write(
        self, company_id: str, provider: Provider, found: Sequence[Orphan], *, since: datetime
    ) -> None:
        """What a look at ``provider`` that began at ``since`` took for orphans; all others leave the list."""
        ids = [(orphan.kind, orphan.external_id) for orphan in found]
        # What was removed before the look began, and is there again, is another one.
        gone = tuple_(ProviderOrphan.kind, ProviderOrphan.external_id).not_in(ids)
        stale = or_(gone, ProviderOrphan.removed_at < since)
        mine = ProviderOrphan.company_id == company_id, ProviderOrphan.provider == provider
        async with self._database.transaction() as session:
            await session.execute(delete(ProviderOrphan).where(*mine, stale))
            for orphan in found:
                await _upsert(session, company_id, provider, orphan)

    async def counts(self) -> dict[Kind, int]:
        """How many of each kind are listed, of all companies."""
        query = select(ProviderOrphan.kind, func.count()).where(
            is_listed(), ProviderOrphan.removed_at.is_(None)
        )
        async with self._database.transaction() as session:
            counted = {row[0]: row[1] for row in await session.execute(query.group_by(ProviderOrphan.kind))}
        return {kind: counted.get(kind, 0) for kind in PROVIDERS}

    async def wished(self, wish: OrphanRemovalRequested) -> str | None:
        """Its name; None where it is on the list no more, or removed already."""
        query = select(ProviderOrphan.name).where(*_of(wish), ProviderOrphan.removed_at.is_(None))
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalar_one_or_none()

    async def settle(
        self, wish: OrphanRemovalRequested, fate: Fate, name: str, *, needed_by: str | None = None
    ) -> None:
        """What became of the wish, with an entry in the audit trail: in the transaction of the delivery.

        ``needed_by``: a branch that may have taken it just before it went; it is looked at again.
        """
        target = f"{wish.company_id}/{orphan_id(wish.kind, wish.external_id)}"
        async with self._database.settling() as session:
            if fate == "removed":
                removed = update(ProviderOrphan).where(*_of(wish)).values(removed_at=func.now())
                await session.execute(removed)
            else:
                await session.execute(delete(ProviderOrphan).where(*_of(wish)))
            await note(session, wish.requested_by, f"orphan.{fate}", target, after={"name": name})
            if needed_by is not None:
                await emit(session, _refresh(wish, needed_by), source="provisioner")


def _of(wish: OrphanRemovalRequested) -> tuple[ColumnElement[bool], ...]:
    return (
        ProviderOrphan.company_id == wish.company_id,
        ProviderOrphan.provider == PROVIDERS[wish.kind],
        ProviderOrphan.kind == wish.kind,
        ProviderOrphan.external_id == wish.external_id,
    )


def _known(branch: Branch, made: Provisioning | None) -> KnownBranch:
    numbers = {branch.document.get("phone_number"), made.phone_number if made else None}
    ids: dict[Kind, str | None] = {"agent": made.agent_id, "llm": made.llm_id} if made else {}
    return KnownBranch(branch.id, branch.deleted_at is None, ids, frozenset(filter(None, numbers)))


async def _upsert(session: AsyncSession, company_id: str, provider: Provider, orphan: Orphan) -> None:
    key: dict[str, Any] = {
        "company_id": company_id,
        "provider": provider,
        "kind": orphan.kind,
        "external_id": orphan.external_id,
    }
    seen = {"name": searchable(orphan.name), "reason": orphan.reason}
    statement = insert(ProviderOrphan).values(**key, **seen)
    changes = {**seen, "last_seen_at": func.now()}
    await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changes))


def _refresh(wish: OrphanRemovalRequested, branch_id: str) -> BranchRefreshRequested:
    return BranchRefreshRequested(
        company_id=wish.company_id,
        branch_id=branch_id,
        reason="orphan.removed",
        step=wish.kind,
        requested_at=datetime.now(UTC),
    )
