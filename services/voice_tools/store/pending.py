"""The caller was told that it takes a moment: from then on somebody waits for the outcome."""

from typing import Any

from sqlalchemy import update

from services.voice_tools.values import Outcome
from shared.db.engine import Database
from shared.db.tables import Booking
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("attempts")
OPEN = ("started", "pending")


async def note_pending(database: Database, company_id: str, token: str) -> bool:
    """False where the attempt is settled already. A database that is away changes nothing for the caller.

    It makes no attempt younger: one that its process left behind is taken over in any case.
    """
    statement = (
        update(Booking)
        .where(Booking.company_id == company_id, Booking.token == token, Booking.state.in_(OPEN))
        .values(state="pending")
        .returning(Booking.token)
    )
    try:
        async with database.transaction() as session:
            return (await session.execute(statement)).first() is not None
    except InfrastructureError as error:
        _log.warning("attempt.unrecorded", reason=str(error))
        return True


def result_of(outcome: Outcome, *, waited: bool) -> dict[str, Any]:
    """What an attempt's row keeps of it. ``waited``: the caller was told to wait, and may be gone."""
    kept = {"outcome": outcome.kind, "detail": outcome.detail[:500], "reason": outcome.reason}
    return kept | {"waited": waited}
