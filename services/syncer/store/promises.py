"""What a call led to, by our rows, and the task of whoever has to put a broken promise right."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.promise_words import complaint
from services.syncer.merge.promises import Broken, Deed, Kind, Promise
from services.syncer.merge.promises_made import promises_of
from shared.clients.reach import caller_number
from shared.contracts.events import CallbackRequested
from shared.contracts.ids import digest
from shared.contracts.lenient import mapping_of, text_of
from shared.contracts.voice import About, language_of, zone_of
from shared.db.tables import Appointment, Booking, Branch, Call, Callback, Company, PhoneNumber

_KINDS: Final[dict[str, Kind]] = {"book": "booking", "reschedule": "move", "cancel": "cancellation"}
_CALLS_AGAIN: Final = timedelta(days=1)
_STANDS: Final = frozenset({"accepted", "pending", "unknown"})


async def promises_in(session: AsyncSession, call: Call) -> tuple[Promise, ...]:
    """By the analysis, and the transcript where that is silent."""
    called_at = call.started_at or call.created_at
    zone = zone_of(await _zone(session, call))
    return promises_of(_answers(call), call.transcript, called_at.astimezone(zone))


async def deeds_of(session: AsyncSession, call: Call) -> tuple[Deed, ...]:
    """Attempts of the call, appointments that came of it otherwise, and the callbacks that it left."""
    attempts = await _all(session, Booking, call)
    uids = [row.calcom_uid for row in attempts if row.calcom_uid]
    found = select(Appointment).where(
        Appointment.company_id == call.company_id,
        or_(Appointment.call_id == call.call_id, Appointment.calcom_uid.in_(uids)),
    )
    appointments = {row.calcom_uid: row for row in await session.scalars(found)}
    callbacks = [Deed("callback", "done") for _ in await _all(session, Callback, call)]
    return (*_deeds(call, attempts, appointments), *await _earlier(session, call), *callbacks)


async def _earlier(session: AsyncSession, call: Call) -> list[Deed]:
    """What stands of the same number's bookings by phone."""
    if (caller := _caller(call)) is None:
        return []
    joined = and_(Appointment.company_id == Booking.company_id, Appointment.calcom_uid == Booking.calcom_uid)
    query = (
        select(func.coalesce(Appointment.start_at, Booking.start_at))
        .select_from(Booking)
        .outerjoin(Appointment, joined)
        .where(
            Booking.company_id == call.company_id,
            Booking.call_id != call.call_id,
            Booking.state == "booked",
            Booking.kind == "book",
            Booking.created_at > (call.started_at or call.created_at) - _CALLS_AGAIN,
            Booking.request["customer"]["phone"].as_string() == caller,
            or_(Appointment.status.is_(None), Appointment.status.in_(_STANDS)),
        )
    )
    return [Deed("earlier", "done", start) for start in await session.scalars(query)]


def task_id(call: Call) -> str:
    """Of the one callback for the broken promises of a call."""
    return f"callback_{digest(f'promise:{call.company_id}:{call.call_id}')[:20]}"


async def redress(session: AsyncSession, call: Call, found: tuple[Broken, ...]) -> CallbackRequested:
    """The task for the person who puts it right, at once; the caller believes that all is well."""
    company = await session.get(Company, call.company_id)
    about = About(language_of(company.language if company else ""), await _zone(session, call), "")
    return CallbackRequested(
        company_id=call.company_id,
        callback_id=task_id(call),
        branch_id=call.branch_id,
        call_id=call.call_id,
        reason=complaint(about, found, text_of(_answers(call).get("promised_when")) or call.summary),
        urgency="urgent",
        kind="promise",
        phone=await _phone(session, call),
        customer_name=await _name(session, call),
    )


def said_of(call: Call) -> str:
    """The promise in the words of the analysis."""
    return text_of(_answers(call).get("promised_when")) or call.summary or "appointment"


def _answers(call: Call) -> dict[str, Any]:
    return mapping_of(mapping_of(call.analysis).get("custom_analysis_data"))


def _deeds(call: Call, attempts: list[Booking], appointments: dict[str, Appointment]) -> Iterator[Deed]:
    changed = {_changed(row) for row in attempts if row.kind != "book" and row.state == "booked"}
    for row in attempts:
        if row.state != "refused":
            appointment = appointments.pop(row.calcom_uid or "", None)
            yield _attempted(call, row, appointment, by_itself=row.calcom_uid in changed)
    for left in appointments.values():
        # The others are those that a refused attempt was about.
        if left.call_id == call.call_id:
            kind: Kind = "move" if left.rescheduled_from else "booking"
            stood = _stood(call, left) or left.calcom_uid in changed
            yield Deed(kind, "done" if stood else "undone", left.start_at)


def _attempted(call: Call, row: Booking, appointment: Appointment | None, *, by_itself: bool) -> Deed:
    kind = _KINDS.get(row.kind, "booking")
    if row.state != "booked":
        return Deed(kind, "noted" if row.state == "requested" else "open", row.start_at)
    if kind == "cancellation" or appointment is None:
        return Deed(kind, "done", row.start_at)
    stands = by_itself or _stood(call, appointment)
    # A wish may have been booked at the nearest time to it.
    return Deed(kind, "done" if stands else "undone", appointment.start_at or row.start_at)


def _stood(call: Call, appointment: Appointment) -> bool:
    """When the call ended: who cancels later knows what they do."""
    since = appointment.last_event_at or appointment.updated_at
    return appointment.status in _STANDS or (call.ended_at is not None and since > call.ended_at)


def _changed(row: Booking) -> str | None:
    return (row.result or {}).get("changed_uid") or row.calcom_uid


async def _all(session: AsyncSession, table: Any, call: Call) -> list[Any]:
    rows = select(table).where(table.company_id == call.company_id, table.call_id == call.call_id)
    return list(await session.scalars(rows.order_by(table.created_at)))


async def _zone(session: AsyncSession, call: Call) -> str:
    """The branch's."""
    branch = await session.get(Branch, (call.company_id, call.branch_id)) if call.branch_id else None
    return branch.timezone if branch else "Europe/Berlin"


async def _phone(session: AsyncSession, call: Call) -> str | None:
    """The caller's, unless it is hidden, impossible or one of the company's own: those are of no use."""
    own = select(PhoneNumber.number).where(PhoneNumber.company_id == call.company_id)
    numbers = {*(await session.scalars(own)), call.to_number if call.direction != "outbound" else None}
    return caller_number(_caller(call), numbers)


def _caller(call: Call) -> str | None:
    return call.to_number if call.direction == "outbound" else call.from_number


async def _name(session: AsyncSession, call: Call) -> str | None:
    """As it was said in the call."""
    for row in await _all(session, Booking, call):
        request = row.request
        if name := text_of(request.get("customer_name")) or text_of(
            mapping_of(request.get("customer")).get("name")
        ):
            return name
    return None
