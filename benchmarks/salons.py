"""Branches with a calendar at the simulated Cal.com, hours, and an appointment of somebody known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from infra.simulators.control import CalcomControl
from infra.simulators.store import Document
from shared.contracts.branch import Branch
from shared.db.engine import Database
from shared.db.tables import Appointment, CalcomEventType, Company, Provisioning
from shared.db.tables import Branch as BranchRow
from shared.db.vault import Vault

ZONE: Final = ZoneInfo("Europe/Berlin")
KNOWN_NAME: Final = "Anna Meyer"
LENGTH: Final = timedelta(minutes=30)
_WORKING: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Salon:
    """One company with one branch and one hairdresser."""

    number: int
    retell_key: str
    calcom_key: str
    event_type_id: int

    @property
    def company_id(self) -> str:
        """Of the company and its hairdresser."""
        return f"salon-{self.number:03}"

    @property
    def agent_id(self) -> str:
        """At Retell."""
        return f"agent_{self.number:03}"


def working_day(ahead: int) -> date:
    """A Monday to Friday, at least ``ahead`` days from now."""
    day = datetime.now(ZONE).date() + timedelta(days=ahead)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)  # noqa: PLR2004


async def opened(database: Database, calcom: CalcomControl, vault: Vault, count: int) -> list[Salon]:
    """``count`` of them, in the database and at Cal.com."""
    salons = [await _at_calcom(calcom, number) for number in range(count)]
    for place in range(0, count, _AT_ONCE):
        await _entered(database, vault, salons[place : place + _AT_ONCE])
    return salons


async def booked_by_webhook(database: Database, salon: Salon, uid: str, start: datetime) -> None:
    """The row that the syncer writes when Cal.com tells of a booking."""
    async with database.transaction() as session:
        await session.execute(insert(Appointment).values(_appointment(salon, uid, start)))


async def _at_calcom(calcom: CalcomControl, number: int) -> Salon:
    name = f"salon-{number:03}"
    account = await calcom.add_account(username=name, name=name)
    hours = {"days": list(_WORKING), "startTime": "08:00", "endTime": "18:00"}
    schedule: Document = {"timeZone": "Europe/Berlin", "availability": [hours]}
    made = await calcom.add_event_type(account["id"], "Schnitt", 30, schedule=schedule)
    return Salon(number, f"key_{number:032}", str(account["apiKey"]), int(made["id"]))


async def _entered(database: Database, vault: Vault, salons: Sequence[Salon]) -> None:
    start = datetime.combine(working_day(3), time(8), ZONE).astimezone(UTC)
    tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (Company, [_company(salon, vault) for salon in salons]),
        (BranchRow, [_branch(salon) for salon in salons]),
        (Provisioning, [_provisioning(salon) for salon in salons]),
        (CalcomEventType, [_event_type(salon) for salon in salons]),
        (Appointment, [_appointment(salon, "known", start) for salon in salons]),
    )
    async with database.transaction() as session:
        for table, rows in tables:
            await session.execute(insert(table), rows)


def _company(salon: Salon, vault: Vault) -> dict[str, Any]:
    return {
        "id": salon.company_id,
        "name": salon.company_id,
        "retell_api_key_encrypted": vault.seal(salon.retell_key),
        "calcom_api_key_encrypted": vault.seal(salon.calcom_key),
    }


def _branch(salon: Salon) -> dict[str, Any]:
    service = {"key": "schnitt", "name": "Schnitt", "event_type_id": salon.event_type_id}
    hours = {day: ["08:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    document = {
        "company_id": salon.company_id,
        "branch_id": "mitte",
        "version": 1,
        "name": salon.company_id,
        "address": {"city": "Berlin", "subdivision": "BE"},
        "opening_hours": hours,
        "services": [service],
        "phone_number": f"+4930{salon.number:08}",
    }
    branch = Branch.model_validate(document)
    columns = {name: getattr(branch, name) for name in ("company_id", "name", "language", "timezone")}
    return {**columns, "id": "mitte", "version": 1, "document": branch.model_dump(mode="json")}


def _provisioning(salon: Salon) -> dict[str, Any]:
    of_branch = {"company_id": salon.company_id, "branch_id": "mitte"}
    return {**of_branch, "target_version": 1, "agent_id": salon.agent_id}


def _event_type(salon: Salon) -> dict[str, Any]:
    named = {"company_id": salon.company_id, "id": salon.event_type_id, "title": "Schnitt", "slug": "schnitt"}
    return {**named, "length_minutes": 30, "hosts": [salon.company_id], "bookable": "yes"}


def _appointment(salon: Salon, uid: str, start: datetime) -> dict[str, Any]:
    return {
        "company_id": salon.company_id,
        "branch_id": "mitte",
        "calcom_uid": uid,
        "status": "accepted",
        "event_type_id": salon.event_type_id,
        "service_key": "schnitt",
        "host_name": salon.company_id,
        "start_at": start,
        "end_at": start + LENGTH,
        "attendee_name": KNOWN_NAME,
    }
