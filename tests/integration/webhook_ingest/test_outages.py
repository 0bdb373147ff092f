import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from shared.contracts import names
from shared.db.engine import Database
from shared.messaging.publisher import Publisher
from tests.integration.webhook_ingest.conftest import Ingest, Senders, add_company
from tests.processes import running
from tests.proxy import FaultProxy
from tests.support import eventually


def booking(uid: str) -> bytes:
    return json.dumps(
        {"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-01-01T00:00:00Z", "payload": {"uid": uid}}
    ).encode()


@dataclass
class Outage:
    ingest: Ingest
    broker: FaultProxy
    database: FaultProxy


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outage(
    database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Outage]:
    """Ingest with a proxy before its broker and one before its database."""
    database = Database(database_url, application="test")
    await add_company(database)
    publisher = Publisher(broker_url, service="test")
    await publisher.connect()
    log: Path = tmp_path_factory.mktemp("outage") / "ingest.log"
    async with (
        FaultProxy(urlsplit(broker_url).port or 0) as broker,
        FaultProxy(urlsplit(database_url).port or 0) as rows,
    ):
        environment = {
            "RABBITMQ_URL": broker.through(broker_url),
            "DATABASE_URL": rows.through(database_url),
            # A busy machine may write slowly; what is accepted must not depend on it.
            "INGEST_ANSWER_SECONDS": "3",
            # Every look at a company's keys is one at the database, or at what was known before it went away.
            "INGEST_CREDENTIALS_SECONDS": "0.001",
        }
        async with (
            running("services.webhook_ingest", log, environment) as process,
            httpx.AsyncClient(base_url=process.url, timeout=30, trust_env=False) as client,
        ):
            yield Outage(Ingest(process, Senders(client), database, publisher), broker, rows)
    await publisher.close()
    await database.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def healed(outage: Outage) -> AsyncIterator[None]:
    """Each test begins with everything up and ready."""
    yield
    outage.broker.heal()
    outage.database.heal()
    await eventually(lambda: _ready(outage), within=40, of="ingest is ready again")


@pytest.mark.parametrize("fault", ["cut", "black_hole"])
async def test_without_the_broker_events_are_accepted_and_sent_later(outage: Outage, fault: str) -> None:
    getattr(outage.broker, fault)()
    answers = [await outage.ingest.send.calcom(booking(f"{fault}-{n}")) for n in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    expected = {answer.json()["event_id"] for answer in answers}
    outage.broker.heal()
    seen: set[str] = set()
    await eventually(lambda: _seen(outage, seen, expected), within=60, of="every accepted event in its queue")
    await eventually(lambda: _none_outboxed(outage), within=20)


@pytest.mark.parametrize("fault", ["cut", "black_hole"])
async def test_without_the_broker_refusals_are_answered_and_told_again_once_it_is_back(
    outage: Outage, fault: str
) -> None:
    await outage.ingest.send.calcom(booking("warm-refusals"))
    getattr(outage.broker, fault)()
    # More than may wait: whoever is refused must never find that out.
    refused = [outage.ingest.send.calcom(booking(f"{fault}-{n}"), secret="another") for n in range(300)]
    assert {answer.status_code for answer in await asyncio.gather(*refused)} == {401}
    outage.broker.heal()
    while await outage.ingest.take(names.REJECTED) is not None:
        pass

    async def told() -> bool:
        await outage.ingest.send.calcom(booking("afterwards"), secret="another")
        return await outage.ingest.depth(names.REJECTED) > 0

    await eventually(told, of="what is refused is told again")


async def test_without_the_broker_an_odd_event_is_accepted_as_well(outage: Outage) -> None:
    outage.broker.cut()
    odd = (
        '"correlationid":"a\\u0000b"',
        '"correlationid":"\\ud83d"',
        '"traceparent":"\\u0000"',
        '"subject":"\\u0000"',
    )
    for number, attribute in enumerate(odd):
        required = f'"specversion":"1.0","id":"{number}","source":"odd","type":"a.b","data":"\\u0000"'
        answer = await outage.ingest.send.events(f"{{{required},{attribute}}}".encode())
        assert (answer.status_code, answer.json()) == (202, {"event_id": f"odd:{number}"}), attribute


async def test_without_broker_and_database_nothing_is_promised(outage: Outage) -> None:
    assert (await outage.ingest.send.calcom(booking("warm"))).status_code == 202
    outage.broker.cut()
    outage.database.cut()
    assert_come_again(await outage.ingest.send.calcom(booking("both")))


async def test_a_confirm_that_comes_late_counts_while_the_database_does_not_answer(outage: Outage) -> None:
    assert (await outage.ingest.send.calcom(booking("warm-4"))).status_code == 202
    outage.database.black_hole()
    # A confirm is awaited for at most a second; to the broker and back it takes more.
    outage.broker.delay = 0.7
    answer = await outage.ingest.send.calcom(booking("late"))
    assert answer.status_code == 202, answer.text


async def test_without_an_answer_of_broker_and_database_the_sender_is_told_in_time(outage: Outage) -> None:
    assert (await outage.ingest.send.calcom(booking("warm-3"))).status_code == 202
    outage.broker.black_hole()
    outage.database.black_hole()
    begun = time.monotonic()
    # More than there are connections to the database.
    answers = await asyncio.gather(*(outage.ingest.send.calcom(booking(f"hole-{n}")) for n in range(30)))
    for answer in answers:
        assert_come_again(answer)
    assert time.monotonic() - begun < 10
    outage.database.heal()
    outage.broker.cut()
    await eventually(lambda: _outboxes(outage, 30), within=40, of="every connection is of use again")


async def test_a_known_company_is_served_while_the_database_is_away(outage: Outage) -> None:
    assert (await outage.ingest.send.calcom(booking("warm-2"))).status_code == 202
    for fault in (outage.database.cut, outage.database.black_hole):
        fault()
        answers = [await outage.ingest.send.calcom(booking(f"{fault.__name__}-{n}")) for n in range(3)]
        assert [answer.status_code for answer in answers] == [202] * 3
        outage.database.heal()
        assert (await outage.ingest.send.calcom(booking(f"healed-{fault.__name__}"))).status_code == 202


async def test_an_unknown_company_is_503_and_never_404_while_the_database_is_away(outage: Outage) -> None:
    outage.database.cut()
    assert_come_again(await outage.ingest.send.calcom(booking("x"), company="somebody-new"))


async def test_readiness_names_what_is_away(outage: Outage) -> None:
    outage.database.cut()
    answer = await outage.ingest.send.client.get("/health/ready")
    assert answer.status_code == 503
    assert list(answer.json()["problems"]) == ["database"]
    assert (await outage.ingest.send.client.get("/health/live")).status_code == 200


def assert_come_again(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["detail"]


async def _ready(outage: Outage) -> bool:
    return (await outage.ingest.send.client.get("/health/ready")).status_code == 200


async def _seen(outage: Outage, seen: set[str], expected: set[str]) -> bool:
    while (message := await outage.ingest.take(names.SYNCER_BOOKINGS)) is not None:
        seen.add(message.message_id)
    return expected <= seen


async def _outboxes(outage: Outage, at_once: int) -> bool:
    bodies = [booking(f"after-{n}-{time.monotonic_ns()}") for n in range(at_once)]
    answers = await asyncio.gather(*(outage.ingest.send.calcom(body) for body in bodies))
    return {answer.status_code for answer in answers} == {202}


async def _none_outboxed(outage: Outage) -> bool:
    return await outage.ingest.outboxed() == 0
