"""Events of branches → rows; the newest version wins, deleted is a version too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.provisioner.store.branch_rows import forget_details, write_details
from shared.contracts.branch import Branch
from shared.contracts.catalogue import effective
from shared.contracts.events import BranchDeleted, BranchRefreshRequested
from shared.db.catalogue import listed
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Branch as BranchRow
from shared.db.tables import Company, PhoneNumber, Provisioning
from shared.errors import PermanentError


class UnknownCompanyError(PermanentError):
    """A branch of a company that nobody entered."""


class NumberInUseError(PermanentError):
    """Another branch answers this number."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a branch should become. ``release_number``: a deleted one's number leaves Retell.

    ``branch``: as Cal.com allows it; ``entered``: as the operator wants it.
    """

    branch: Branch
    entered: Branch
    version: int
    deleted: bool
    release_number: bool = False


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

    async def record_deletion(self, event: BranchDeleted, version: int) -> bool:
        """Mark the branch deleted, unless a newer version is known; whether it was heard of. Idempotent.

        One that was never heard of is marked too: its creation may be still on the way, and is older.
        """
        company_id, branch_id = event.company_id, event.branch_id
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
                "document": _with(BranchRow.document, release_number=event.release_number),
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
        """What the newest version wants, as far as Cal.com allows; None for a branch that nobody entered."""
        async with self._database.transaction() as session:
            row = await session.get(BranchRow, (company_id, branch_id))
            found = await listed(session, company_id)
        if row is None:
            return None
        release = bool(row.document.get("release_number"))
        entered = Branch.model_validate(row.document)
        return Target(effective(entered, found), entered, row.version, row.deleted_at is not None, release)

    async def ask_for_refresh(self, company_id: str, *, reason: str, at: datetime) -> None:
        """``branch.refresh_requested`` for each branch there is; the same ``at`` is the same wish."""
        there_are = select(BranchRow.id).where(
            BranchRow.company_id == company_id, BranchRow.deleted_at.is_(None)
        )
        async with self._database.settling() as session:
            for branch_id in (await session.execute(there_are.order_by(BranchRow.id))).scalars():
                await _ask(session, company_id, branch_id, reason=reason, at=at)

    async def ask_for_refresh_of_old(self, *, before: datetime, reason: str, limit: int) -> int:
        """``branch.refresh_requested`` for branches that nobody has looked at since ``before``; how many.

        Two processes at once wish the same. What is failed, or is being worked on, is left alone.
        """
        same = (Provisioning.company_id == BranchRow.company_id) & (Provisioning.branch_id == BranchRow.id)
        old = (
            select(BranchRow.company_id, BranchRow.id)
            .join(Provisioning, same)
            .where(
                BranchRow.deleted_at.is_(None),
                Provisioning.state == "provisioned",
                Provisioning.updated_at < before,
            )
            .order_by(Provisioning.updated_at)
            .limit(limit)
        )
        async with self._database.transaction() as session:
            found = (await session.execute(old)).all()
            for company_id, branch_id in found:
                await _ask(session, company_id, branch_id, reason=reason, at=before)
        return len(found)

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
        """The number is this branch's. Idempotent.

        Raises:
            NumberInUseError: another branch of the company has it, and wants it.
        """
        mine = {"company_id": branch.company_id, "number": number, "branch_id": branch.branch_id}
        async with self._database.transaction() as session:
            await session.execute(insert(PhoneNumber).values(mine).on_conflict_do_nothing())
            key = (branch.company_id, number)
            row = await session.get_one(PhoneNumber, key, with_for_update=True)
            if await _wants(session, row, branch):
                raise NumberInUseError(
                    f"{number} answers branch {row.branch_id} already: take it out there first, or run "
                    f"`askpro branches move-number {number} --to {branch.branch_id} "
                    f"--company {branch.company_id}`."
                )
            row.branch_id = branch.branch_id

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


async def _ask(session: AsyncSession, company_id: str, branch_id: str, *, reason: str, at: datetime) -> None:
    wish = BranchRefreshRequested(company_id=company_id, branch_id=branch_id, reason=reason, requested_at=at)
    await emit(session, wish, source="provisioner")


async def _wants(session: AsyncSession, row: PhoneNumber, branch: Branch) -> bool:
    """Whether another branch has the number and its newest version names it still."""
    if row.branch_id == branch.branch_id:
        return False
    owner = await session.get(BranchRow, (row.company_id, row.branch_id))
    named = owner is not None and owner.document.get("phone_number") == row.number
    return named and owner is not None and owner.deleted_at is None


def _with(document: InstrumentedAttribute[dict[str, Any]], **fields: Any) -> ColumnElement[Any]:
    """The document with these fields, as an update writes it."""
    return document.op("||")(literal(fields, JSONB))


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
