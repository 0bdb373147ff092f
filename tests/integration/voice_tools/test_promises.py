"""A caller is promised a message exactly where one is sent."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from infra.simulators.runner import Simulators
from shared.db.tables import Company
from shared.db.vault import Vault
from tests.integration.voice_tools.salon import PATIENT, Salon, environment_of, next_open_day
from tests.processes import KEY, Process, running

LANDLINE = "+493022334455"
GATEWAY = "sms=json://gateway.example/{to}"


async def _said(salon: Salon, number: str | None = None, **details: str) -> str:
    """What the caller hears after the booking."""
    call = {"from_number": number} if number else {}
    await salon.offered(next_open_day())
    answer = await salon.book("A", call=call, **details)
    assert answer["status"] == "booked"
    return str(answer["say"])


async def _has_targets(salon: Salon, targets: str) -> None:
    sealed = Vault([SecretStr(KEY)]).seal(targets)
    async with salon.database.transaction() as session:
        await session.execute(
            update(Company).where(Company.id == salon.company_id).values(notify_urls_encrypted=sealed)
        )


async def test_no_sms_is_promised_where_nobody_sends_one(salon: Salon) -> None:
    await _has_targets(salon, "chat=https://hooks.example/salon, sms=json://own.example/+4915199999999")
    assert "SMS" not in await _said(salon)


async def test_an_sms_is_promised_where_the_company_has_a_gateway(salon: Salon) -> None:
    await _has_targets(salon, GATEWAY)
    said = await _said(salon)
    assert said.endswith("ist eingetragen, Sie bekommen eine Bestätigung per SMS.")


async def test_a_landline_is_promised_nothing(salon: Salon) -> None:
    await _has_targets(salon, GATEWAY)
    assert (await _said(salon, LANDLINE)).endswith("ist eingetragen.")


async def test_targets_that_nobody_can_read_cost_the_promise_and_not_the_booking(salon: Salon) -> None:
    await _has_targets(salon, "no url at all")
    assert (await _said(salon)).endswith("ist eingetragen.")


async def test_who_names_an_address_is_promised_a_mail_about_that_appointment_alone(salon: Salon) -> None:
    assert "per E-Mail" in await _said(salon, email="anna@example.org")
    later = salon.another_call()
    await later.offered(next_open_day(4))
    assert "E-Mail" not in (await later.book("A"))["say"]


@pytest.fixture
async def voice_with_gateway(
    voice: Process, broker_url: str, database_url: str, simulators: Simulators
) -> AsyncIterator[Process]:
    urls = {"NOTIFY_URLS": f"https://hooks.example/ops, {GATEWAY}"}
    environment = environment_of(broker_url, database_url, simulators) | PATIENT | urls
    async with running("services.voice_tools", voice.log.with_name("gateway.log"), environment) as process:
        yield process


async def test_an_sms_is_promised_where_the_platform_has_a_gateway(
    salon: Salon, voice_with_gateway: Process
) -> None:
    async with httpx.AsyncClient(base_url=voice_with_gateway.url, trust_env=False, timeout=20) as client:
        assert "per SMS" in await _said(replace(salon, client=client))
