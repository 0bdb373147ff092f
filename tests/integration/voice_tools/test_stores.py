"""Keys that outlive the database, a number that the calendar does not take, what is forgotten."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update

from infra.local.postgres import PrivatePostgres
from services.voice_tools.store.booker import Booker
from services.voice_tools.store.calendars import Calendars
from services.voice_tools.store.expired import Expired
from services.voice_tools.values import Wish
from shared.clients.calcom import SlotQuery
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.contracts.events import BookingRequested, Customer
from shared.contracts.voice import About
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.db.tables import AppointmentCode, Company
from shared.db.vault import Vault
from shared.errors import DependencyOpenError, InfrastructureError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from shared.resilience.policies import CALCOM_EU
from tests.integration.voice_tools.calendar import START, Calendar
from tests.processes import KEY, free_port
from tests.support import eventually

VAULT = Vault([SecretStr(KEY)])


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="tests")
    async with database.transaction() as session:
        await session.execute(delete(Company))
        keys = {
            "retell_api_key_encrypted": VAULT.seal("key_1"),
            "calcom_api_key_encrypted": VAULT.seal("cal_1"),
        }
        secrets = {
            "calcom_webhook_secret_encrypted": VAULT.seal("new"),
            "calcom_webhook_secret_previous_encrypted": VAULT.seal("old"),
        }
        await session.execute(insert(Company).values(id="salon", name="Salon", **keys, **secrets))
    yield database
    await database.close()


@pytest.fixture
async def calendar() -> AsyncIterator[Calendar]:
    calendar = Calendar()
    await calendar.server.start()
    yield calendar
    await calendar.server.stop()


@pytest.fixture
async def calendars(database: Database, calendar: Calendar) -> AsyncIterator[Calendars]:
    circuits = Circuits(None, process="test")
    async with http_client() as http:
        providers = Providers(http, Guards(circuits, Limits(None)), calcom_base_url=calendar.server.url)
        yield Calendars(Credentials(database, VAULT), providers, circuits)


async def test_keys_are_opened_and_a_company_that_does_not_exist_is_none(database: Database) -> None:
    credentials = Credentials(database, VAULT)
    company = await credentials.of("salon")
    assert company is not None
    assert (company.retell_api_key, company.calcom_webhook_secrets) == ("key_1", ("new", "old"))
    assert "key_1" not in repr(company)
    assert await credentials.of("nobody") is None
    assert await credentials.of("bad\x00id") is None


async def test_known_keys_are_served_while_the_database_is_away_and_unknown_ones_are_not(
    database: Database, postgres: PrivatePostgres
) -> None:
    credentials = Credentials(database, VAULT, ttl=0.0)
    known = await credentials.of("salon")
    postgres.freeze()
    try:
        started = time.monotonic()
        assert await credentials.of("salon") == known
        assert time.monotonic() - started < 1
        with pytest.raises(InfrastructureError):
            await credentials.of("another")
    finally:
        postgres.thaw()

    async def back() -> bool:
        return await _or_none(credentials, "another") is None

    await eventually(back, within=20, of="the database is back")


async def test_a_changed_key_is_noticed(database: Database) -> None:
    credentials = Credentials(database, VAULT, ttl=0.2)
    await credentials.of("salon")
    async with database.transaction() as session:
        await session.execute(update(Company).values(retell_api_key_encrypted=VAULT.seal("key_2")))

    async def noticed() -> bool:
        company = await credentials.of("salon")
        return company is not None and company.retell_api_key == "key_2"

    await eventually(noticed, within=5, of="the new key")


async def test_a_number_that_the_calendar_refuses_goes_along_as_metadata(
    calendars: Calendars, calendar: Calendar
) -> None:
    request = BookingRequested(
        company_id="salon",
        token="t1",
        branch_id="b",
        call_id="call",
        service_key="schnitt",
        event_type_id=7,
        start=START,
        duration_minutes=30,
        timezone="Europe/Berlin",
        customer=Customer(name="Anna Meyer", phone="+4915112345678"),
        booking_email="k-abc@bookings.example",
    )
    outcome = await Booker(calendars).book(Wish(request, "k-abc", About("de", "Europe/Berlin", "Schnitt")))
    assert (outcome.kind, outcome.uid) == ("done", "u1")
    assert len(calendar.bodies) == 2
    assert "phoneNumber" not in calendar.bodies[1]["attendee"]
    assert calendar.bodies[1]["metadata"]["phone"] == "+4915112345678"


async def test_what_a_call_remembered_is_forgotten_after_a_day(database: Database) -> None:
    ages = {"call_now": timedelta(0), "call_before": timedelta(days=2)}
    async with database.transaction() as session:
        for call_id, age in ages.items():
            code = {"company_id": "salon", "call_id": call_id, "code": "1", "calcom_uid": "u"}
            await session.execute(insert(AppointmentCode).values(**code, expires_at=datetime.now(UTC) - age))
    await Expired(database).forget()
    async with database.transaction() as session:
        assert list(await session.scalars(select(AppointmentCode.call_id))) == ["call_now"]


async def _or_none(credentials: Credentials, company_id: str) -> object:
    try:
        return await credentials.of(company_id)
    except InfrastructureError as error:
        return error


async def test_a_caller_of_a_company_in_europe_asks_cal_com_there(
    database: Database, calendar: Calendar
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Company).values(calcom_region="eu"))
    circuits = Circuits(None, process="test")
    async with http_client() as http:
        providers = Providers(
            http,
            Guards(circuits, Limits(None)),
            calcom_base_url=f"http://127.0.0.1:{free_port()}",
            calcom_eu_base_url=calendar.server.url,
        )
        calendars = Calendars(Credentials(database, VAULT), providers, circuits)
        await (await calendars.of("salon")).slots(SlotQuery(1, START, START + timedelta(days=1)))
        assert calendar.looks == 1
        for _ in range(CALCOM_EU.fail_max):
            opened = circuits.dependency(CALCOM_EU.dependency, CALCOM_EU)
            opened.failed(await opened.admit(), "503")
        with pytest.raises(DependencyOpenError, match=r"calcom\.eu is open"):
            await calendars.of("salon")
