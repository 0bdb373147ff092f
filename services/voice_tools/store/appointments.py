"""The appointments a caller may mean, and the numbers by which the agent names them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from services.voice_tools.store.standing import STANDS, Standing, standing_of
from services.voice_tools.values import Call, Found
from shared.db.engine import Database
from shared.db.tables import Appointment, AppointmentCode

_LIFETIME: Final = timedelta(minutes=30)
_MOST: Final = 200
#: No call has said less than nothing: nobody waits for a reply.
_UNKNOWN: Final = -1


class Appointments:
    """Rows of ``appointments``; everything here raises InfrastructureError while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on(self, call: Call, day: date) -> list[Found]:
        """Those of the branch on that day which are still to come; whose they are is for others to judge."""
        first = datetime.combine(day, time(), ZoneInfo(call.branch.timezone))
        last = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(call.branch.timezone))
        query = (
            select(Appointment)
            .where(
                Appointment.company_id == call.company_id,
                (Appointment.branch_id == call.branch.branch_id) | Appointment.branch_id.is_(None),
                Appointment.status.in_(STANDS),
                Appointment.start_at >= max(first, call.now),
                Appointment.start_at < last,
            )
            .order_by(Appointment.start_at)
            .limit(_MOST)
        )
        async with self._database.transaction() as session:
            return [found for row in await session.scalars(query) if (found := _found(row)) is not None]

    async def name(self, call: Call, found: Sequence[Found]) -> list[Found]:
        """Give each a number of this call; an appointment keeps its own. They are read out in this turn."""
        async with self._database.transaction() as session:
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(call.call_id))))
            rows = await session.scalars(select(AppointmentCode).where(*_of(call)))
            known = {row.calcom_uid: row.code for row in rows}
            for each in found:
                code = known.setdefault(each.uid, str(len(known) + 1))
                await session.execute(_coded(call, each.uid, code))
        return [replace(each, code=known[each.uid]) for each in found]

    async def named(self, call: Call, code: str | None) -> Found | None:
        """The appointment of a number, as it is now; None for a number that was not given in this call.

        Moved meanwhile it is the one that it was moved to, in this call or by others.
        """
        digits = "".join(char for char in code or "" if char.isdigit())
        query = select(AppointmentCode).where(
            *_of(call), AppointmentCode.code == digits, AppointmentCode.expires_at > func.now()
        )
        async with self._database.transaction() as session:
            row = await session.scalar(query)
            if row is None:
                return None
            now = await standing_of(session, call.company_id, call.call_id, row.calcom_uid)
            found = _found(now.row) if now.row is not None else None
        return None if found is None else _as_it_is(found, now, row)

    async def asked(self, call: Call, found: Found, turn: int | None) -> None:
        """The caller is asked about it, having said ``turn``; None: whatever comes next counts as a reply."""
        async with self._database.transaction() as session:
            await session.execute(
                update(AppointmentCode)
                .where(*_of(call), AppointmentCode.code == found.code)
                .values(asked_turn=_turn(turn))
            )


def _of(call: Call) -> tuple[Any, Any]:
    return AppointmentCode.company_id == call.company_id, AppointmentCode.call_id == call.call_id


def _as_it_is(found: Found, now: Standing, row: AppointmentCode) -> Found:
    start, awaiting = now.start or found.start, now.status == "pending"
    return replace(
        found, code=row.code, turn=row.asked_turn, uid=now.uid, start=start, awaiting=awaiting, over=now.over
    )


def _turn(turns: int | None) -> int:
    return _UNKNOWN if turns is None else turns


def _coded(call: Call, uid: str, code: str) -> Insert:
    statement = insert(AppointmentCode).values(
        company_id=call.company_id,
        call_id=call.call_id,
        code=code,
        calcom_uid=uid,
        asked_turn=_turn(call.turns),
        expires_at=call.now + _LIFETIME,
    )
    renewed = {name: statement.excluded[name] for name in ("asked_turn", "expires_at")}
    return statement.on_conflict_do_update(index_elements=["company_id", "call_id", "code"], set_=renewed)


def _found(row: Appointment) -> Found | None:
    if row.start_at is None:
        return None
    return Found(
        uid=row.calcom_uid,
        start=row.start_at,
        name=row.attendee_name or "",
        title=row.title,
        service_key=row.service_key,
        event_type_id=row.event_type_id,
        host_name=row.host_name,
        phone=row.attendee_phone,
    )
