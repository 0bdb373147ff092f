"""What ingest refused is shown with its reason and taken in once its cause is mended; a forgery never is."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.ops_console.store.rejected import RejectedFilter, RejectedRequests
from shared.clients.signatures import sign_calcom, sign_retell
from shared.contracts.rejected import RejectedRequest
from shared.db.engine import Database
from tests.processes import running
from tests.support import eventually

REAL, OLD = "the-secret-that-cal-com-signs-with", "the-secret-that-was-entered-by-mistake"


@pytest.fixture(scope="module")
async def provider_urls(
    database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, str]]:
    """The console knows where ingest is."""
    log: Path = tmp_path_factory.mktemp("ingest") / "ingest.log"
    servers = {"DATABASE_URL": database_url, "RABBITMQ_URL": broker_url}
    async with running("services.webhook_ingest", log, servers) as process:
        yield {"INGEST_PUBLIC_URL": process.url}


@pytest.fixture
async def ingest(provider_urls: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    url = provider_urls["INGEST_PUBLIC_URL"]
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
        yield client


def booking(uid: str) -> bytes:
    payload = {"uid": uid, "title": "Haircut with Erika Mustermann", "apiToken": "cal_live_0123456789"}
    return json.dumps({"triggerEvent": "BOOKING_CREATED", "payload": payload}).encode()


async def send(ingest: httpx.AsyncClient, company: str, raw: bytes, secret: str) -> int:
    headers = {"X-Cal-Signature-256": sign_calcom(raw, secret), "Content-Type": "application/json"}
    answer = await ingest.post(f"/webhooks/calcom/{company}", content=raw, headers=headers)
    return answer.status_code


async def rejected(bench: Any, number: int, **filters: Any) -> list[dict[str, Any]]:
    """What the API lists, as soon as there are so many."""

    async def there() -> list[dict[str, Any]]:
        items = (await bench.http.get("/api/rejected", params=filters)).json()["items"]
        return items if len(items) >= number else []

    return await eventually(there, of=f"{number} rejected requests")


async def mistaken(bench: Any) -> str:
    """A company whose secret was entered wrongly."""
    wish = {"name": "Salon", "calcom_webhook_secret": OLD, "check": False}
    return str((await bench.http.post("/api/companies", json=wish)).json()["id"])


async def mend(bench: Any, company: str) -> None:
    answer = await bench.http.patch(f"/api/companies/{company}", json={"calcom_webhook_secret": REAL})
    assert answer.status_code == 200, answer.text


async def test_what_was_refused_for_a_wrong_secret_is_taken_in_once_after_it_was_corrected(
    bench: Any, ingest: httpx.AsyncClient
) -> None:
    company = await mistaken(bench)
    for uid in ("a", "b", "b"):
        assert await send(ingest, company, booking(uid), REAL) == 401
    found = await rejected(bench, 3, company=company)
    assert {(one["status"], one["provider"], one["cut"]) for one in found} == {(401, "calcom", False)}
    assert all("does not match" in one["reason"] for one in found)
    await mend(bench, company)
    done = await bench.askpro("rejected", "reingest", "--company", company, "--yes", "--json")
    assert done.code == 0, done.out + done.err
    became = {one["event_id"] for one in done.json["items"]}
    assert (len(done.json["items"]), len(became)) == (3, 2)
    for event_id in became:
        await bench.row("select 1 from event_log where id = %s", event_id)
    events = bench.rows("select count(*) from event_log where company_id = %s", company)
    assert events[0]["count"] == 2
    left = await bench.http.get("/api/rejected", params={"company": company, "open": True})
    assert left.json() == {"items": [], "next": None}


async def test_taking_in_leaves_an_entry_of_who_did_it_and_the_second_time_changes_nothing(
    bench: Any, ingest: httpx.AsyncClient
) -> None:
    company = await mistaken(bench)
    await send(ingest, company, booking("once"), REAL)
    request_id = (await rejected(bench, 1, company=company))[0]["id"]
    await mend(bench, company)
    first = await bench.http.post(f"/api/rejected/{request_id}/reingest")
    again = await (await bench.as_role("operator")).post(f"/api/rejected/{request_id}/reingest")
    assert (first.status_code, again.json()) == (200, first.json())
    shown = (await bench.http.get(f"/api/rejected/{request_id}")).json()
    assert (shown["reingested_by"], shown["event_id"]) == ("admin", first.json()["event_id"])
    deeds = bench.rows("select operator, after from audit where target = %s", f"rejected:{request_id}")
    assert deeds == [{"operator": "admin", "after": {"event_id": first.json()["event_id"]}}]


async def test_a_forgery_stays_refused_whatever_was_corrected(bench: Any, ingest: httpx.AsyncClient) -> None:
    company = await mistaken(bench)
    assert await send(ingest, company, booking("forged"), "a-strangers-secret") == 401
    request_id = (await rejected(bench, 1, company=company))[0]["id"]
    await mend(bench, company)
    answer = await bench.http.post(f"/api/rejected/{request_id}/reingest")
    assert answer.status_code == 409
    assert "stays refused" in answer.json()["detail"]
    done = await bench.askpro("rejected", "reingest", request_id, "--json")
    assert (done.code, done.json["items"][0]["event_id"]) == (1, None)
    assert bench.rows("select 1 from event_log where company_id = %s", company) == []


async def test_a_webhook_of_a_company_that_was_entered_too_late_is_taken_in(
    bench: Any, ingest: httpx.AsyncClient
) -> None:
    raw, key = json.dumps({"event": "call_ended", "call": {"call_id": "c-1"}}).encode(), "key_0123456789ab"
    headers = {"X-Retell-Signature": sign_retell(raw, key, time.time_ns() // 1_000_000)}
    answer = await ingest.post("/webhooks/retell/too-late", content=raw, headers=headers)
    assert answer.status_code == 404
    request = (await rejected(bench, 1, provider="retell", status=404))[0]
    assert (request["company_id"], request["path"]) == (None, "/webhooks/retell/too-late")
    before = await bench.http.post(f"/api/rejected/{request['id']}/reingest")
    assert (before.status_code, "no company" in before.json()["detail"]) == (409, True)
    wish = {"id": "too-late", "name": "Late", "retell_api_key": key, "check": False}
    assert (await bench.http.post("/api/companies", json=wish)).status_code == 201

    async def taken() -> Any:
        # Ingest may remember for some seconds that it was not there.
        answer = await bench.http.post(f"/api/rejected/{request['id']}/reingest")
        return answer.json() if answer.status_code == 200 else None

    assert (await eventually(taken, of="it is taken in"))["event_id"] == "retell:too-late:call_ended:c-1"


async def test_secrets_and_persons_of_a_body_are_shown_to_nobody(
    bench: Any, ingest: httpx.AsyncClient
) -> None:
    company = await mistaken(bench)
    await send(ingest, company, booking("seen"), REAL)
    request_id = (await rejected(bench, 1, company=company))[0]["id"]
    shown = (await bench.http.get(f"/api/rejected/{request_id}")).text
    assert "cal_live" not in shown
    assert sign_calcom(booking("seen"), REAL) not in shown
    assert "BOOKING_CREATED" in (await bench.askpro("rejected", "show", request_id)).out


async def test_a_viewer_takes_nothing_in(bench: Any, ingest: httpx.AsyncClient) -> None:
    company = await mistaken(bench)
    await send(ingest, company, booking("viewed"), REAL)
    request_id = (await rejected(bench, 1, company=company))[0]["id"]
    viewer = await bench.as_role("viewer")
    assert (await viewer.get(f"/api/rejected/{request_id}")).status_code == 200
    assert (await viewer.post(f"/api/rejected/{request_id}/reingest")).status_code == 403
    assert (await viewer.post("/api/rejected/reingest", json={"ids": [request_id]})).status_code == 403


async def test_a_list_is_walked_by_its_cursor_without_a_gap(bench: Any, ingest: httpx.AsyncClient) -> None:
    company = await mistaken(bench)
    for uid in "abcde":
        await send(ingest, company, booking(uid), REAL)
    whole = [one["id"] for one in await rejected(bench, 5, company=company)]
    walked, cursor = [], None
    while len(walked) < 5:
        query = {"company": company, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await bench.http.get("/api/rejected", params=query)).json()
        walked += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert (walked, cursor) == (whole, None)


@pytest.fixture
async def sample(database_url: str) -> AsyncIterator[RejectedRequests]:
    database = Database(database_url, application="test", pool_size=2)
    yield RejectedRequests(database, per_day=3)
    await database.close()


def told(number: int, **changes: Any) -> RejectedRequest:
    fields = {
        "id": f"{changes.get('company_id')}-{number}", "received_at": datetime.now(UTC), "provider": "stripe",
        "path": "/webhooks/stripe", "company_id": None, "status": 401, "reason": "a \x00 in it",
        "headers": {"user-agent": "\ud800"}, "body": b"\xff\x00", "size": 2, "cut": False,
    }  # fmt: skip
    return RejectedRequest(**{**fields, **changes})


async def test_no_more_than_a_days_quota_is_kept_whoever_sends_it(sample: RejectedRequests) -> None:
    kept = await asyncio.gather(*(sample.keep(told(number, company_id="full")) for number in range(9)))
    assert sum(kept) == 3
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await sample.keep(told(9, company_id="full", received_at=tomorrow))
    assert await sample.keep(told(1, company_id="other"))
    assert not await sample.keep(told(1, company_id="other"))


async def test_what_is_old_is_forgotten_and_nothing_else(sample: RejectedRequests) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=15)
    await sample.keep(told(1, company_id="old", received_at=long_ago))
    await sample.keep(told(2, company_id="old"))
    while await sample.forget(timedelta(days=14), 1):
        pass
    left = (await sample.list(RejectedFilter(company_id="old"), None, 10)).rows
    assert [row.id for row in left] == ["old-2"]
