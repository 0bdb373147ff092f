"""What the agent promised in a call, compared with what was really done."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.events import CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.lenient import mapping_of, text_of
from shared.db.tables import Appointment, Booking, Call, Company

#: An attempt that was not refused is done, or will be, or ends in a call back of its own.
_REFUSED: Final = "refused"
_SENTENCES: Final = {
    "de": "Zugesagt, aber nicht im Kalender: {promise}.",
    "en": "Promised, but not in the calendar: {promise}.",
}


def promise_of(call: Call) -> str | None:
    """The promise in words, once the analysis says that an appointment was said to be made or changed."""
    said = mapping_of(mapping_of(call.analysis).get("custom_analysis_data"))
    if call.status != "analyzed" or said.get("appointment_promised") is not True:
        return None
    return text_of(said.get("promised_when")) or call.summary or "appointment"


async def is_kept(session: AsyncSession, call: Call) -> bool:
    """Something of this call is in the calendar, or on its way there."""
    attempts = select(Booking.token).where(
        Booking.company_id == call.company_id, Booking.call_id == call.call_id, Booking.state != _REFUSED
    )
    appointments = select(Appointment.id).where(
        Appointment.company_id == call.company_id, Appointment.call_id == call.call_id
    )
    for query in (attempts, appointments):
        if (await session.execute(query.limit(1))).first() is not None:
            return True
    return False


async def redress(session: AsyncSession, call: Call, promise: str) -> CallbackRequested:
    """The task for the person who puts it right; the caller believes that all is well."""
    company = await session.get(Company, call.company_id)
    language = "en" if company is not None and company.language.startswith("en") else "de"
    return CallbackRequested(
        company_id=call.company_id,
        callback_id=f"callback_{digest(f'promise:{call.company_id}:{call.call_id}')[:20]}",
        branch_id=call.branch_id,
        call_id=call.call_id,
        reason=_SENTENCES[language].format(promise=promise),
        phone=call.from_number,
    )
