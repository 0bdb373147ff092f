"""Cal.com waits for our endpoint inside its booking call: one that stands still holds up nobody of ours."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from infra.simulators.runner import Simulators
from shared.db.tables import Appointment, Company
from shared.db.vault import Vault
from tests.integration.voice_tools.conftest import calcom as calcom  # noqa: PLC0414  # fixtures
from tests.integration.voice_tools.conftest import client as client  # noqa: PLC0414
from tests.integration.voice_tools.conftest import database as database  # noqa: PLC0414
from tests.integration.voice_tools.conftest import open_salon as open_salon  # noqa: PLC0414
from tests.integration.voice_tools.conftest import published as published  # noqa: PLC0414
from tests.integration.voice_tools.conftest import salon as salon  # noqa: PLC0414
from tests.integration.voice_tools.conftest import simulators as simulators  # noqa: PLC0414
from tests.integration.voice_tools.far import SLACK
from tests.integration.voice_tools.salon import Salon, environment_of, next_open_day
from tests.processes import KEY, Process, running
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SECRET = "webhook-secret-0123456789"
FROZEN, ENTER, LOOK = 4.0, 2.5, 0.8


@pytest.fixture(scope="module")
async def voice(
    broker_url: str, database_url: str, simulators: Simulators, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """With the budgets of production."""
    log = tmp_path_factory.mktemp("frozen") / "voice_tools.log"
    environment = environment_of(broker_url, database_url, simulators)
    async with running("services.voice_tools", log, environment) as process:
        yield process


@pytest.fixture
async def ingest(
    broker_url: str, database_url: str, simulators: Simulators, voice: Process
) -> AsyncIterator[Process]:
    environment = environment_of(broker_url, database_url, simulators)
    async with running("services.webhook_ingest", voice.log.with_name("ingest.log"), environment) as process:
        yield process


@pytest.fixture(scope="module")
async def syncer(
    broker_url: str, database_url: str, simulators: Simulators, voice: Process
) -> AsyncIterator[Process]:
    """Looks every second for what a lost webhook left out."""
    environment = environment_of(broker_url, database_url, simulators) | {"REPAIR_SECONDS": "1"}
    async with running("services.syncer", voice.log.with_name("syncer.log"), environment) as process:
        yield process


@pytest.mark.usefixtures("syncer")
@pytest.mark.parametrize("dies", [True, pytest.param(False, marks=pytest.mark.long)])
async def test_a_frozen_webhook_endpoint_costs_a_caller_a_moment_and_nobody_a_booking(
    salon: Salon, ingest: Process, database_url: str, say: Callable[[str], None], dies: bool
) -> None:
    await _listens(salon, ingest)
    other = salon.another_call()
    await salon.offered(next_open_day(), time="10:00")
    with _frozen(ingest):
        began = time.monotonic()
        booking = asyncio.create_task(_timed(salon.book("A")))
        await eventually(lambda: _at_calcom(salon), of="the booking is in the calendar")
        looked = await _timed(other.ask("check_availability", _wish("10:00")))
        waiting = _idle_in_transaction(database_url)
        await asyncio.sleep(max(0.0, began + FROZEN - time.monotonic()))
        if dies:
            # With the webhook in its hand, which Cal.com never sends again: repair has to find the booking.
            await ingest.kill()
    first, seconds = await booking
    await eventually(lambda: _is_booked(salon), of="the caller hears that it is booked")
    row = (await eventually(lambda: _appointments(salon), of="the appointment")).pop()
    say(f"frozen for {FROZEN} s: {first['status']} after {seconds:.2f} s, a look took {looked[1]:.2f} s")
    assert first["status"] == "pending"
    assert seconds < ENTER + SLACK
    assert looked[1] < LOOK + SLACK
    assert not waiting
    assert looked[0]["slots"][0]["start"][11:16] != "10:00"
    assert len(await salon.bookings_at_calcom()) == len(await _appointments(salon)) == 1
    assert (row.status, row.call_id) == ("accepted", salon.call_id)
    assert await salon.events("booking.requested") == []


async def _listens(salon: Salon, ingest: Process) -> None:
    """Cal.com sends its webhooks to the endpoint."""
    sealed = Vault([SecretStr(KEY)]).seal(SECRET)
    async with salon.database.transaction() as session:
        company = update(Company).where(Company.id == salon.company_id)
        await session.execute(company.values(calcom_webhook_secret_encrypted=sealed))
    body = {
        "subscriberUrl": f"{ingest.url}/webhooks/calcom/{salon.company_id}",
        "triggers": ["BOOKING_CREATED"],
        "active": True,
        "secret": SECRET,
    }
    headers = {"Authorization": f"Bearer {salon.account['apiKey']}"}
    async with httpx.AsyncClient(base_url=salon.calcom.root, trust_env=False) as client:
        (await client.post("/v2/webhooks", headers=headers, json=body)).raise_for_status()


@contextmanager
def _frozen(process: Process) -> Iterator[None]:
    process.child.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        if process.child.returncode is None:
            process.child.send_signal(signal.SIGCONT)


async def _timed(asking: Any) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    return await asking, time.monotonic() - began


def _wish(clock: str) -> dict[str, Any]:
    return {"service": "herrenschnitt", "date": next_open_day().isoformat(), "time": clock}


async def _at_calcom(salon: Salon) -> bool:
    return len(await salon.bookings_at_calcom()) == 1


async def _is_booked(salon: Salon) -> bool:
    return (await salon.book("A"))["status"] == "booked"


async def _appointments(salon: Salon) -> list[Appointment]:
    query = select(Appointment).where(Appointment.company_id == salon.company_id)
    async with salon.database.transaction() as session:
        return list(await session.scalars(query))


def _idle_in_transaction(url: str) -> list[Any]:
    """What voice_tools keeps open in the database while it waits for Cal.com, which waits for us."""
    query = (
        "select query from pg_stat_activity where datname = current_database()"
        " and application_name = 'askpro.voice_tools' and state like 'idle in transaction%'"
    )
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()
