"""Calls that the company has to make because nobody else can tell the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    CallbackRequested,
)
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Appointment, Booking, Callback
from shared.errors import TransientError

Told: TypeAlias = AppointmentBooked | AppointmentRescheduled | AppointmentCancelled

_KINDS: Final = {
    AppointmentBooked.type: "book",
    AppointmentRescheduled.type: "reschedule",
    AppointmentCancelled.type: "cancel",
}
_OPEN: Final = ("started", "pending")
#: Whoever speaks with the caller has settled it by then, or has died.
_ON_THE_LINE: Final = timedelta(minutes=2)


class StillOnTheLineError(TransientError):
    """The voice agent is about to tell the caller, or to fail: look again in a moment."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The table ``callbacks``."""

    database: Database

    async def is_news(self, event: Told) -> bool:
        """Whether a person has to tell the customer: it lies ahead, is the newest, was not said on the line.

        Raises:
            StillOnTheLineError: Cal.com tells us of a booking before it answers the voice agent.
        """
        if event.end < datetime.now(UTC):
            return False
        async with self.database.transaction() as session:
            row = await session.scalar(_appointment(event))
            if row is not None and row.version > event.version:
                return False
            return not any(map(_was_said, await _attempts(session, event, row)))

    async def ask(self, task: CallbackRequested) -> None:
        """Write the task and say so, once; settles the delivery that caused it.

        Raises:
            AlreadySettledError: a copy of the delivery did it.
        """
        async with self.database.settling() as session:
            added = await session.execute(
                insert(Callback)
                .values(
                    id=task.callback_id,
                    state="open",
                    **task.model_dump(exclude={"callback_id", "branch_name"}),
                )
                .on_conflict_do_nothing()
                .returning(Callback.id)
            )
            if added.first() is not None:
                await emit(session, task, source="notifier")


def _appointment(event: Told) -> Any:
    return select(Appointment).where(
        Appointment.company_id == event.company_id, Appointment.calcom_uid == event.calcom_uid
    )


async def _attempts(session: AsyncSession, event: Told, row: Appointment | None) -> Sequence[Booking]:
    """What was tried by phone and has led to this; a booking is known by its token before its uid."""
    about: list[ColumnElement[bool]] = [Booking.calcom_uid == event.calcom_uid]
    if row is not None and row.rescheduled_from:
        about.append(Booking.calcom_uid == row.rescheduled_from)
    if row is not None and row.token:
        about.append(Booking.token == row.token)
    query = select(Booking).where(
        Booking.company_id == event.company_id,
        Booking.kind == _KINDS[event.type],
        Booking.state != "refused",
        or_(*about),
    )
    if isinstance(event, AppointmentRescheduled):
        # It may have been moved by phone before, to another time.
        query = query.where(Booking.start_at == event.start)
    return (await session.scalars(query)).all()


def _was_said(attempt: Booking) -> bool:
    """The caller has heard that it is done; who was told to wait, or that it is not fixed yet, has not.

    What remains open of a change is a task already.
    """
    if attempt.state in _OPEN and attempt.updated_at > datetime.now(UTC) - _ON_THE_LINE:
        raise StillOnTheLineError(f"the attempt of call {attempt.call_id} is not settled yet")
    if attempt.state == "requested":
        return attempt.kind != "book"
    said = attempt.result or {}
    return attempt.state == "booked" and said.get("outcome") == "done" and not said.get("waited")
