"""What ``askpro webhooks send`` posts, ingest takes; and what is not signed for a company, it refuses."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.processes import running


@pytest.fixture(scope="module")
async def ingest_url(bench: Any) -> AsyncIterator[str]:
    servers = {name: bench.environment[name] for name in ("DATABASE_URL", "RABBITMQ_URL", "ENCRYPTION_KEYS")}
    async with running("services.webhook_ingest", bench.folder / "ingest.log", servers) as process:
        yield process.url


PAYLOADS = {
    "calcom": {
        "triggerEvent": "BOOKING_CREATED",
        "createdAt": "2026-01-05T10:00:00.000Z",
        "payload": {"uid": "u"},
    },
    "retell": {
        "event": "call_ended",
        "call": {"call_id": "call_1", "start_timestamp": 1, "end_timestamp": 2},
    },
    "stripe": {
        "id": "evt_1",
        "object": "event",
        "type": "invoice.paid",
        "created": 1,
        "data": {"object": {}},
    },
    "events": {
        "specversion": "1.0",
        "id": "1",
        "source": "crm",
        "type": "booking.requested",
        "time": "2026-01-05T10:00:00Z",
        "data": {},
    },
}


async def _a_company_with_keys(bench: Any) -> str:
    wish = {"name": "Salon", "retell_api_key": "key_0123456789", "check": False}
    return str((await bench.http.post("/api/companies", json=wish)).json()["id"])


@pytest.mark.parametrize("provider", ["calcom", "retell", "stripe"])
async def test_a_payload_is_accepted_logged_and_twice_the_same_event(
    bench: Any, ingest_url: str, provider: str
) -> None:
    company = await _a_company_with_keys(bench)
    file = bench.folder / f"{provider}.json"
    file.write_text(json.dumps(PAYLOADS[provider]))
    command = ("webhooks", "send", provider, str(file), "--company", company, "--json")
    first = await bench.askpro(*command, INGEST_URL=ingest_url)
    again = await bench.askpro(*command, INGEST_URL=ingest_url)
    assert first.code == again.code == 0, first.out + first.err
    assert first.json["status"] == 202
    assert first.json["event_id"] == again.json["event_id"]
    await bench.row("select 1 from event_log where id = %s", first.json["event_id"])


async def test_an_internal_event_is_signed_too_and_a_wrong_one_refused_with_its_fields(
    bench: Any, ingest_url: str
) -> None:
    file = bench.folder / "event.json"
    file.write_text(json.dumps({**PAYLOADS["events"], "type": "branch.created"}))
    refused = await bench.askpro("webhooks", "send", "events", str(file), INGEST_URL=ingest_url)
    assert refused.code == 1, refused.out
    assert "422" in refused.err


async def test_a_company_without_a_key_cannot_be_signed_for_and_is_told_what_to_enter(
    bench: Any, ingest_url: str, company: str
) -> None:
    file = bench.folder / "retell.json"
    file.write_text(json.dumps(PAYLOADS["retell"]))
    command = ("webhooks", "send", "retell", str(file), "--company", company)
    answer = await bench.askpro(*command, INGEST_URL=ingest_url)
    assert answer.code == 1
    assert "companies update" in answer.err
