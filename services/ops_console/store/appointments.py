"""Appointments of every company, the latest start first, with whom and for what."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, func, select, tuple_

from services.ops_console.store.refusals import NotThereError
from services.ops_console.store.sought import Sought
from services.ops_console.store.walks import Condition, Page, Place, Row, Walk, beginning, end, equal
from shared.db.engine import Database
from shared.db.tables import Appointment, Branch, Customer, Service, ServiceStaffEventType, Staff

_COLUMNS: Final = tuple(column for column in Appointment.__table__.c if column.key != "provenance")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which appointments. ``since``: they start then or later; ``staff``: part of a name.

    ``undated``: those alone that no webhook has told a time of; the others are left out of the list.
    """

    company_id: str | None = None
    branch_id: str | None = None
    call_id: str | None = None
    status: str | None = None
    staff: Sought | None = None
    text: Sought | None = None
    day: date | None = None
    since: datetime | None = None
    undated: bool = False


class Appointments:
    """Table ``appointments``, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, wanted: Wanted, limit: int, *, cursor: str | None = None, at: date | None = None
    ) -> Page:
        """Two statements at most, whatever ``limit`` is. ``at``: from the end of that day on (UTC).

        Raises NotSoundError for a cursor that is none of this list.
        """
        walk = _walk(wanted)
        place = walk.place(cursor) or (_end_of(at) if at else None)
        async with self._database.transaction() as session:
            return await walk.page(session, place, limit)

    async def show(self, appointment_id: uuid.UUID) -> Row:
        """Raises NotThereError."""
        one = select(*_COLUMNS).where(Appointment.id == appointment_id).subquery()
        async with self._database.transaction() as session:
            found: Row | None = (await session.execute(_named(one))).mappings().first()
        if found is None:
            raise NotThereError(f"There is no appointment {appointment_id}.")
        return found


def _end_of(day: date) -> Place:
    return Place((end(day), uuid.UUID(int=0)))


def _walk(wanted: Wanted) -> Walk:
    keys = (Appointment.__table__.c.id,) if wanted.undated else _DATED
    return Walk(
        columns=_COLUMNS,
        order=keys,
        named=_named,
        within=_within(wanted),
        sought=_sought(wanted),
        found=_found(wanted),
    )


_DATED: Final = (Appointment.__table__.c.start_at, Appointment.__table__.c.id)


def _within(wanted: Wanted) -> list[ColumnElement[bool]]:
    start = Appointment.start_at
    conditions: list[ColumnElement[bool]] = [start.is_(None) if wanted.undated else start.is_not(None)]
    if wanted.company_id is not None:
        conditions += [
            Appointment.company_id == wanted.company_id,
            *(holds(Appointment.__table__.c) for holds in _of_company(wanted)),
        ]
    if wanted.day is not None:
        conditions += [start >= beginning(wanted.day), start < end(wanted.day)]
    if wanted.since is not None:
        conditions.append(start >= wanted.since)
    return conditions


def _of_company(wanted: Wanted) -> list[Condition]:
    """What an index serves together with the company alone."""
    names = ("branch_id", "call_id")
    return [equal(name, value) for name in names if (value := getattr(wanted, name)) is not None]


def _sought(wanted: Wanted) -> list[Condition]:
    conditions = _of_company(wanted) if wanted.company_id is None else []
    if (status := wanted.status) is not None:
        conditions.append(lambda c: c.status == status)
    if (staff := wanted.staff) is not None:
        conditions.append(lambda c: _is_with(c, staff))
    if (text := wanted.text) is not None:
        conditions.append(lambda c: text.anywhere(c.title, c.attendee_name, c.attendee_phone))
    return conditions


def _found(wanted: Wanted) -> Sequence[Select[Any]]:
    if wanted.text is None:
        return ()
    rows = Appointment.__table__.c
    return (select(*_COLUMNS).where(*(holds(rows) for holds in _sought(wanted))),)


def _is_with(c: Any, staff: Sought) -> ColumnElement[bool]:
    """By the person whose event type it is, else by whom Cal.com calls the host."""
    theirs = (
        select(ServiceStaffEventType.company_id, ServiceStaffEventType.event_type_id)
        .join(Staff, _IS_MEMBER)
        .group_by(ServiceStaffEventType.company_id, ServiceStaffEventType.event_type_id)
        .having(_ALONE, staff.anywhere(func.min(Staff.name)))
    )
    return staff.anywhere(c.host_name) | tuple_(c.company_id, c.event_type_id).in_(theirs)


_IS_MEMBER: Final = (
    (Staff.company_id == ServiceStaffEventType.company_id)
    & (Staff.branch_id == ServiceStaffEventType.branch_id)
    & (Staff.key == ServiceStaffEventType.staff_key)
)
#: An event type that several people share says nothing about which of them it is.
_ALONE: Final = func.count(func.distinct(ServiceStaffEventType.staff_key)) == 1


def _named(rows: Subquery) -> Select[Any]:
    page = rows.c
    service = (Service.company_id == page.company_id) & (Service.branch_id == page.branch_id)
    customer = func.coalesce(Customer.name, page.attendee_name).label("customer")
    staff = func.coalesce(member_of(page), page.host_name).label("staff")
    names = (customer, staff, Branch.name.label("branch_name"), Service.name.label("service"))
    return (
        select(*page, *names)
        .select_from(rows)
        .outerjoin(Customer, Customer.id == page.customer_id)
        .outerjoin(Branch, (Branch.company_id == page.company_id) & (Branch.id == page.branch_id))
        .outerjoin(Service, service & (Service.key == page.service_key))
    )


def member_of(page: Any) -> ScalarSelect[Any]:
    """Whose event type it is; nobody where several people share it."""
    return (
        select(func.min(Staff.name))
        .select_from(ServiceStaffEventType)
        .join(Staff, _IS_MEMBER)
        .where(
            ServiceStaffEventType.company_id == page.company_id,
            ServiceStaffEventType.event_type_id == page.event_type_id,
        )
        .having(_ALONE)
        .scalar_subquery()
    )
