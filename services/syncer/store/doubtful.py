"""Subscriptions that stand as if an event about them had been lost, each looked at once an hour."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, or_, select, update

from services.syncer.merge.billing import Known
from shared.db.engine import Database
from shared.db.tables import Subscription

#: Stripe bills within an hour of the end of a period, and tells at once.
_SETTLED_AFTER: Final = timedelta(hours=1)
_EVERY: Final = timedelta(hours=1)
#: Whether somebody pays after all is what everybody waits for.
_WAITING: Final = ("past_due", "unpaid", "incomplete")
_OVER: Final = ("canceled", "incomplete_expired")
#: Of one turn; Stripe allows 100 calls a second.
_MOST: Final = 200


class Doubtful:
    """Reads ``subscriptions``, and notes in ``updated_at`` when each was looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self) -> list[tuple[str, Known]]:
        """Ids with what is stored of them; no other replica gets them for an hour."""
        is_late = Subscription.current_period_end < func.now() - _SETTLED_AFTER
        chosen = (
            select(Subscription.id)
            .where(
                Subscription.status.not_in(_OVER),
                or_(is_late, Subscription.status.in_(_WAITING)),
                Subscription.updated_at < func.now() - _EVERY,
            )
            .order_by(Subscription.updated_at)
            .limit(_MOST)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(Subscription)
            .where(Subscription.id.in_(chosen))
            .values(updated_at=func.now())
            .returning(Subscription.id, Subscription.event_created, Subscription.status, Subscription.version)
        )
        async with self._database.transaction() as session:
            rows = (await session.execute(statement)).all()
        return [(row[0], Known(row[1], row[2], row[3])) for row in rows]
