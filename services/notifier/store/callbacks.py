"""Calls that the company has to make because nobody else can tell the customer."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    CallbackRequested,
)
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Appointment, Booking, Callback


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The table ``callbacks``."""

    database: Database

    async def changed_by_phone(self, event: AppointmentRescheduled | AppointmentCancelled) -> bool:
        """Whether the caller changed it on the line, and so was told by the voice agent."""
        kind = "cancel" if isinstance(event, AppointmentCancelled) else "reschedule"
        # Cal.com tells us of a change before it answers whoever asked for it: such a row is not settled yet.
        mine = (Booking.company_id == event.company_id) & (Booking.state != "refused")
        uid = event.calcom_uid
        earlier = select(Appointment.rescheduled_from).where(
            Appointment.company_id == event.company_id, Appointment.calcom_uid == uid
        )
        about = (Booking.calcom_uid == uid) | Booking.calcom_uid.in_(earlier)
        async with self.database.transaction() as session:
            found = await session.execute(select(Booking.token).where(mine, Booking.kind == kind, about))
            return found.first() is not None

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
