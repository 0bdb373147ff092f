"""The traffic light of each branch: the verdict of its last check."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from shared.db.engine import Database
from shared.db.tables import BranchCheck

#: Of the last finding of a check, which says of all.
_VERDICT: Final = "verdict"


class Lights:
    """Table ``branch_checks``, which the provisioner writes; read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, branches: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], BranchCheck]:
        """Of these branches (company, branch); those that were not checked lately are missing."""
        wanted = list(branches)
        if not wanted:
            return {}
        theirs = tuple_(BranchCheck.company_id, BranchCheck.branch_id).in_(wanted)
        rows = await self._read(_newest().where(theirs))
        return {(row.company_id, row.branch_id): row for row in rows}

    async def red(self, company_id: str | None, limit: int) -> Sequence[BranchCheck]:
        """Branches where callers meet a fault, those first that were looked at last."""
        newest = _newest()
        newest = newest if company_id is None else newest.where(BranchCheck.company_id == company_id)
        rows = await self._read(newest)
        red = sorted((row for row in rows if row.ok is False), key=lambda row: row.checked_at, reverse=True)
        return red[:limit]

    async def _read(self, query: Select[Any]) -> Sequence[BranchCheck]:
        async with self._database.transaction() as session:
            return (await session.scalars(query)).all()


def light_of(row: BranchCheck | None) -> str | None:
    """green, red, yellow (not found out); None: not checked in the last day."""
    return None if row is None else {True: "green", False: "red", None: "yellow"}[row.ok]


def _newest() -> Select[Any]:
    branch = (BranchCheck.company_id, BranchCheck.branch_id)
    verdicts = select(BranchCheck).where(BranchCheck.name == _VERDICT)
    return verdicts.ext(distinct_on(*branch)).order_by(*branch, BranchCheck.checked_at.desc())
