"""voice_tools as a process of its own, before simulated providers; each test has a salon of its own."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from shared.contracts import names
from shared.contracts.branch import Branch
from shared.contracts.envelope import Envelope, Unparsable, parse_envelope
from shared.db.engine import Database
from shared.db.tables import Branch as BranchRow
from shared.db.tables import Company, Provisioning
from shared.db.vault import Vault
from tests.integration.voice_tools.far import Far
from tests.integration.voice_tools.salon import PATIENT, WEEK, OpenSalon, Salon, environment_of, next_open_day
from tests.processes import KEY, Process, running
from tests.proxy import FaultProxy
from tests.support import eventually


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
    environment = environment_of(broker_url, database_url, simulators) | PATIENT
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


@pytest.fixture(scope="module")
async def way(database_url: str) -> AsyncIterator[FaultProxy]:
    """To the database."""
    async with FaultProxy(urlsplit(database_url).port or 0) as proxy:
        yield proxy


@pytest.fixture(scope="module")
async def broker_way(broker_url: str) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(urlsplit(broker_url).port or 0) as proxy:
        yield proxy


@pytest.fixture(scope="module")
async def distant(
    voice: Process,
    way: FaultProxy,
    broker_way: FaultProxy,
    broker_url: str,
    database_url: str,
    simulators: Simulators,
) -> AsyncIterator[Process]:
    """A second service, behind both ways, with the budgets of production."""
    environment = environment_of(broker_way.through(broker_url), way.through(database_url), simulators)
    async with running("services.voice_tools", voice.log.with_name("distant.log"), environment) as process:
        yield process


@pytest.fixture
async def far(salon: Salon, distant: Process, way: FaultProxy, broker_way: FaultProxy) -> AsyncIterator[Far]:
    """The free times are offered, and known to the distant service."""
    async with httpx.AsyncClient(base_url=distant.url, trust_env=False, timeout=30) as client:
        here = Far(replace(salon, client=client), way, broker_way)

        async def offered() -> bool:
            return (await here.salon.offered(next_open_day()))["status"] == "free"

        await eventually(offered, of="free times")
        yield here
        way.heal()
        broker_way.heal()


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
