"""An outcome is known once: it is tried again until it is written, or the sweep has taken its row over."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("attempts")
#: 24 s in all, with the attempt itself well below the minute after which a row counts as abandoned.
_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


async def written(database: Database, write: Callable[[AsyncSession], Awaitable[bool]], what: str) -> bool:
    """What ``write`` answered; False where the database stays away."""
    for pause in (*_PAUSES, None):
        try:
            async with database.transaction() as session:
                return await write(session)
        except InfrastructureError as error:
            _log.warning("attempt.unrecorded", attempt=what, reason=str(error))
            if pause is not None:
                await asyncio.sleep(pause)
    return False
