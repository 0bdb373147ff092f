"""A wish while the database does not answer: to the broker first, and into its row when that can be written.

The event has the id that the outbox would give it, and the row the key that an attempt would have: whatever
is recorded of the wish later is the same wish.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.voice_tools.store.bookings import SETTLES_AFTER, SOURCE, values_of
from services.voice_tools.store.holds import WISH, hold, of_wish
from services.voice_tools.store.pending import OPEN
from services.voice_tools.store.written import written
from services.voice_tools.values import Wish
from shared.contracts.events import BookingRequested
from shared.contracts.ids import digest
from shared.db.engine import Database
from shared.db.outbox import envelope_of, properties_of
from shared.db.tables import Booking
from shared.messaging.properties import message_of
from shared.messaging.publisher import Publisher
from shared.observability.logging import get_logger

_log = get_logger("attempts")
_RESULT: Final = {"outcome": "requested"}


class NotedWishes:
    """Publishes ``booking.requested`` itself, and writes ``bookings`` afterwards."""

    def __init__(self, publisher: Publisher, database: Database) -> None:
        self._publisher = publisher
        self._database = database

    async def note(self, wish: Wish, *, seconds: float) -> None:
        """Return once the broker has confirmed it: it cannot be lost any more.

        Due only when whatever another process may have begun of it has come to its end.

        Raises:
            InfrastructureError: the broker has not taken it in time.
        """
        due = datetime.now(UTC) + SETTLES_AFTER
        envelope = envelope_of(wish.request.model_copy(update={"due": due}), source=SOURCE)
        await self._publisher.publish(message_of(envelope.raw, properties_of(envelope)), within=seconds)
        _log.warning("wish.published", event_id=envelope.id, reason="the database does not answer")

    async def record(self, wish: Wish) -> bool:
        """Write its row and hold its slot, as soon as the database lets us; False where it stays away.

        The syncer writes the row as well, when the wish reaches it.
        """
        what = f"wish {digest(wish.token)[:12]}"
        return await written(self._database, lambda session: _recorded(session, wish.request), what)


async def _recorded(session: AsyncSession, wish: BookingRequested) -> bool:
    requested = {"state": "requested", "result": _RESULT, "updated_at": func.now()}
    row = await session.execute(
        insert(Booking)
        .values(values_of(wish, "requested") | {"result": _RESULT})
        .on_conflict_do_update(
            index_elements=["company_id", "token"],
            set_=requested,
            # An attempt whose beginning was committed although we were not told; it has asked nobody.
            where=Booking.state.in_(OPEN),
        )
        .returning(Booking.token)
    )
    if row.first() is not None:
        await hold(session, of_wish(wish), WISH)
    return True
