"""Which messages were sent: reserved before, marked after."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Interval, and_, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from services.notifier.facts import Channel, Missing
from services.notifier.notice import Notice
from shared.contracts.events import OwnEvent
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.tables import Appointment, Notification
from shared.errors import TransientError

#: A sender's deadline (SMTP 45 s) and the 10 s in which it says good-bye, and then some: a second process
#: never sends beside the first.
_LEASE_SECONDS: Final = 90
#: One message per topic in this time; the console shows each.
_QUIET_SECONDS: Final = 300

_MISSING: Final = insert(Notification.metadata.tables[Notification.__tablename__]).on_conflict_do_nothing()


class BeingSentError(TransientError):
    """Another copy sends this message right now, or died doing so: look again when its lease is over."""


@dataclass(frozen=True, slots=True)
class Notifications:
    """The table ``notifications``: reserved before a message leaves, marked after."""

    database: Database

    @asynccontextmanager
    async def turn(self, notice: Notice) -> AsyncIterator[bool]:
        """Send inside if it yields True; False: it was sent before, or must not be sent any more.

        A crash inside leaves the reservation: when it is over the same message is sent again under the
        same Message-ID. An error inside gives the reservation back.

        Raises:
            BeingSentError: another copy holds the reservation.
        """
        async with self.database.transaction() as session:
            mine = await _reserve(session, notice)
        if not mine:
            yield False
            return
        try:
            yield True
        except Exception as error:
            await self._mark(notice, state="failed", reason=searchable(str(error)[:500]))
            raise
        await self._mark(notice, state="sent", reason=None, sent_at=func.now())

    async def record_missing(self, event: OwnEvent, channel: Channel, missing: Sequence[Missing]) -> None:
        """Write down who was not told and why; a repeat changes nothing."""
        if not missing:
            return
        rows = [
            _row(Notice.missing(one, event, channel)) | {"state": "nobody", "reason": one.reason}
            for one in missing
        ]
        async with self.database.transaction() as session:
            # As parameters: rows in the statement itself would be compiled anew each time.
            await session.execute(_MISSING, rows)

    async def _mark(self, notice: Notice, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                update(Notification)
                .where(Notification.message_id == notice.message_id, Notification.state == "sending")
                .values(lease_until=None, **values)
            )


async def _reserve(session: AsyncSession, notice: Notice) -> bool:
    reason = await _why_not(session, notice)
    state = "sending" if reason is None else "skipped"
    taken = await session.execute(_claim(notice, state, reason))
    if taken.first() is not None:
        return reason is None
    left = await session.scalar(_lease_left(notice))
    if left is not None:
        raise BeingSentError(f"{notice.message_id} is being sent", retry_after=max(1.0, float(left)))
    return False


def _claim(notice: Notice, state: str, reason: str | None) -> ReturningInsert[Any]:
    """Takes the row unless it is settled, or somebody else's for now; then nothing is returned."""
    lease = func.now() + literal(f"{_LEASE_SECONDS} seconds").cast(Interval) if reason is None else None
    values = {"state": state, "reason": reason, "lease_until": lease}
    free = or_(
        Notification.state == "failed",
        and_(Notification.state == "sending", Notification.lease_until < func.now()),
    )
    return (
        insert(Notification)
        .values(**_row(notice), **values)
        .on_conflict_do_update(index_elements=[Notification.message_id], set_=values, where=free)
        .returning(Notification.message_id)
    )


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "message_id": notice.message_id,
        "company_id": notice.company_id,
        "event_id": notice.event_id,
        "channel": notice.channel,
        "recipient": searchable(notice.recipient),
        "topic": notice.topic,
    }


def _lease_left(notice: Notice) -> Any:
    left = func.extract("epoch", Notification.lease_until - func.now())
    mine = Notification.message_id == notice.message_id
    return select(left).where(mine, Notification.state == "sending")


async def _why_not(session: AsyncSession, notice: Notice) -> str | None:
    """Why this message must not be sent (any more), None where it should."""
    if notice.expires is not None and notice.expires < datetime.now(UTC):
        return "it is over already"
    if notice.calcom_uid is not None:
        newest = await session.scalar(_newest_version(notice))
        if newest is not None and newest > notice.version:
            return f"overtaken by version {newest}"
    if notice.topic is not None and await _told_lately(session, notice):
        return "one of its kind was told just before"
    return None


def _newest_version(notice: Notice) -> Any:
    return select(Appointment.version).where(
        Appointment.company_id == notice.company_id, Appointment.calcom_uid == notice.calcom_uid
    )


async def _told_lately(session: AsyncSession, notice: Notice) -> bool:
    # One at a time per topic: twenty deliveries at once would all find that nobody was told yet.
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:topic, 0))"), {"topic": notice.topic}
    )
    since = func.now() - literal(f"{_QUIET_SECONDS} seconds").cast(Interval)
    told = select(Notification.message_id).where(
        Notification.topic == notice.topic,
        Notification.message_id != notice.message_id,
        Notification.state.in_(("sending", "sent")),
        Notification.created_at > since,
    )
    return (await session.execute(told.limit(1))).first() is not None
