"""What the owner wants callers to hear today; read for each call, so that the next one hears it."""

import asyncio
from datetime import date
from typing import Final

from sqlalchemy import select

from shared.db.engine import Database
from shared.db.tables import BranchNotice
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("notices")
#: One row by its key takes 2 ms. Who waits longer would wait for a database that is away, with a caller on
#: the line.
_PATIENCE: Final = 0.1


class Notices:
    """Table ``branch_notices``, which the console writes. ``patience``: seconds."""

    def __init__(self, database: Database, *, patience: float = _PATIENCE) -> None:
        self._database = database
        self._patience = patience

    async def of(self, company_id: str, branch_id: str, day: date) -> str | None:
        """The notice of that day at the branch. None too where the database does not answer in time."""
        look = asyncio.get_running_loop().create_task(self._read(company_id, branch_id, day))
        # Waited for, never cancelled: a checkout that is stopped half-way may keep its connection.
        done, _ = await asyncio.wait({look}, timeout=self._patience)
        return look.result() if done else None

    async def _read(self, company_id: str, branch_id: str, day: date) -> str | None:
        query = select(BranchNotice.text).where(
            BranchNotice.company_id == company_id,
            BranchNotice.branch_id == branch_id,
            BranchNotice.day == day,
        )
        try:
            async with self._database.single() as connection:
                return (await connection.execute(query)).scalar_one_or_none()
        except InfrastructureError as error:
            _log.warning("notice.unread", company_id=company_id, branch_id=branch_id, reason=str(error))
            return None
