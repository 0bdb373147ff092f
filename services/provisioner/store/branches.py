"""Events of branches → rows; the newest version wins, deleted is a version too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.provisioner.store.branch_rows import forget_details, write_details
from shared.contracts.branch import Branch
from shared.contracts.events import BranchRefreshRequested
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Branch as BranchRow
from shared.db.tables import Company, PhoneNumber
from shared.errors import PermanentError


class UnknownCompanyError(PermanentError):
    """A branch of a company that nobody entered."""


class NumberInUseError(PermanentError):
    """Another branch answers this number."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a branch should become."""

    branch: Branch
    version: int
    deleted: bool


class Branches:
    """Branches as they are wanted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, branch: Branch, version: int) -> None:
        """Write the branch and all that belongs to it, unless a newer version is known. Idempotent.

        Raises:
            UnknownCompanyError: nobody entered its company.
        """
        async with self._database.transaction() as session:
            if await session.get(Company, branch.company_id) is None:
                raise UnknownCompanyError(
                    f"Company {branch.company_id} is not known: enter it with `askpro companies add`, "
                    "then replay this dead letter."
                )
            if await _is_newest(session, branch, version):
                await write_details(session, branch)

    async def record_deletion(self, company_id: str, branch_id: str, version: int) -> bool:
        """Mark the branch deleted, unless a newer version is known; whether it was heard of. Idempotent.

        One that was never heard of is marked too: its creation may be still on the way, and is older.
        """
        async with self._database.transaction() as session:
            if await session.get(Company, company_id) is None:
                return False
            heard_of = await session.get(BranchRow, (company_id, branch_id)) is not None
            never_seen = Branch(company_id=company_id, branch_id=branch_id, version=version, name=branch_id)
            statement = insert(BranchRow).values(
                _row(never_seen, version) | {"status": "deleted", "deleted_at": func.now()}
            )
            changes = {
                "version": version,
                "updated_at": func.now(),
                "deleted_at": func.coalesce(BranchRow.deleted_at, func.now()),
            }
            done = await session.execute(
                statement.on_conflict_do_update(
                    index_elements=[BranchRow.company_id, BranchRow.id],
                    set_=changes,
                    where=BranchRow.version <= version,
                ).returning(BranchRow.id)
            )
            if done.first() is not None:
                await forget_details(session, company_id, branch_id)
            return heard_of

    async def newest(self, company_id: str, branch_id: str) -> Target | None:
        """What the newest version wants; None for a branch that nobody entered."""
        async with self._database.transaction() as session:
            row = await session.get(BranchRow, (company_id, branch_id))
        if row is None:
            return None
        return Target(Branch.model_validate(row.document), row.version, row.deleted_at is not None)

    async def ask_for_refresh(self, company_id: str, *, reason: str, at: datetime) -> None:
        """``branch.refresh_requested`` for each branch there is; the same ``at`` is the same wish."""
        there_are = select(BranchRow.id).where(
            BranchRow.company_id == company_id, BranchRow.deleted_at.is_(None)
        )
        async with self._database.settling() as session:
            for branch_id in (await session.execute(there_are.order_by(BranchRow.id))).scalars():
                wish = BranchRefreshRequested(
                    company_id=company_id, branch_id=branch_id, reason=reason, requested_at=at
                )
                await emit(session, wish, source="provisioner")

    async def is_last(self, company_id: str) -> bool:
        """No branch of the company is left."""
        async with self._database.transaction() as session:
            left = await session.scalar(
                select(func.count())
                .select_from(BranchRow)
                .where(BranchRow.company_id == company_id, BranchRow.deleted_at.is_(None))
            )
        return not left

    async def claim_number(self, branch: Branch, number: str) -> None:
        """Raises NumberInUseError where another branch of the company has it."""
        async with self._database.transaction() as session:
            owner = await session.scalar(
                select(PhoneNumber.branch_id).where(
                    PhoneNumber.company_id == branch.company_id, PhoneNumber.number == number
                )
            )
        if owner != branch.branch_id:
            raise NumberInUseError(
                f"{number} answers branch {owner} already: take it out there first, then run "
                f"`askpro branches retry {branch.branch_id} --company {branch.company_id}`."
            )

    async def mark_bound(self, branch: Branch, number: str, agent_id: str) -> None:
        """Keep which agent answers the number."""
        async with self._database.transaction() as session:
            await session.execute(
                update(PhoneNumber)
                .where(PhoneNumber.company_id == branch.company_id, PhoneNumber.number == number)
                .values(bound_agent_id=agent_id)
            )


async def _is_newest(session: AsyncSession, branch: Branch, version: int) -> bool:
    """Upsert the branch's own row; False when a newer version is there."""
    row = _row(branch, version)
    fields = {name: value for name, value in row.items() if name not in {"company_id", "id"}}
    written = await session.execute(
        insert(BranchRow)
        .values(row)
        .on_conflict_do_update(
            index_elements=[BranchRow.company_id, BranchRow.id],
            set_={**fields, "deleted_at": None, "updated_at": func.now()},
            # The console has written the same version already; what belongs to it is written here.
            where=(BranchRow.version < version)
            | ((BranchRow.version == version) & BranchRow.deleted_at.is_(None)),
        )
        .returning(BranchRow.id)
    )
    return written.first() is not None


def _row(branch: Branch, version: int) -> dict[str, Any]:
    return {
        "company_id": branch.company_id,
        "id": branch.branch_id,
        "version": version,
        "name": branch.name,
        "language": branch.language,
        "timezone": branch.timezone,
        "document": {**branch.model_dump(mode="json"), "version": version},
    }
