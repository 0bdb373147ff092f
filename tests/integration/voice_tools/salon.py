"""A company with one branch, and what its callers do."""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import insert, select, update

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from shared.clients.signatures import sign_retell
from shared.contracts.branch import Branch
from shared.contracts.envelope import Envelope, Unparsable, parse_envelope
from shared.db.engine import Database
from shared.db.tables import Appointment, Booking, Company, Outbox
from shared.db.tables import Branch as BranchRow
from tests.support import eventually

DOMAIN = "bookings.example"
#: A machine with other work is no slow calendar; what the budgets are is asked in test_told_and_done.py.
PATIENT = {"VOICE_LOOK_SECONDS": "5"}
ZONE = ZoneInfo("Europe/Berlin")
MOBILE = "+4915112345678"
WEEK = ("mon", "tue", "wed", "thu", "fri")


def environment_of(broker_url: str, database_url: str, simulators: Simulators) -> dict[str, str]:
    """Of a service that works for callers, with the budgets of production."""
    return {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "CALCOM_BASE_URL": simulators.calcom_url,
        "RETELL_BASE_URL": simulators.retell_url,
        "BOOKING_EMAIL_DOMAIN": DOMAIN,
    }


@dataclass
class Salon:
    """A company with one branch: its hours are narrower than its calendar."""

    client: httpx.AsyncClient
    database: Database
    calcom: CalcomControl
    account: dict[str, Any]
    branch: Branch
    event_type_id: int
    company_id: str
    retell_key: str
    agent_id: str
    published: list[Envelope | Unparsable]
    call_id: str = field(default_factory=lambda: f"call_{secrets.token_hex(8)}")

    def call(self, **changes: Any) -> dict[str, Any]:
        """The call object of the request."""
        number = self.branch.phone_number
        call = {
            "call_id": self.call_id,
            "agent_id": self.agent_id,
            "from_number": MOBILE,
            "to_number": number,
        }
        return {"direction": "inbound", **call, **changes}

    async def ask(self, name: str, args: dict[str, Any] | None = None, **call: Any) -> dict[str, Any]:
        """The answer of a function, which is always 200."""
        body = {"name": "Reservar_cita", "call": self.call(**call), "args": args or {}}
        answer = await self.post(f"/functions/{self.company_id}/{name}", body)
        assert answer.status_code == 200, answer.text
        assert {"status", "say", "next"} <= set(answer.json())
        return dict(answer.json())

    async def ring(self, **call: Any) -> dict[str, str]:
        """The variables of a call that comes in."""
        answer = await self.post(
            f"/calls/inbound/{self.company_id}", {"event": "call_inbound", "call_inbound": self.call(**call)}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["call_inbound"]["dynamic_variables"])

    async def post(self, path: str, body: Any, *, key: str | None = None, age_ms: int = 0) -> httpx.Response:
        """Signed as Retell signs."""
        raw = json.dumps(body).encode()
        signature = sign_retell(raw, key or self.retell_key, int(time.time() * 1000) - age_ms)
        headers = {"X-Retell-Signature": signature, "Content-Type": "application/json"}
        return await self.client.post(path, content=raw, headers=headers)

    async def offered(self, day: date | None = None, **args: Any) -> dict[str, Any]:
        """What check_availability answers for the haircut; told to wait a moment, the agent asks again."""
        wish = {"service": "herrenschnitt", **({"date": day.isoformat()} if day else {}), **args}

        async def answered() -> dict[str, Any] | None:
            answer = await self.ask("check_availability", wish)
            return None if answer["next"] == "call_check_availability_again" else answer

        return dict(await eventually(answered, of="free times") or {})

    async def book(self, code: str, name: str = "Anna Meyer", **details: Any) -> dict[str, Any]:
        """A booking that the caller has said yes to."""
        call = details.pop("call", {})
        args = {"slot_code": code, "customer_name": name, "caller_confirmed": True, **details}
        return await self.ask("book_appointment", args, **call)

    def another_call(self) -> "Salon":
        """Somebody else calls the same salon."""
        return Salon(
            self.client, self.database, self.calcom, self.account, self.branch, self.event_type_id,
            self.company_id, self.retell_key, self.agent_id, self.published,
        )  # fmt: skip

    async def bookings_at_calcom(self) -> list[dict[str, Any]]:
        """Everything in the calendar of the salon."""
        headers = {"Authorization": f"Bearer {self.account['apiKey']}", "cal-api-version": "2026-02-25"}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(
                f"{self.calcom.root}/v2/bookings", headers=headers, params={"take": 250}
            )
        answer.raise_for_status()
        return list(answer.json()["data"])

    async def appointment(self, uid: str, **fields: Any) -> None:
        """The row that the syncer writes after the webhook."""
        row = {"company_id": self.company_id, "calcom_uid": uid, "status": "accepted", **fields}
        async with self.database.transaction() as session:
            await session.execute(insert(Appointment).values(**row))

    async def speaks(self, language: str) -> None:
        """The company's people read this language; to be told before the first request."""
        company = update(Company).where(Company.id == self.company_id)
        async with self.database.transaction() as session:
            await session.execute(company.values(language=language))

    async def cancel_at_calcom(self, uid: str) -> None:
        """The host cancels it there."""
        headers = {"Authorization": f"Bearer {self.account['apiKey']}", "cal-api-version": "2026-02-25"}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                f"{self.calcom.root}/v2/bookings/{uid}/cancel", headers=headers, json={}
            )
        answer.raise_for_status()

    async def events(self, event_type: str) -> list[Envelope]:
        """Events of the company that have reached the event log's queue, or are in the outbox."""
        async with self.database.transaction() as session:
            query = select(Outbox.body).where(Outbox.event_type == event_type)
            waiting = [parse_envelope(bytes(raw)) for raw in await session.scalars(query)]
        found = [each for each in (*waiting, *self.published) if isinstance(each, Envelope)]
        ours = [each for each in found if each.attributes.companyid == self.company_id]
        return list({each.id: each for each in ours if each.type == event_type}.values())

    async def event(self, event_type: str, *, within: float = 5.0) -> Envelope:
        """The one event of this type."""
        found = await eventually(lambda: self.events(event_type), within=within, of=event_type)
        assert len(found) == 1
        return found[0]

    async def attempts(self) -> list[Booking]:
        """The rows of the company's attempts."""
        query = select(Booking).where(Booking.company_id == self.company_id).order_by(Booking.created_at)
        async with self.database.transaction() as session:
            return list(await session.scalars(query))


