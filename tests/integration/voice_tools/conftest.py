"""voice_tools as a process of its own, before simulated providers; each test has a salon of its own."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aio_pika
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select, update

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from shared.clients.signatures import sign_retell
from shared.contracts import names
from shared.contracts.branch import Branch
from shared.contracts.envelope import Envelope, Unparsable, parse_envelope
from shared.db.engine import Database
from shared.db.tables import Appointment, Booking, Company, Outbox, Provisioning
from shared.db.tables import Branch as BranchRow
from shared.db.vault import Vault
from tests.processes import KEY, Process, running
from tests.support import eventually

DOMAIN = "bookings.example"
ZONE = ZoneInfo("Europe/Berlin")
MOBILE = "+4915112345678"
WEEK = ("mon", "tue", "wed", "thu", "fri")


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
        """What check_availability answers for the haircut."""
        wish = {"service": "herrenschnitt", **({"date": day.isoformat()} if day else {}), **args}
        return await self.ask("check_availability", wish)

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
                f"{self.calcom.root}/v2/bookings", headers=headers, params={"take": 100}
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


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running_simulators:
        yield running_simulators


@pytest.fixture(scope="module")
async def calcom(simulators: Simulators) -> AsyncIterator[CalcomControl]:
    async with CalcomControl(simulators.calcom_url) as control:
        await control.configure(booking_seconds=[0, 0], rate_limit_per_minute=100_000)
        yield control


@pytest.fixture(scope="module")
async def voice(
    broker_url: str, database_url: str, simulators: Simulators, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    environment = {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "CALCOM_BASE_URL": simulators.calcom_url,
        "RETELL_BASE_URL": simulators.retell_url,
        "BOOKING_EMAIL_DOMAIN": DOMAIN,
    }
    log = Path(tmp_path_factory.mktemp("voice")) / "voice_tools.log"
    async with running("services.voice_tools", log, environment) as process:
        yield process


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="tests")
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def client(voice: Process) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=voice.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
async def published(voice: Process, broker_url: str) -> AsyncIterator[list[Envelope | Unparsable]]:
    """Everything that was published since the service is up, as the event log gets it."""
    assert voice.child.returncode is None, "the service declares the queue"
    events: list[Envelope | Unparsable] = []
    connection = await aio_pika.connect(broker_url)
    channel = await connection.channel()
    queue = await channel.get_queue(names.EVENT_LOG, ensure=False)

    async def keep(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        events.append(parse_envelope(message.body))
        await message.ack()

    await queue.consume(keep)
    yield events
    await connection.close()


@pytest.fixture
async def open_salon(
    client: httpx.AsyncClient,
    database: Database,
    calcom: CalcomControl,
    published: list[Envelope | Unparsable],
) -> OpenSalon:
    async def open_one(**event_type: Any) -> Salon:
        company_id, number = f"salon-{secrets.token_hex(4)}", f"+49301{secrets.randbelow(10**7):07d}"
        account = await calcom.add_account(username=company_id)
        wide = {
            "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
            "startTime": "06:00",
            "endTime": "20:00",
        }
        schedule = {"timeZone": "Europe/Berlin", "availability": [wide]}
        made = await calcom.add_event_type(
            account["id"], "Herrenschnitt", 30, schedule=schedule, **event_type
        )
        branch = Branch.model_validate(
            {
                "company_id": company_id,
                "branch_id": "mitte",
                "version": 1,
                "name": "Salon Mitte",
                "address": {"street": "Hauptstraße 5", "city": "Berlin", "subdivision": "BE"},
                "opening_hours": {day: ["09:00-12:30", "13:30-18:00"] for day in WEEK},
                "services": [
                    {
                        "key": "herrenschnitt",
                        "name": "Herrenhaarschnitt",
                        "event_type_id": made["id"],
                        "price_cents": 3200,
                    },
                    {"key": "farbe", "name": "Farbe"},
                ],
                "phone_number": number,
            }
        )
        agent_id, key = f"agent_{secrets.token_hex(6)}", f"key_{secrets.token_hex(14)}"
        await _enter(database, branch, agent_id, key, account["apiKey"])
        return Salon(
            client, database, calcom, account, branch, made["id"], company_id, key, agent_id, published
        )

    return open_one


@pytest.fixture
async def salon(open_salon: OpenSalon, calcom: CalcomControl) -> AsyncIterator[Salon]:
    yield await open_salon()
    await calcom.heal()


async def _enter(database: Database, branch: Branch, agent_id: str, retell_key: str, calcom_key: str) -> None:
    vault = Vault([SecretStr(KEY)])
    keys = {
        "retell_api_key_encrypted": vault.seal(retell_key),
        "calcom_api_key_encrypted": vault.seal(calcom_key),
    }
    at = {"company_id": branch.company_id, "branch_id": branch.branch_id}
    async with database.transaction() as session:
        await session.execute(insert(Company).values(id=branch.company_id, name="Salon", **keys))
        await session.execute(
            insert(BranchRow).values(
                company_id=branch.company_id,
                id=branch.branch_id,
                version=1,
                name=branch.name,
                language=branch.language,
                timezone=branch.timezone,
                document=branch.model_dump(mode="json"),
            )
        )
        await session.execute(insert(Provisioning).values(**at, target_version=1, agent_id=agent_id))


def at(day: date, clock: str) -> datetime:
    """Wall time in Berlin, as UTC."""
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZONE).astimezone(UTC)
