"""The rows below a branch: hours, services, staff, special days, number. Replaced whole with each version."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.branch import WEEKDAYS, Branch
from shared.db.tables import (
    OpeningHours,
    PhoneNumber,
    Service,
    ServiceAlias,
    ServiceStaffEventType,
    SpecialDay,
    Staff,
)
from shared.db.tables.base import Base

_DETAILS: Final = (OpeningHours, Service, ServiceAlias, Staff, ServiceStaffEventType, SpecialDay)


async def write_details(session: AsyncSession, branch: Branch) -> None:
    """Replace what is there. Doubles within a branch count once: the last one."""
    await _forget_all_but_number(session, branch.company_id, branch.branch_id)
    for table, rows in _rows(branch):
        key = [column.name for column in table.__table__.primary_key]
        unique = {tuple(row[name] for name in key if name in row): row for row in rows}
        if unique:
            await session.execute(insert(table).values([_own(branch) | row for row in unique.values()]))
    await _write_number(session, branch)


async def forget_details(session: AsyncSession, company_id: str, branch_id: str) -> None:
    """Remove everything, the number too: another branch may answer it now."""
    await _forget_all_but_number(session, company_id, branch_id)
    await session.execute(
        delete(PhoneNumber).where(PhoneNumber.company_id == company_id, PhoneNumber.branch_id == branch_id)
    )


async def _forget_all_but_number(session: AsyncSession, company_id: str, branch_id: str) -> None:
    for table in _DETAILS:
        await session.execute(
            delete(table).where(table.company_id == company_id, table.branch_id == branch_id)
        )


async def _write_number(session: AsyncSession, branch: Branch) -> None:
    """The number of another branch stays there: the step that binds it says so."""
    await session.execute(
        delete(PhoneNumber).where(
            PhoneNumber.company_id == branch.company_id,
            PhoneNumber.branch_id == branch.branch_id,
            PhoneNumber.number != (branch.phone_number or ""),
        )
    )
    if branch.phone_number is not None:
        row = _own(branch) | {"number": branch.phone_number}
        await session.execute(insert(PhoneNumber).values(row).on_conflict_do_nothing())


def _own(branch: Branch) -> dict[str, Any]:
    return {"company_id": branch.company_id, "branch_id": branch.branch_id}


def _rows(branch: Branch) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
    yield OpeningHours, list(_hours(branch))
    yield Service, [_service(branch, place) for place in range(len(branch.services))]
    yield ServiceAlias, [{"service_key": s.key, "alias": a} for s in branch.services for a in s.aliases]
    yield Staff, [{"key": member.key, "name": member.name} for member in branch.staff]
    yield ServiceStaffEventType, list(_choices(branch))
    yield SpecialDay, list(_special_days(branch))


def _hours(branch: Branch) -> Iterator[dict[str, Any]]:
    for key, intervals in branch.opening_hours.items():
        for each in intervals:
            yield {"weekday": WEEKDAYS.index(key), "opens": each.opens, "closes": each.closes}


def _service(branch: Branch, place: int) -> dict[str, Any]:
    fields = ("key", "name", "duration_minutes", "price_cents", "currency", "ask_back", "event_type_id")
    service = branch.services[place]
    return {"position": place, **{name: getattr(service, name) for name in fields}}


def _choices(branch: Branch) -> Iterator[dict[str, Any]]:
    for service in branch.services:
        for choice in service.staff:
            event_type = {"staff_key": choice.staff_key, "event_type_id": choice.event_type_id}
            yield {"service_key": service.key, **event_type}


def _special_days(branch: Branch) -> Iterator[dict[str, Any]]:
    for each in branch.special_days:
        hours = [interval.model_dump(mode="json") for interval in each.hours]
        yield {"day": each.day, "hours": hours, "note": each.note}
