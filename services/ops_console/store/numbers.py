"""Numbers: one goes from a branch to another in one transaction, so that none loses it in between."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.branches import write
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from shared.contracts.branch import Branch
from shared.db.engine import Database
from shared.db.tables import Branch as BranchRow
from shared.db.tables import PhoneNumber

#: What belongs to the number, and not to the branch that answers it.
_OF_THE_NUMBER = ("phone_number", "termination_uri", "fallback_number")


class Numbers:
    """The phone numbers in the documents of a company's branches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, company_id: str) -> Sequence[PhoneNumber]:
        """Those that are bound to an agent, or were."""
        query = select(PhoneNumber).where(PhoneNumber.company_id == company_id).order_by(PhoneNumber.number)
        async with self._database.transaction() as session:
            return (await session.scalars(query)).all()

    async def move(self, company_id: str, number: str, branch_id: str, *, by: str) -> int:
        """``branch.updated`` for the branch that has it and for the one that gets it; the latter's version.

        Raises:
            NotThereError: no branch of the company has this number, or there is no such branch.
            NotPossibleError: the branch has this number, or another one.
        """
        async with self._database.transaction() as session:
            rows = await _concerned(session, company_id, number, branch_id)
            old = next((row for row in rows if row.document.get("phone_number") == number), None)
            new = next((row for row in rows if row.id == branch_id), None)
            if old is None or new is None:
                thing = f"the number {number}" if old is None else f"the id {branch_id}"
                raise NotThereError(f"No branch of {company_id} has {thing}.")
            _require_free(new, number)
            moved = {name: old.document.get(name) for name in _OF_THE_NUMBER}
            await _change(session, old, dict.fromkeys(_OF_THE_NUMBER), by)
            return await _change(session, new, moved, by)


async def _concerned(
    session: AsyncSession, company_id: str, number: str, branch_id: str
) -> Sequence[BranchRow]:
    """Who has the number, and who gets it; locked in the order of their ids, so that two moves take turns."""
    has_it = BranchRow.document["phone_number"].astext == number
    query = select(BranchRow).where(
        BranchRow.company_id == company_id,
        BranchRow.deleted_at.is_(None),
        or_(has_it, BranchRow.id == branch_id),
    )
    return (await session.execute(query.order_by(BranchRow.id).with_for_update())).scalars().all()


def _require_free(branch: BranchRow, number: str) -> None:
    has = branch.document.get("phone_number")
    if has == number:
        raise NotPossibleError(f"{branch.id} has {number} already.")
    if has is not None:
        raise NotPossibleError(
            f"{branch.id} has the number {has}; take it out there first (branches update)."
        )


async def _change(session: AsyncSession, row: BranchRow, fields: dict[str, Any], by: str) -> int:
    branch = Branch.model_validate({**row.document, **fields})
    return await write(session, branch, row, by, "branch.number-moved")
