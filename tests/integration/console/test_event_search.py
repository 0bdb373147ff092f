"""Any accepted event is found by what stands in it, at a bounded cost, and by nobody who may not see that."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from services.ops_console.store.event_search import EventSearch, Wanted
from services.ops_console.store.events import Filter
from shared.contracts.events import BranchRefreshRequested
from shared.db.engine import Database
from shared.db.scheduled import emit_later
from shared.db.tables import LoggedEvent

MANY = 5_200


@pytest.fixture
def company() -> str:
    """Events of this one are this test's alone."""
    return f"company_{secrets.token_hex(5)}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test", pool_size=1)
    yield database
    await database.close()


def log(bench: Any, company: str, data: Any, **columns: Any) -> str:
    """One event, as the log's writer leaves it."""
    event_id = f"test:{secrets.token_hex(8)}"
    row = {"type": "calcom.booking_created", "subject": None, "correlation_id": None, **columns}
    document = {"specversion": "1.0", "id": event_id, "type": row["type"], "data": data}
    bench.rows(
        "insert into event_log (id, type, source, subject, company_id, correlation_id, time, handled, body,"
        " document) values (%s, %s, 'test', %s, %s, %s, now(), true, %s, %s)",
        event_id, row["type"], row["subject"], company, row["correlation_id"],
        json.dumps(document).encode(), json.dumps(document),
    )  # fmt: skip
    return event_id


def many(bench: Any, company: str) -> None:
    bench.rows(
        "insert into event_log (id, type, source, company_id, time, handled, body, document)"
        " select 'bulk:' || %s || ':' || n, 'calcom.ping', 'test', %s, now(), true, '{}',"
        " jsonb_build_object('data', repeat('x', 300)) from generate_series(1, %s) n",
        company, company, MANY,
    )  # fmt: skip


