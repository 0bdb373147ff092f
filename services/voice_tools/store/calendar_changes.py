"""What has happened in a company's calendar: the webhooks' trace in our tables, and our callers' holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, bindparam, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.voice_tools.store.standing import STANDS
from services.voice_tools.store.taken import SKEW, Change, News
from services.voice_tools.values import Call
from shared.db.engine import Database
from shared.db.tables import Appointment, CalcomEventType, SlotHold
from shared.errors import InfrastructureError
from shared.observability.logging import get_logger

_log = get_logger("slots")
_NO_TIME: Final = cast(null(), TIMESTAMP(timezone=True))
_OF_COMPANY: Final = bindparam("company", type_=Text)
_APPOINTMENTS: Final = select(
    Appointment.status.label("kind"),
    Appointment.event_type_id,
    Appointment.start_at,
    Appointment.end_at,
    Appointment.updated_at,
    func.jsonb_build_array(Appointment.host_name),
).where(
    Appointment.company_id == _OF_COMPANY,
    Appointment.start_at > func.now(),
    Appointment.updated_at > bindparam("moment", type_=TIMESTAMP(timezone=True)),
)
_HOLDS: Final = select(
    cast(literal("held"), Text),
    SlotHold.event_type_id,
    SlotHold.start_at,
    SlotHold.end_at,
    SlotHold.expires_at,
    cast(literal("[]", Text), JSONB),
).where(
    SlotHold.company_id == _OF_COMPANY,
    SlotHold.call_id != bindparam("call", type_=Text),
    SlotHold.expires_at > func.now(),
)
_HOSTS: Final = select(
    cast(literal("hosts"), Text), CalcomEventType.id, _NO_TIME, _NO_TIME, _NO_TIME, CalcomEventType.hosts
).where(CalcomEventType.company_id == _OF_COMPANY, CalcomEventType.gone_at.is_(None))
#: Written once: a caller waits while SQLAlchemy turns a statement into text.
_NEWS: Final = union_all(_APPOINTMENTS, _HOLDS, _HOSTS)


class CalendarChanges:
    """Reads ``appointments``, ``slot_holds`` and the catalogue, all in one round trip."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, call: Call, moment: datetime) -> News:
        """What was booked, moved or cancelled after ``moment`` and is still to come; other calls' holds.

        Nothing while the database is away: what is known then is the best there is.
        """
        asked = {"company": call.company_id, "call": call.call_id, "moment": moment - SKEW}
        try:
            async with self._database.single() as connection:
                rows = (await connection.execute(_NEWS, asked)).all()
        except InfrastructureError as error:
            _log.warning("slots.unchecked", reason=str(error))
            return News()
        return _read(rows)


def _read(rows: Iterable[Any]) -> News:
    hosts, changes = dict[int, frozenset[str]](), list[Change]()
    for kind, event_type_id, start, end, at, names in rows:
        named = frozenset(name for name in names if name)
        if kind == "hosts":
            hosts[event_type_id] = named
        else:
            changes.append(Change(_kind(kind), event_type_id or 0, start, end or start, at, named))
    # A hold names nobody: its event type does.
    return News(hosts=hosts).also(changes)


def _kind(status: str) -> Any:
    if status == "held":
        return status
    return "taken" if status in STANDS else "freed"
