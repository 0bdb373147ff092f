"""Checks of branches: a wish goes out as an event, what was found comes back as rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from services.ops_console.store.audit import note
from services.ops_console.store.branches import require_branch
from services.ops_console.store.refreshes import tell
from shared.contracts.events import BranchCheckRequested
from shared.contracts.ids import new_id
from shared.db.engine import Database
from shared.db.tables import BranchCheck


class Checks:
    """Table ``branch_checks``, which the provisioner writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, company_id: str, branch_id: str, *, conversations: bool, by: str) -> str:
        """→ ``branch.check_requested``; the id of the run. Raises NotThereError."""
        run_id = new_id("check")
        event = BranchCheckRequested(
            company_id=company_id,
            branch_id=branch_id,
            run_id=run_id,
            conversations=conversations,
            requested_at=datetime.now(UTC),
        )
        async with self._database.transaction() as session:
            await require_branch(session, company_id, branch_id)
            await tell(session, event, company_id)
            said = {"conversations": True} if conversations else None
            await note(session, by, "branch.check-asked", f"{company_id}/{branch_id}", after=said)
        return run_id

    async def run(self, company_id: str, branch_id: str, run_id: str) -> Sequence[BranchCheck]:
        """What was found so far, in its order; nothing yet of one that was just asked for."""
        return await self._rows(company_id, branch_id, BranchCheck.run_id == run_id)

    async def newest(self, company_id: str, branch_id: str) -> Sequence[BranchCheck]:
        """What the last check found."""
        last = (
            select(BranchCheck.run_id)
            .where(BranchCheck.company_id == company_id, BranchCheck.branch_id == branch_id)
            .order_by(BranchCheck.checked_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        return await self._rows(company_id, branch_id, BranchCheck.run_id == last)

    async def _rows(self, company_id: str, branch_id: str, which: Any) -> Sequence[BranchCheck]:
        query = (
            select(BranchCheck)
            .where(BranchCheck.company_id == company_id, BranchCheck.branch_id == branch_id, which)
            .order_by(BranchCheck.place)
        )
        async with self._database.transaction() as session:
            return (await session.execute(query)).scalars().all()
