"""Where an appointment takes place: the branch and the service that its event type stands for."""

from dataclasses import dataclass

from sqlalchemy import Select, and_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import Branch, Service, ServiceStaffEventType


@dataclass(frozen=True, slots=True)
class Place:
    """A branch and what is booked there."""

    branch_id: str
    service_key: str


async def place_of(
    session: AsyncSession, company_id: str, event_type_id: int | None, preferred: str | None
) -> Place | None:
    """Who offers the event type; None where no branch knows it. ``preferred``: the branch that booked it."""
    if event_type_id is None:
        return None
    offers = union_all(_services(company_id, event_type_id), _staff(company_id, event_type_id)).subquery()
    is_branch = and_(Branch.company_id == company_id, Branch.id == offers.c.branch_id)
    query = (
        select(offers.c.branch_id, offers.c.key)
        .join(Branch, is_branch)
        .order_by(Branch.id != (preferred or ""), Branch.deleted_at.is_not(None), Branch.id, offers.c.key)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return Place(row[0], row[1]) if row else None


async def zone_and_service(
    session: AsyncSession, company_id: str, branch_id: str | None, service_key: str | None
) -> tuple[str | None, str | None]:
    """(time zone of the branch, name of the service), None for what is not known."""
    if branch_id is None:
        return None, None
    same = and_(
        Service.company_id == Branch.company_id,
        Service.branch_id == Branch.id,
        Service.key == (service_key or ""),
    )
    query = (
        select(Branch.timezone, Service.name)
        .outerjoin(Service, same)
        .where(Branch.company_id == company_id, Branch.id == branch_id)
    )
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else (None, None)


def _services(company_id: str, event_type_id: int) -> Select[str, str]:
    return select(Service.branch_id, Service.key).where(
        Service.company_id == company_id, Service.event_type_id == event_type_id
    )


def _staff(company_id: str, event_type_id: int) -> Select[str, str]:
    return select(ServiceStaffEventType.branch_id, ServiceStaffEventType.service_key).where(
        ServiceStaffEventType.company_id == company_id, ServiceStaffEventType.event_type_id == event_type_id
    )