OpenSalon = Callable[..., Awaitable[Salon]]


def next_open_day(ahead: int = 1) -> date:
    """A Tuesday to Thursday, at least ``ahead`` days from now, that is no holiday in Berlin."""
    day = datetime.now(ZONE).date() + timedelta(days=ahead)
    while day.weekday() not in {1, 2, 3} or (day.month, day.day) in {
        (12, 25),
        (12, 24),
        (12, 31),
        (1, 1),
        (3, 8),
    }:
        day += timedelta(days=1)
    return day


def at(day: date, clock: str) -> datetime:
    """Wall time in Berlin, as UTC."""
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZONE).astimezone(UTC)


async def booked(salon: Salon, day: date, name: str = "Anna Meyer") -> dict[str, Any]:
    """An appointment as the syncer writes it after the webhook."""
    caller = salon.another_call()
    await caller.offered(day, time="10:00")
    answer = await caller.book("A", name)
    [booking] = [each for each in await salon.bookings_at_calcom() if each["uid"] == answer["booking"]]
    await entered(salon, booking, name)
    return booking


async def entered(salon: Salon, booking: dict[str, Any], name: str = "Anna Meyer", **fields: Any) -> None:
    row: dict[str, Any] = {
        "branch_id": salon.branch.branch_id,
        "event_type_id": salon.event_type_id,
        "status": booking["status"],
        "service_key": "herrenschnitt",
        "start_at": datetime.fromisoformat(booking["start"]),
        "end_at": datetime.fromisoformat(booking["end"]),
        "attendee_name": name,
        "attendee_phone": "+4915112345678",
    }
    await salon.appointment(booking["uid"], **row | fields)


async def has_policy(salon: Salon, **fields: Any) -> None:
    """The branch wants it so; to be told before the first request."""
    document = salon.branch.model_copy(update=fields).model_dump(mode="json")
    async with salon.database.transaction() as session:
        branches = update(BranchRow).where(BranchRow.company_id == salon.company_id)
        await session.execute(branches.values(document=document))
