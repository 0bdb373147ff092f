"""A caller hears the ringing until this is answered: soon, whatever is slow, and whatever is broken."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update
from starlette.applications import Starlette

from infra.local.postgres import PrivatePostgres
from services.voice_tools.handlers.access import Admit
from services.voice_tools.handlers.inbound import Greet
from services.voice_tools.routes import VoiceEndpoints
from services.voice_tools.values import Acquaintance
from shared.clients.signatures import RETELL_HEADER, sign_retell
from shared.contracts.branch import Branch, Service
from shared.db.credentials import CompanyCredentials
from shared.db.tables import Branch as BranchRow
from shared.db.tables import PhoneNumber
from tests.integration.voice_tools.salon import Salon
from tests.processes import Process
from tests.support import eventually

#: What a look-up of something unknown may take where a function waits for it.
COLD = 2.0
ELSEWHERE = {"own": "+493099887766", "fallback": "+493099887755", "landline": "+493099887744"}


async def test_a_frozen_database_does_not_let_a_first_call_ring_on(
    salon: Salon, postgres: PrivatePostgres
) -> None:
    stranger = salon.another_call()
    stranger.company_id = "never-rung"
    postgres.freeze()
    try:
        started = time.monotonic()
        unknown = await stranger.ring()
        first = await salon.ring()
        rang = time.monotonic() - started
    finally:
        postgres.thaw()
    assert rang < COLD
    for variables in (unknown, first):
        assert str(datetime.now(UTC).year) in variables["heute"]

    async def back() -> bool:
        return (await salon.ring())["leistungen"] != first["leistungen"]

    await eventually(back, within=30, every=0.5, of="the database is back")


async def test_a_branch_that_cannot_be_read_is_greeted_with_the_date(salon: Salon, voice: Process) -> None:
    await _document(salon, {"company_id": salon.company_id, "branch_id": "mitte", "name": 5})
    variables = await salon.ring()
    assert len(variables["kalender"].split("\n")) == 21
    assert (await salon.ask("check_availability"))["status"] == "unavailable"

    async def told() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in voice.log.read_text().splitlines() if salon.company_id in line]
        return [line for line in lines if line["event"] == "branch.unreadable"]

    assert (await eventually(told, of="a line for operators"))[0]["places"] == ["name"]


async def test_calls_of_a_branch_that_cannot_be_read_are_not_another_branchs(salon: Salon) -> None:
    await _document(salon, {"name": 5})
    other = salon.branch.model_copy(update={"branch_id": "nord", "phone_number": None})
    row = {"company_id": salon.company_id, "id": "nord", "version": 1, "name": "Nord"}
    async with salon.database.transaction() as session:
        values = {"language": "de-DE", "timezone": "Europe/Berlin", "document": other.model_dump(mode="json")}
        await session.execute(insert(BranchRow).values(row | values))
    assert (await salon.ask("branch_information", {"topic": "adresse"}))["status"] == "unavailable"


@pytest.mark.parametrize("line", sorted(ELSEWHERE))
async def test_every_line_of_the_branch_is_a_forwarded_call_and_nobody(salon: Salon, line: str) -> None:
    fields = {"fallback_number": ELSEWHERE["fallback"], "forwarding_numbers": (ELSEWHERE["landline"],)}
    await _document(salon, salon.branch.model_copy(update=fields).model_dump(mode="json"))
    row = {"number": ELSEWHERE["own"], "company_id": salon.company_id, "branch_id": "mitte"}
    async with salon.database.transaction() as session:
        await session.execute(insert(PhoneNumber).values(row))
    assert (await salon.ring(from_number=ELSEWHERE[line]))["anrufer_nummer_bekannt"] == "nein"
    assert (await salon.ring(from_number="+493099887733"))["anrufer_nummer_bekannt"] == "ja"


class _Company:
    """One that has the key ``key``."""

    async def of(self, company_id: str) -> CompanyCredentials:
        return CompanyCredentials(company_id, "Salon", "de", "active", None, "key", None, "default", ())


class _Broken:
    """What a bug of ours looks like from outside."""

    async def of(self, *_: object) -> Any:
        raise ZeroDivisionError


class _Salon:
    async def of(self, *_: object) -> Branch:
        service = Service(key="farbe", name="Farbe", event_type_id=7)
        return Branch(company_id="salon", branch_id="mitte", name="Salon", services=(service,))


class _Silent:
    """Nothing is to be told today."""

    async def of(self, *_: object) -> None:
        return None


class _Nobody:
    async def of(self, *_: object) -> Acquaintance:
        return Acquaintance()


@pytest.mark.parametrize(
    ("branches", "acquaintances", "services"),
    [(_Broken(), _Nobody(), "siehe oben"), (_Salon(), _Broken(), "Farbe"), (_Salon(), _Nobody(), "Farbe")],
)
async def test_a_bug_costs_what_it_would_have_told_and_no_ringing(
    branches: Any, acquaintances: Any, services: str
) -> None:
    admit = Admit(_Company())
    greet = Greet(admit, branches, acquaintances, _Silent())
    endpoints = VoiceEndpoints(admit, branches, {}, greet, 1_000_000)
    raw = json.dumps({"call_inbound": {"agent_id": "agent_1", "from_number": "+4915112345678"}}).encode()
    headers = {RETELL_HEADER: sign_retell(raw, "key", int(time.time() * 1000))}
    transport = httpx.ASGITransport(Starlette(routes=endpoints.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://voice") as client:
        answer = await client.post("/calls/inbound/salon", content=raw, headers=headers)
    variables = answer.json()["call_inbound"]["dynamic_variables"]
    assert (answer.status_code, len(variables["kalender"].split("\n"))) == (200, 21)
    assert variables["leistungen"] == services


async def _document(salon: Salon, document: dict[str, Any]) -> None:
    """What is written of the branch; to be told before the first request."""
    async with salon.database.transaction() as session:
        branches = update(BranchRow).where(BranchRow.company_id == salon.company_id)
        await session.execute(branches.values(document=document))