async def search(client: Any, **query: Any) -> dict[str, Any]:
    answer = await client.get("/api/events", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


@pytest.mark.parametrize("words", ["Färberei", "FÄRBEREI", 'says "now"', "100%_sure", "back\\slash"])
async def test_a_text_is_found_wherever_it_stands(bench: Any, company: str, words: str) -> None:
    data = {"deep": [{"note": 'Färberei says "now", 100%_sure, back\\slash'}]}
    wanted = log(bench, company, data)
    log(bench, company, {"note": "100 % sure"})
    assert ids(await search(bench.http, company=company, contains=words)) == [wanted]


async def test_what_lies_behind_thousands_of_others_is_found_by_going_on(bench: Any, company: str) -> None:
    wanted = log(bench, company, {"note": "the needle"}, subject="needle-1")
    many(bench, company)
    first = await search(bench.http, company=company, contains="the needle")
    assert (ids(first), first["next"] is not None) == ([], True)
    second = await search(bench.http, company=company, contains="the needle", before=first["next"])
    assert (ids(second), second["next"]) == ([wanted], None)
    assert ids(await search(bench.http, company=company, subject="needle-1")) == [wanted]
    told = await bench.askpro("events", "list", "--company", company, "--contains", "the needle", "--json")
    assert [item["id"] for item in told.json["items"]] == [wanted]


async def test_a_search_reads_no_more_than_its_share_of_large_events(
    bench: Any, company: str, database: Database
) -> None:
    wanted = log(bench, company, {"note": "the needle"})
    for _ in range(3):
        # Random: what compresses well lies small on the disk.
        log(bench, company, {"blob": secrets.token_hex(30_000)})
    search = EventSearch(database, most_bytes=50_000)
    before, looks = None, 0
    while True:
        chosen = Filter(company_id=company, before=before)
        found = await search.find(chosen, Wanted(text="the needle"), 10, lambda _: True)
        looks += 1
        if found.next is None:
            break
        before = found.next
    assert ([line.event.id for line in found.lines], looks > 1) == ([wanted], True)


async def test_nobody_finds_by_a_search_what_no_page_shows(bench: Any, company: str) -> None:
    wanted = log(bench, company, {"apiToken": "hidden-secret-1", "email": "erika@example.com"})
    assert ids(await search(bench.http, company=company, contains="hidden-secret")) == []
    async with await bench.as_role("operator") as operator, await bench.as_role("viewer") as viewer:
        assert ids(await search(operator, company=company, contains="erika@example.com")) == [wanted]
        assert ids(await search(viewer, company=company, contains="erika@example.com")) == []
        assert ids(await search(viewer, company=company, contains="booking_created")) == [wanted]


async def test_until_leaves_out_what_is_later_and_since_what_is_earlier(bench: Any, company: str) -> None:
    old, new = log(bench, company, {}), log(bench, company, {})
    bench.rows("update event_log set logged_at = '2026-01-01T10:00Z' where id = %s", old)
    noon = "2026-01-01T12:00:00+00:00"
    assert ids(await search(bench.http, company=company, until=noon)) == [old]
    assert ids(await search(bench.http, company=company, since=noon)) == [new]
    assert ids(await search(bench.http, company=company, since=noon, until="2026-01-02T00:00:00+00:00")) == []


async def test_a_day_long_ago_is_read_from_its_end_and_not_whole(
    bench: Any, company: str, database: Database
) -> None:
    many(bench, company)
    bench.rows(
        "update event_log set logged_at = now() - interval '300 days' - seq * interval '1 second'"
        " where company_id = %s and id like %s",
        company, "%7",
    )  # fmt: skip
    bench.rows("analyze event_log")
    chosen = Filter(until=datetime.now(UTC) - timedelta(days=200))
    asked = select(LoggedEvent.seq).where(*chosen.conditions())
    asked_in_words = asked.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    async with database.transaction() as session:
        # Whatever is cheaper at this size: it must not be able to.
        explained = text(f"explain {asked_in_words}".replace(":", "\\:"))
        plan = "\n".join((await session.execute(explained)).scalars())
    assert plan.count("ix_event_log_logged_at") == 1, plan
    assert "InitPlan" in plan.split("ix_event_log_logged_at")[0], plan


async def test_two_letters_are_no_search(bench: Any) -> None:
    assert (await bench.http.get("/api/events", params={"contains": "ab"})).status_code == 422


async def test_a_page_of_events_is_walked_without_a_gap(bench: Any, company: str) -> None:
    whole = [log(bench, company, {"number": number}) for number in range(5)][::-1]
    walked: list[str] = []
    before = None
    for _ in range(3):
        page = await search(bench.http, company=company, limit=2, **({"before": before} if before else {}))
        walked, before = walked + ids(page), page["next"]
    assert (walked, before) == (whole, None)


async def test_a_scheduled_event_is_logged_in_the_same_shape_as_every_other(
    bench: Any, company: str, database: Database
) -> None:
    event = BranchRefreshRequested(
        company_id=company, branch_id="b", reason="of the shape", requested_at=datetime.now(UTC)
    )
    async with database.transaction() as session:
        await emit_later(session, event, source="test", queue="provisioner.branches", delay=3600)
    found = await search(bench.http, company=company, contains="of the shape")
    (row,) = bench.rows("select document from event_log where id = %s", ids(found)[0])
    assert (row["document"]["type"], row["document"]["data"]["branch_id"]) == (event.type, "b")


async def test_the_page_finds_what_the_api_finds_and_keeps_its_filters(bench: Any, company: str) -> None:
    wanted = log(bench, company, {"note": "on the page"})
    answer = await bench.http.post("/login", data={"name": "admin", "password": "correct-horse-battery"})
    cookies = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
    query = {"company": company, "contains": "on the page", "since": "2026-01-31T09:30"}
    page = await bench.http.get("/events", params=query, headers=cookies)
    assert f'href="/events/{quote(wanted)}"' in page.text
    assert 'value="2026-01-31T09:30"' in page.text
    wrong = await bench.http.get(
        "/events", params={"since": "yesterday"}, headers={**cookies, "Accept": "text/html"}
    )
    assert (wrong.status_code, "no time" in wrong.text) == (422, True)
