"""What has become of a booking since it was entered: followed from uid to uid.

Cal.com gives a booking that is moved a new uid and lets the old one die. Our appointments learn of it by
webhook; until then the attempts of this call know it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import Appointment, Booking

STANDS: Final = ("accepted", "pending")
#: Nobody moves an appointment more often in one call; it only ends a circle that bad data might hold.
_MOST_MOVES: Final = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking as it is now, under the ``uid`` it has now.

    ``row``: the newest of its appointments that we have; None before the first webhook. ``start`` and
    ``status`` are None where nobody has told them yet. ``moved``: it has had another uid.
    """

    uid: str
    row: Appointment | None = None
    start: datetime | None = None
    status: str | None = None
    moved: bool = False

    @property
    def over(self) -> bool:
        """Cancelled, rejected, or moved to where we do not know."""
        return self.status is not None and self.status not in STANDS


async def standing_of(session: AsyncSession, company_id: str, call_id: str, uid: str) -> Standing:
    """The booking that ``uid`` has become, by our table and by the changes made in this call."""
    changes = await _changes(session, company_id, call_id)
    standing = Standing(uid)
    for _ in range(_MOST_MOVES):
        standing = await _seen(session, company_id, standing)
        following = _followed(standing, changes)
        if following.uid == standing.uid:
            return following
        standing = following
    return standing


async def _changes(session: AsyncSession, company_id: str, call_id: str) -> Mapping[str, Booking]:
    """The changes of this call that the calendar has taken, by the uid that they changed."""
    query = (
        select(Booking)
        .where(
            Booking.company_id == company_id,
            Booking.call_id == call_id,
            Booking.kind != "book",
            Booking.state == "booked",
        )
        .order_by(Booking.created_at)
    )
    rows = await session.scalars(query)
    return {(row.result or {}).get("changed_uid") or row.calcom_uid or "": row for row in rows}


async def _seen(session: AsyncSession, company_id: str, standing: Standing) -> Standing:
    """With what the table of appointments has under its uid."""
    query = select(Appointment).where(
        Appointment.company_id == company_id, Appointment.calcom_uid == standing.uid
    )
    row = await session.scalar(query)
    return replace(standing, row=row, start=row.start_at, status=row.status) if row else standing


def _followed(standing: Standing, changes: Mapping[str, Booking]) -> Standing:
    """After its next change; as it is where there is none."""
    change = changes.get(standing.uid)
    if standing.row is not None and standing.row.calcom_uid == standing.uid and standing.row.rescheduled_to:
        return replace(standing, uid=standing.row.rescheduled_to, start=None, status=None, moved=True)
    if change is None:
        return standing
    if change.kind == "cancel":
        return replace(standing, status="cancelled")
    status = "pending" if (change.result or {}).get("outcome") == "awaiting" else "accepted"
    uid = change.calcom_uid or standing.uid
    return replace(standing, uid=uid, start=change.start_at, status=status, moved=True)
