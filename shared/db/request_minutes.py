"""Counts of answered requests → rows, one for each minute, service and process."""

import secrets
import socket
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.dialects.postgresql import insert

from shared.db.engine import Database
from shared.db.tables import RequestMinute
from shared.observability.request_minutes import MinuteCount, RequestMinutes


class SaveRequestMinutes:
    """One saving. A minute is written whole each time: whatever became of the last try, it counts once."""

    def __init__(self, database: Database, minutes: RequestMinutes, *, service: str) -> None:
        self._database = database
        self._minutes = minutes
        # Not its number: another process may have that one within the same minute.
        self._row = {"service": service, "process": f"{socket.gethostname()}:{secrets.token_hex(4)}"}

    async def __call__(self) -> None:
        """Raises InfrastructureError while the database is away; what it could not save goes on counting."""
        counts = self._minutes.unsaved()
        if counts:
            await self._save(counts)
            self._minutes.saved(counts)

    async def _save(self, counts: Sequence[MinuteCount]) -> None:
        new = insert(RequestMinute).values([{**asdict(count), **self._row} for count in counts])
        changes = {name: new.excluded[name] for name in ("total", "failed", "slow")}
        async with self._database.transaction() as session:
            await session.execute(
                new.on_conflict_do_update(index_elements=["minute", "service", "process"], set_=changes)
            )
