"""Whoever is refused is told so as ``application/problem+json``, and when to come again where that helps."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.integration.webhook_ingest.conftest import COMPANY, Ingest, Senders, add_company
from tests.processes import running

Send = Callable[[Senders], Awaitable[httpx.Response]]


def booking(uid: str = "u") -> bytes:
    return json.dumps({"triggerEvent": "BOOKING_CREATED", "payload": {"uid": uid}}).encode()


def event(**changes: object) -> bytes:
    base = {"specversion": "1.0", "id": "1", "source": "s", "type": "a.b", "companyid": COMPANY, "data": 1}
    return json.dumps(base | changes).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow(
    ingest: Ingest, broker_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ingest]:
    """Another process of ingest, which takes one event per second and company."""
    await add_company(ingest.database, "dentist")
    log: Path = tmp_path_factory.mktemp("narrow") / "ingest.log"
    environment = {
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": database_url,
        "INGEST_RATE_PER_COMPANY": "1",
    }
    async with (
        running("services.webhook_ingest", log, environment) as process,
        httpx.AsyncClient(base_url=process.url, timeout=30, trust_env=False) as client,
    ):
        yield replace(ingest, process=process, send=Senders(client))


@pytest.mark.parametrize(
    ("status", "send"),
    [
        pytest.param(status, send, id=f"{status} {name}")
        for status, name, send in (
            (400, "webhook", lambda send: send.calcom(b"{")),
            (400, "event", lambda send: send.events(b"[]")),
            (401, "webhook", lambda send: send.calcom(booking(), secret="another")),
            (401, "event", lambda send: send.post("/events", event(), {})),
            (404, "webhook", lambda send: send.calcom(booking(), company="nobody")),
            (404, "event", lambda send: send.events(event(companyid="nobody"))),
            (404, "path", lambda send: send.post("/webhooks/paypal", b"{}", {})),
            (405, "method", lambda send: send.client.get("/events")),
            (413, "webhook", lambda send: send.retell(b" " * 6_000_000)),
            (413, "event", lambda send: send.events(b" " * 6_000_000)),
            (415, "webhook", lambda send: send.calcom(booking(), **{"Content-Type": "text/plain"})),
            (422, "event", lambda send: send.events(event(type=5))),
        )
    ],
)
async def test_a_refusal_is_a_problem_that_says_what_to_change(
    ingest: Ingest, status: int, send: Send
) -> None:
    assert_problem(await send(ingest.send), status)


async def test_a_flood_is_refused_until_a_second_later_and_another_company_is_served(
    narrow: Ingest,
) -> None:
    sent = [narrow.send.calcom(booking(f"flood-{n}")) for n in range(40)]
    answers = await asyncio.gather(*sent)
    statuses = {answer.status_code for answer in answers}
    assert statuses == {202, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert_problem(refused, 429)
    assert refused.headers["retry-after"] == "1"
    assert (await narrow.send.calcom(booking(), company="dentist")).status_code == 202


async def test_a_flood_of_posted_events_is_refused_as_well(narrow: Ingest) -> None:
    sent = [narrow.send.events(event(id=str(n), source="flood", companyid=None)) for n in range(40)]
    assert {answer.status_code for answer in await asyncio.gather(*sent)} == {202, 429}


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    expected = ("about:blank", HTTPStatus(status).phrase, status)
    assert (body["type"], body["title"], body["status"]) == expected
    assert body["detail"]
    assert ("errors" in body) == (status == 422)
