"""The caller was told that it takes a moment: from then on somebody waits for the outcome."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select, update

from services.voice_tools.values import Outcome
from shared.db.engine import Database
from shared.db.tables import Booking
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("attempts")
OPEN = ("started", "pending")
#: What an outcome makes of its attempt; what is not named here somebody else takes over.
STATES: Final[Mapping[str, str]] = {
    "done": "booked", "awaiting": "booked", "taken": "refused", "refused": "refused",
}  # fmt: skip
#: An attempt ends after 8 s, and its outcome is written within half a minute, or not by its process.
_ABANDONED: Final = timedelta(seconds=60)
_AT_A_TIME: Final = 50


def abandoned(kinds: ColumnElement[bool]) -> Select[Booking]:
    """Attempts of these ``kinds`` that no process is working on any more, locked against other replicas."""
    too_old = Booking.updated_at < func.now() - _ABANDONED
    query = select(Booking).where(kinds, Booking.state.in_(OPEN), too_old)
    return query.limit(_AT_A_TIME).with_for_update(skip_locked=True)


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
