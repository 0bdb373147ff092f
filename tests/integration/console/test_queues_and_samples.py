"""Queues, figures as they were and objectives, as the API and askpro tell them; and pausing a queue."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ops_console.handlers.health import HealthView, Light
from services.ops_console.handlers.overview import OverviewView
from services.ops_console.handlers.sampling import TakeSample, slot_of
from services.ops_console.store.answered import Answered, Requests
from services.ops_console.store.ledger import Recent
from services.ops_console.store.samples import Figure, Samples
from services.ops_console.store.stuck import StuckCircuits
from shared.contracts.depths import Depth
from shared.contracts.events import CircuitStuck
from shared.db.engine import Database
from tests.support import eventually

QUEUE = "syncer.billing"
PAUSE = f"queue:{QUEUE}"
HALF_MINUTE = timedelta(seconds=30)


async def queue(bench: Any, name: str = QUEUE) -> dict[str, Any]:
    answer = await bench.http.get("/api/queues")
    return next(item for item in answer.json()["items"] if item["id"] == name)


async def test_a_queue_is_paused_until_a_time_and_resumed_and_the_audit_says_by_whom(bench: Any) -> None:
    wish = {"reason": "they deploy", "minutes": 30}
    paused = (await bench.http.post(f"/api/queues/{QUEUE}/pause", json=wish)).json()
    assert (paused["paused"], paused["paused_by"], paused["paused_reason"]) == (True, "admin", "they deploy")
    ends = datetime.fromisoformat(paused["paused_until"]) - datetime.now(UTC)
    assert 29 * 60 < ends.total_seconds() <= 30 * 60
    bench.rows(
        "insert into deliveries (queue, event_id, state, waits_for)"
        " values (%s, 'put-aside', 'redelivery', %s)",
        QUEUE,
        PAUSE,
    )
    assert (await queue(bench))["parked"] == 1
    resumed = await bench.http.post(f"/api/queues/{QUEUE}/resume", json={"reason": "they are done"})
    assert (resumed.json()["paused"], resumed.json()["parked"]) == (False, 0)
    # In one transaction: no word of a person without its entry.
    same = "select a.xmin = c.xmin as one from audit a, circuits c where a.target = c.name and c.name = %s"
    assert bench.rows(f"{same} order by a.id desc limit 1", PAUSE) == [{"one": True}]
    deeds = bench.rows("select * from audit where target = %s order by id", PAUSE)
    assert [deed["action"] for deed in deeds] == ["queue.paused", "queue.resumed"]
    assert [deed["reason"] for deed in deeds] == ["they deploy", "they are done"]


async def test_a_paused_queue_is_no_circuit_of_the_list_and_health_says_degraded(bench: Any) -> None:
    await bench.http.post(f"/api/queues/{QUEUE}/pause", json={"reason": "a look", "minutes": 5})
    circuits = (await bench.http.get("/api/circuits")).json()["items"]
    assert [one["id"] for one in circuits if one["id"].startswith("queue:")] == []
    health = (await bench.http.get("/api/health")).json()
    assert [one["id"] for one in health["circuits"] if one["id"].startswith("queue:")] == []
    await bench.http.post(f"/api/queues/{QUEUE}/resume", json={"reason": "looked"})


@pytest.mark.parametrize("name", ["syncer.bookngs", "ops_console.event-log", "syncer.dead-letters"])
async def test_only_a_work_queue_can_be_paused(bench: Any, name: str) -> None:
    answer = await bench.http.post(f"/api/queues/{name}/pause", json={"reason": "a typo", "minutes": 5})
    assert answer.status_code == 404
    assert "syncer.bookings" in answer.json()["detail"]
    assert bench.rows("select 1 from circuits where name = %s", f"queue:{name}") == []


async def test_a_viewer_pauses_nothing(bench: Any) -> None:
    async with await bench.as_role("viewer") as http:
        refused = await http.post(f"/api/queues/{QUEUE}/pause", json={"reason": "no", "minutes": 5})
        assert refused.status_code == 403
        assert (await http.get("/api/queues")).status_code == 200
    assert not (await queue(bench))["paused"]


async def test_a_queue_tells_for_how_long_its_oldest_message_waits(bench: Any, make_event: Any) -> None:
    event = make_event("booking.requested", {"start": "then"})
    await bench.tell(event)
    await bench.delivery("syncer.booking-requests", event.id, "waiting")
    bench.rows(
        "update deliveries set updated_at = now() - interval '90 seconds' where event_id = %s", event.id
    )

    async def old() -> bool:
        return ((await queue(bench, "syncer.booking-requests"))["oldest_seconds"] or 0.0) >= 90

    assert await eventually(old)
    await bench.purge("syncer.booking-requests")


async def test_askpro_lists_pauses_and_resumes(bench: Any) -> None:
    missing = await bench.askpro("queues", "pause", QUEUE)
    assert missing.code == 2
    paused = await bench.askpro("queues", "pause", QUEUE, "--reason", "by script", "--minutes", "5", "--json")
    assert (paused.code, paused.json["paused_reason"]) == (0, "by script")
    listed = await bench.askpro("queues", "list")
    assert "by script" in listed.out
    resumed = await bench.askpro("queues", "resume", QUEUE, "--reason", "over")
    assert (resumed.code, resumed.out.strip()) == (0, f"{QUEUE} goes on.")
    assert (await bench.askpro("queues", "pause", "nothing", "--reason", "a typo")).code == 1


async def test_what_waits_behind_an_open_circuit_is_what_its_queues_hold(bench: Any, make_event: Any) -> None:
    await bench.purge("syncer.billing")
    await bench.tell(make_event("stripe.invoice.paid", {"id": "in_1"}))
    await bench.http.post("/api/circuits/stripe/open", json={"reason": "maintenance", "minutes": 5})

    async def held() -> int:
        items = (await bench.http.get("/api/circuits")).json()["items"]
        return next(int(item["held"]) for item in items if item["id"] == "stripe")

    assert await eventually(held) == 1
    await bench.http.post("/api/circuits/stripe/close", json={"reason": "over"})
    assert await held() == 0
    deeds = bench.rows("select before, after from audit where target = 'circuit:stripe' order by id")
    assert [(deed["before"] or {}).get("forced") for deed in deeds] == [None, "open"]
    assert [deed["after"]["forced"] for deed in deeds] == ["open", None]
    await bench.purge("syncer.billing")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    yield database
    await database.close()


def seen(dead: int) -> OverviewView:
    depths = [Depth("syncer.calls", ready=2, unacknowledged=1, consumers=1, arriving=0.5)]
    lights = [Light("database", ok=True, seconds=0.1, problem=None), Light("cache", None, None, None)]
    health = HealthView("healthy", lights, depths, Recent(deliveries=10, failed=1), [])
    return OverviewView(health, None, None, dead, None, None)


async def test_of_two_consoles_one_takes_a_sample_and_a_console_that_starts_later_shows_it(
    database: Database, bench: Any
) -> None:
    samples, then = Samples(database), datetime.now(UTC) - timedelta(minutes=20)

    async def first() -> OverviewView:
        return seen(7)

    async def second() -> OverviewView:
        return seen(8)

    for overview in (first, second):
        await TakeSample(overview, samples, clock=lambda: then)()
    at = slot_of(then)
    assert (await samples.line("dead", "", at, HALF_MINUTE))[0].value == 7.0
    assert (await samples.line("queue.held", "syncer.calls", at, HALF_MINUTE))[0].value == 3.0
    assert all(point.at > at for point in await samples.line("light", "cache", at, HALF_MINUTE))
    told = (await bench.http.get("/api/samples", params={"series": "dead"})).json()["items"]
    assert (told[0]["value"], datetime.fromisoformat(told[0]["at"])) == (7.0, at)


async def test_a_sample_that_two_take_at_the_same_moment_is_the_firsts(database: Database) -> None:
    samples, at = Samples(database), datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
    await samples.keep(at, [Figure("dead", "x", 1.0), Figure("light", "mail", 1.0)])
    await samples.keep(at, [Figure("dead", "x", 2.0), Figure("light", "broker", 1.0)])
    assert [point.value for point in await samples.line("dead", "x", at, HALF_MINUTE)] == [1.0]


async def test_a_longer_step_shows_the_mean_and_what_is_old_is_forgotten(database: Database) -> None:
    samples, at = Samples(database), datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
    for number in range(4):
        await samples.keep(at + number * HALF_MINUTE, [Figure("error_rate", "x", float(number))])
    points = await samples.line("error_rate", "x", at, timedelta(minutes=1))
    assert [point.value for point in points] == [0.5, 2.5]
    later = at + timedelta(minutes=1)
    await samples.forget(samples=later, minutes=later)
    assert [point.at for point in await samples.line("error_rate", "x", at, HALF_MINUTE)] == [
        later,
        later + HALF_MINUTE,
    ]


async def test_what_ingest_answered_is_summed_over_processes_within_each_span(
    database: Database, bench: Any
) -> None:
    insert = (
        "insert into request_minutes (minute, service, process, total, failed, slow)"
        " values (date_trunc('minute', now()) - cast(%s as interval), 'webhook_ingest', %s, %s, %s, %s)"
    )
    bench.rows(insert, "1 minute", "a", 600, 1, 6)
    bench.rows(insert, "1 minute", "b", 400, 0, 0)
    bench.rows(insert, "5 hours", "a", 1000, 9, 0)
    bench.rows(insert, "40 days", "a", 5, 5, 5)
    spans = {"hour": timedelta(hours=1), "month": timedelta(days=30)}
    found = await Requests(database).answered("webhook_ingest", spans)
    assert found == {"hour": Answered(1000, 1, 6), "month": Answered(2000, 10, 6)}
    told = {one["id"]: one for one in (await bench.http.get("/api/objectives")).json()["items"]}
    assert told["hour"]["available"] == pytest.approx(0.999)
    assert told["month"]["available_left"] == pytest.approx(-4.0)
    shown = await bench.askpro("objectives", "--json")
    assert [one["total"] for one in shown.json["items"]] == [1000, 2000, 2000]
    assert (await bench.askpro("history", "dead", "--span", "day")).code == 0


async def test_a_circuit_that_stays_open_is_told_once_for_each_time_it_opened(
    database: Database, bench: Any
) -> None:
    opened = datetime.now(UTC) - timedelta(minutes=20)
    event = CircuitStuck(circuit="retell:told", opened_at=opened, minutes=20.0, reason="401", waiting=3)
    told = StuckCircuits(database, source="ops_console")
    assert [await told.tell(event), await told.tell(event)] == [True, False]
    await Samples(database).forget(samples=datetime.now(UTC), minutes=datetime.now(UTC))
    assert not await told.tell(event)
    again = event.model_copy(update={"opened_at": opened + timedelta(minutes=5)})
    assert await told.tell(again)
    log = await bench.row(
        "select count(*) from event_log where type = 'circuit.stuck' and subject = 'retell:told'"
        " having count(*) = 2"
    )
    assert log["count"] == 2
