"""The owner's notice of the day: what callers of a branch hear before anything else."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.branches import require_branch
from services.ops_console.store.refusals import NotThereError
from shared.db.engine import Database
from shared.db.tables import BranchNotice


class Notices:
    """Table ``branch_notices``, which voice_tools reads for each call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def coming(self, company_id: str, branch_id: str, since: date) -> Sequence[BranchNotice]:
        """From that day on, a row for each day."""
        query = select(BranchNotice).where(*_of(company_id, branch_id), BranchNotice.day >= since)
        async with self._database.transaction() as session:
            return (await session.scalars(query.order_by(BranchNotice.day).limit(400))).all()

    async def put(
        self, company_id: str, branch_id: str, days: tuple[date, date], text: str, *, by: str
    ) -> None:
        """``text`` on each day of ``days``, the last included, instead of what stood there.

        Raises NotThereError, also for a branch that was given up.
        """
        first, last = days
        rows = [
            {"company_id": company_id, "branch_id": branch_id, "day": first + timedelta(days=ahead)}
            for ahead in range((last - first).days + 1)
        ]
        statement = insert(BranchNotice).values([{**row, "text": text, "by": by} for row in rows])
        async with self._database.transaction() as session:
            await require_branch(session, company_id, branch_id)
            before = await _texts(session, company_id, branch_id, days)
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=[BranchNotice.company_id, BranchNotice.branch_id, BranchNotice.day],
                    set_={"text": statement.excluded.text, "by": by, "at": func.now()},
                )
            )
            after = {str(row["day"]): text for row in rows}
            await note(session, by, "notice.entered", f"{company_id}/{branch_id}", before=before, after=after)

    async def remove(self, company_id: str, branch_id: str, day: date, *, by: str) -> None:
        """Nothing is told on that day. Raises NotThereError where nothing was."""
        async with self._database.transaction() as session:
            before = await _texts(session, company_id, branch_id, (day, day))
            if not before:
                raise NotThereError(f"There is no notice of {branch_id} for {day}.")
            await session.execute(
                delete(BranchNotice).where(*_of(company_id, branch_id), BranchNotice.day == day)
            )
            await note(session, by, "notice.removed", f"{company_id}/{branch_id}", before=before)


def _of(company_id: str, branch_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return BranchNotice.company_id == company_id, BranchNotice.branch_id == branch_id


async def _texts(
    session: AsyncSession, company_id: str, branch_id: str, days: tuple[date, date]
) -> dict[str, str]:
    query = select(BranchNotice.day, BranchNotice.text).where(
        *_of(company_id, branch_id), BranchNotice.day.between(*days)
    )
    return {str(day): text for day, text in await session.execute(query)}
