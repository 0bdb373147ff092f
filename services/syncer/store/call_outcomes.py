"""What a call led to, from our own rows first; the same whichever of call and appointment comes first."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.store.locks import lock
from shared.contracts.lenient import mapping_of, text_of
from shared.db.tables import Appointment, Booking, Call, Callback

_BY_KIND: Final = {"cancel": "cancelled", "reschedule": "rescheduled", "book": "booked"}


async def lock_call(session: AsyncSession, company_id: str, call_id: str) -> None:
    """Call and appointments of one call are written one after the other: each sees what the other wrote."""
    await lock(session, "call", company_id, call_id)


async def note_outcome(session: AsyncSession, company_id: str, call_id: str) -> None:
    """Write the call's outcome anew; nothing happens while there is no call."""
    await lock_call(session, company_id, call_id)
    call = await session.get(Call, (company_id, call_id))
    if call is not None:
        call.outcome = await outcome_of(session, call)


async def outcome_of(session: AsyncSession, call: Call) -> str | None:
    """One word, such as booked, rescheduled, cancelled, callback, transferred, voicemail, not_connected."""
    return (
        await _appointment(session, call)
        or await _attempt(session, call)
        or await _callback(session, call)
        or _told_by_retell(call)
    )


async def _appointment(session: AsyncSession, call: Call) -> str | None:
    query = select(Appointment.status, Appointment.rescheduled_from).where(
        Appointment.company_id == call.company_id, Appointment.call_id == call.call_id
    )
    rows = (await session.execute(query)).all()
    live = [row for row in rows if row[0] in {"accepted", "pending"}]
    if live:
        return "rescheduled" if all(row[1] for row in live) else "booked"
    return "cancelled" if any(row[0] in {"cancelled", "rejected"} for row in rows) else None


async def _attempt(session: AsyncSession, call: Call) -> str | None:
    query = (
        select(Booking.kind)
        .where(
            Booking.company_id == call.company_id,
            Booking.call_id == call.call_id,
            Booking.state.in_(("booked", "pending")),
        )
        .order_by(Booking.created_at.desc())
        .limit(1)
    )
    kind = (await session.execute(query)).scalar_one_or_none()
    return _BY_KIND.get(kind, kind) if kind else None


async def _callback(session: AsyncSession, call: Call) -> str | None:
    query = select(Callback.id).where(
        Callback.company_id == call.company_id, Callback.call_id == call.call_id
    )
    return "callback" if (await session.execute(query.limit(1))).first() else None


def _told_by_retell(call: Call) -> str | None:
    if any(transfer.get("event") == "transfer_bridged" for transfer in call.transfers):
        return "transferred"
    analysis: dict[str, Any] = call.analysis or {}
    custom = mapping_of(analysis.get("custom_analysis_data"))
    if analysis.get("in_voicemail") is True:
        return "voicemail"
    if said := text_of(custom.get("outcome")) or text_of(custom.get("call_outcome")):
        return said[:100]
    not_connected = call.status != "started" and call.started_at is None
    return "not_connected" if not_connected else None
