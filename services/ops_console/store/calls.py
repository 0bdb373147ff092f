"""Phone calls of every company, the latest first, with who called and for what. Never what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, select, true

from services.ops_console.store.appointments import member_of
from services.ops_console.store.refusals import NotThereError
from services.ops_console.store.sought import Sought
from services.ops_console.store.walks import Condition, Page, Place, Row, Walk, beginning, end, equal
from shared.db.engine import Database
from shared.db.tables import Appointment, Branch, Call, Callback, Customer, Service

#: The text of a call is read in Retell's own console, where access to it is kept.
_LEFT_OUT: Final = frozenset({"transcript", "provenance", "analysis", "recording_url", "transfers"})
_COLUMNS: Final = tuple(column for column in Call.__table__.c if column.key not in _LEFT_OUT)
_KEYS: Final = (Call.__table__.c.started_at, Call.__table__.c.company_id, Call.__table__.c.call_id)
#: Smaller than of appointments: where a caller is sought by name, each call costs a look at its appointment.
_WINDOW: Final = 2_000


@dataclass(frozen=True, slots=True)
class WantedCalls:
    """Which calls. ``not_begun``: those alone that never began; the others are left out of the list."""

    company_id: str | None = None
    branch_id: str | None = None
    call_id: str | None = None
    status: str | None = None
    outcome: str | None = None
    text: Sought | None = None
    day: date | None = None
    not_begun: bool = False


@dataclass(frozen=True, slots=True)
class CallStory:
    """A call with the tasks that it left."""

    call: Row
    tasks: Sequence[Callback]


class Calls:
    """Table ``calls``, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, wanted: WantedCalls, limit: int, *, cursor: str | None = None, at: date | None = None
    ) -> Page:
        """Two statements at most, whatever ``limit`` is. ``at``: from the end of that day on (UTC).

        Raises NotSoundError for a cursor that is none of this list.
        """
        walk = _walk(wanted)
        place = walk.place(cursor) or (_end_of(at) if at else None)
        async with self._database.transaction() as session:
            return await walk.page(session, place, limit)

    async def show(self, company_id: str, call_id: str) -> CallStory:
        """Raises NotThereError."""
        one = select(*_COLUMNS).where(Call.company_id == company_id, Call.call_id == call_id).subquery()
        left = select(Callback).where(Callback.company_id == company_id, Callback.call_id == call_id)
        async with self._database.transaction() as session:
            found: Row | None = (await session.execute(_named(one))).mappings().first()
            if found is None:
                raise NotThereError(f"There is no call {call_id} of {company_id}.")
            tasks = (await session.scalars(left.order_by(Callback.created_at))).all()
        return CallStory(found, tasks)


def _end_of(day: date) -> Place:
    return Place((end(day), "", ""))


def _walk(wanted: WantedCalls) -> Walk:
    return Walk(
        columns=_COLUMNS,
        order=_KEYS[1:] if wanted.not_begun else _KEYS,
        named=_named,
        within=_within(wanted),
        sought=_sought(wanted),
        found=_found(wanted),
        window=_WINDOW,
    )


def _within(wanted: WantedCalls) -> list[ColumnElement[bool]]:
    start = Call.started_at
    conditions: list[ColumnElement[bool]] = [start.is_(None) if wanted.not_begun else start.is_not(None)]
    if wanted.company_id is not None:
        conditions.append(Call.company_id == wanted.company_id)
        if wanted.call_id is not None:
            conditions.append(Call.call_id == wanted.call_id)
    if wanted.day is not None:
        conditions += [start >= beginning(wanted.day), start < end(wanted.day)]
    return conditions


def _sought(wanted: WantedCalls) -> list[Condition]:
    conditions: list[Condition] = [*_plain(wanted)]
    if (text := wanted.text) is not None:
        conditions.append(lambda c: text.anywhere(c.from_number, c.summary) | _is_for(c, text))
    return conditions


def _plain(wanted: WantedCalls) -> list[Condition]:
    names = ["branch_id", "status", "outcome"]
    # No index has it without the company.
    names += ["call_id"] if wanted.company_id is None else []
    return [equal(name, value) for name in names if (value := getattr(wanted, name)) is not None]


def _found(wanted: WantedCalls) -> Sequence[Select[Any]]:
    """By what stands in the call, and by whom its appointments are for: an index each."""
    if (text := wanted.text) is None:
        return ()
    rows = select(*_COLUMNS).where(*(holds(Call.__table__.c) for holds in _plain(wanted)))
    of_call = (Appointment.company_id == Call.company_id) & (Appointment.call_id == Call.call_id)
    by_name = text.anywhere(Appointment.attendee_name)
    return (
        rows.where(text.anywhere(Call.from_number, Call.summary)),
        rows.join(Appointment, of_call).where(by_name),
    )


def _is_for(c: Any, text: Sought) -> ColumnElement[bool]:
    of_call = (Appointment.company_id == c.company_id) & (Appointment.call_id == c.call_id)
    return exists().where(of_call, text.anywhere(Appointment.attendee_name))


#: Of the appointment that came of a call.
_MADE: Final = (
    Appointment.id, Appointment.company_id, Appointment.branch_id, Appointment.event_type_id,
    Appointment.service_key, Appointment.host_name, Appointment.attendee_name,
)  # fmt: skip


def _named(rows: Subquery) -> Select[Any]:
    """The newest appointment that came of the call says for whom and for what; else the number says who."""
    page = rows.c
    made = (
        select(*_MADE)
        .where(Appointment.company_id == page.company_id, Appointment.call_id == page.call_id)
        .order_by(Appointment.created_at.desc())
        .limit(1)
        .lateral("made")
    )
    known = (
        select(Customer.name)
        .where(Customer.company_id == page.company_id, Customer.phone == page.from_number)
        .order_by(Customer.updated_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    service = (Service.company_id == made.c.company_id) & (Service.branch_id == made.c.branch_id)
    return (
        select(
            *page,
            made.c.id.label("appointment_id"),
            func.coalesce(made.c.attendee_name, known).label("customer"),
            func.coalesce(member_of(made.c), made.c.host_name).label("staff"),
            Branch.name.label("branch_name"),
            Service.name.label("service"),
        )
        .select_from(rows)
        .outerjoin(made, true())
        .outerjoin(Branch, (Branch.company_id == page.company_id) & (Branch.id == page.branch_id))
        .outerjoin(Service, service & (Service.key == made.c.service_key))
    )
