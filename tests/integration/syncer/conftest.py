"""A company of its own for each test, and the syncer's handlers on a real database, without their broker."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from infra.simulators.control import CalcomControl, RetellControl, StripeControl
from infra.simulators.runner import Simulators
from services.syncer.app import subscriptions
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.clients.stripe import Stripe
from shared.contracts.branch import WEEKDAYS
from shared.contracts.envelope import Attributes, Envelope
from shared.contracts.events import OwnEvent
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.db.vault import Vault
from shared.errors import InfrastructureError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.processes import free_port

ENCRYPTION_KEY = Fernet.generate_key().decode()
HOURS = [{"opens": "09:00", "closes": "18:00"}]


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@dataclass
class World:
    """``tell`` runs the handler of an event as the edge would; the rest looks at what it wrote."""

    url: str
    database: Database
    vault: Vault
    providers: Providers | None = None
    stripe: Stripe | None = None
    account: dict[str, Any] = field(default_factory=dict)
    company: str = field(default_factory=lambda: f"company_{secrets.token_hex(5)}")

    async def tell(self, event_type: str, data: Any, *, company: str | None = "", time: Any = None) -> None:
        attributes = Attributes(
            id=secrets.token_hex(8),
            source="test",
            type=event_type,
            time=time or datetime.now(UTC),
            companyid=self.company if company == "" else company,
        )
        await asyncio.create_task(self.deliver(Envelope.of(attributes, {}), data))

    async def deliver(self, envelope: Envelope, data: Any) -> None:
        event = Envelope(envelope.attributes, data, envelope.raw)
        line = next(line for line in self.lines(event.type) if line.matches(event.type))
        while True:
            try:
                await line.run(event)
            except InfrastructureError:  # the edge holds the delivery and makes the attempt again
                await asyncio.sleep(0.1)
            else:
                return

    def lines(self, event_type: str) -> Any:
        providers = self.providers or Providers(http_client(), _guards())
        companies = Credentials(self.database, self.vault)
        table = subscriptions(
            self.database, providers, companies, stripe=self.stripe, booking_email_domain="termine.example"
        )
        return [line for lines in table.values() for line in lines]

    async def observe(self, event: OwnEvent) -> None:
        await self.tell(event.type, event.model_dump(mode="json"))

    def execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def appointment(self, uid: str) -> dict[str, Any]:
        query = "select * from appointments where company_id = %s and calcom_uid = %s"
        return self.rows(query, self.company, uid)[0]

    def call(self, call_id: str) -> dict[str, Any]:
        query = "select * from calls where company_id = %s and call_id = %s"
        return self.rows(query, self.company, call_id)[0]

    def events(self, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
        """(type, data) of what was emitted for this company, in order."""
        found = self.rows(
            "select event_type, convert_from(body, 'UTF8')::jsonb->'data' as data from outbox "
            "where event_id like %s and event_type like %s order by seq",
            f"%{self.company}%",
            f"{prefix}%",
        )
        return [(row["event_type"], row["data"]) for row in found]

    def kinds(self, prefix: str = "") -> list[str]:
        return [kind for kind, _ in self.events(prefix)]

    def enter(self, calcom_key: bytes | None = None) -> None:
        """The company and a branch that offers event types 7 (a service) and 8 (the same with Steffi)."""
        company = "insert into companies (id, name, calcom_api_key_encrypted) values (%s, 'Salon', %s)"
        self.execute(company, self.company, calcom_key)
        document = {
            "company_id": self.company,
            "branch_id": "mitte",
            "name": "Salon Mitte",
            "opening_hours": dict.fromkeys(WEEKDAYS, HOURS),
        }
        self.execute(
            "insert into branches (company_id, id, version, name, language, timezone, document) "
            "values (%s, 'mitte', 1, 'Salon Mitte', 'de-DE', 'Europe/Berlin', %s)",
            self.company,
            Jsonb(document),
        )
        self.execute(
            "insert into services (company_id, branch_id, key, name, duration_minutes, event_type_id) "
            "values (%s, 'mitte', 'schnitt', 'Haarschnitt', 30, 7)",
            self.company,
        )
        self.execute(
            "insert into service_staff_event_types "
            "(company_id, branch_id, service_key, staff_key, event_type_id) "
            "values (%s, 'mitte', 'schnitt', 'steffi', 8)",
            self.company,
        )


def _guards() -> Guards:
    return Guards(Circuits(None, process="test"), Limits(None))


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    yield database
    await database.close()


@pytest.fixture
def world(database_url: str, database: Database) -> World:
    """A company that no provider knows."""
    world = World(database_url, database, Vault((SecretStr(ENCRYPTION_KEY),)))
    world.enter()
    return world


@pytest.fixture
async def calcom(simulators: Simulators) -> AsyncIterator[CalcomControl]:
    async with CalcomControl(simulators.calcom_url) as control:
        yield control
        await control.heal()


@pytest.fixture
async def control(simulators: Simulators) -> AsyncIterator[RetellControl]:
    async with RetellControl(simulators.retell_url) as control:
        yield control
        await control.heal()
        await control.reset()


@pytest.fixture
async def stripe(simulators: Simulators) -> AsyncIterator[StripeControl]:
    async with StripeControl(simulators.stripe_url) as control:
        yield control
        await control.heal()


@pytest.fixture
async def connected(
    database_url: str, database: Database, simulators: Simulators, calcom: CalcomControl
) -> AsyncIterator[World]:
    """A company with an ``account`` at the simulated Cal.com, and a key for the simulated Stripe."""
    vault = Vault((SecretStr(ENCRYPTION_KEY),))
    async with http_client() as http:
        providers = Providers(
            http,
            _guards(),
            calcom_base_url=simulators.calcom_url,
            retell_base_url=simulators.retell_url,
            stripe_base_url=simulators.stripe_url,
        )
        world = World(database_url, database, vault, providers, providers.stripe("sk_test_1"))
        world.account = await calcom.add_account()
        world.enter(vault.seal(world.account["apiKey"]))
        yield world


@pytest.fixture
async def only_europe(simulators: Simulators) -> AsyncIterator[Providers]:
    """Cal.com's European region; nobody answers for the rest of the world."""
    async with http_client() as http:
        nobody = f"http://127.0.0.1:{free_port()}"
        yield Providers(http, _guards(), calcom_base_url=nobody, calcom_eu_base_url=simulators.calcom_url)
