"""Events and what was refused, and who works here, in a real browser."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clients.signatures import sign_calcom
from tests.processes import running

REAL = "the-secret-that-cal-com-signs-with"
BOOKING = json.dumps(
    {"triggerEvent": "BOOKING_CREATED", "payload": {"uid": "u-77", "title": "Haarschnitt"}}
).encode()


@pytest.fixture(scope="module")
async def provider_urls(
    database_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, str]]:
    """The console knows where ingest is."""
    log: Path = tmp_path_factory.mktemp("ingest") / "ingest.log"
    servers = {"DATABASE_URL": database_url, "RABBITMQ_URL": broker_url}
    async with running("services.webhook_ingest", log, servers) as process:
        yield {"INGEST_PUBLIC_URL": process.url}


async def refused(bench: Any, ingest_url: str, company: str) -> None:
    """A webhook that was signed with another secret than the one that was entered."""
    wish = {"id": company, "name": "Salon Nord", "calcom_webhook_secret": "entered-wrongly", "check": False}
    assert (await bench.http.post("/api/companies", json=wish)).status_code == 201
    headers = {"X-Cal-Signature-256": sign_calcom(BOOKING, REAL), "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=ingest_url, trust_env=False, timeout=20) as ingest:
        for path in (f"/webhooks/calcom/{company}", "/webhooks/calcom/nobody"):
            assert (await ingest.post(path, content=BOOKING, headers=headers)).status_code in {401, 404}
    await bench.row("select 1 from rejected_requests where company_id = %s", company)
    await bench.row("select 1 from rejected_requests where status = 404")


async def test_a_refused_webhook_is_taken_in_and_followed_to_its_trail(
    visit: Any, bench: Any, provider_urls: dict[str, str]
) -> None:
    await refused(bench, provider_urls["INGEST_PUBLIC_URL"], "nord")
    await visit.log_in("operator", "/rejected")
    await visit.keep("rejected")
    await visit.page.click("tr:has-text('nord') td a")
    await visit.page.wait_for_selector("text=What to do")
    await visit.keep("rejected-request")
    await visit.page.click("main button:text-is('Take in again')")
    await visit.page.wait_for_selector("h1:text-is('That did not work')")
    assert "stays refused" in await visit.text()
    await bench.http.patch("/api/companies/nord", json={"calcom_webhook_secret": REAL})
    await visit.page.go_back()
    # Within the second of the last look the console goes by what it saw.
    await visit.page.wait_for_timeout(1_100)
    await visit.page.click("main button:text-is('Take in again')")
    await visit.page.wait_for_selector("text=Taken in as calcom:nord:")
    event = await bench.row("select id from event_log where company_id = 'nord'")
    await visit.page.click("main a:has-text('Trail')")
    await visit.page.wait_for_selector("h1:text-is('calcom.booking_created')")
    assert event["id"] in await visit.text()
    await visit.keep("trail")


async def test_an_event_is_found_by_a_text_in_it_and_shows_its_case(
    visit: Any, bench: Any, make_event: Any
) -> None:
    event = make_event("calcom.booking_created", {"note": "the lost umbrella"}, correlationid="case-9")
    effect = make_event("appointment.booked", {"uid": "u"}, causationid=event.id, correlationid="case-9")
    for one in (event, effect):
        await bench.tell(one)
        await bench.row("select 1 from event_log where id = %s", one.id)
    await visit.log_in(path="/events")
    await visit.page.keyboard.press("/")
    await visit.page.keyboard.type("lost umbrella")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_url(re.compile("contains=lost(%20|[+])umbrella"))
    assert await visit.page.locator("tbody tr").count() == 1
    await visit.keep("event-search")
    await visit.page.click(f"td a:text-is('{event.id}')")
    await visit.page.wait_for_selector("h2:text-is('Trail')")
    assert await visit.page.locator(".trail li.depth-1 a").inner_text() == "appointment.booked"
    await visit.page.click("text=Everything of this case")
    await visit.page.wait_for_url("**correlation=case-9")
    assert await visit.page.locator("tbody tr").count() == 2


async def test_rejected_webhooks_are_read_on_a_phone_in_german_without_scripts(plain_visit: Any) -> None:
    await plain_visit.log_in(path="/rejected?lang=de")
    assert "Abgewiesene Webhooks" in await plain_visit.text()
    await plain_visit.keep("rejected-phone-de")


async def test_an_admin_changes_what_somebody_may_and_ends_their_sessions(visit: Any, bench: Any) -> None:
    bench.rows(
        "insert into operators (name, password_hash, role) select 'berta', password_hash, 'viewer'"
        " from operators where name = 'admin' on conflict do nothing"
    )
    await visit.log_in(path="/operators")
    row = visit.page.locator("tr:has-text('berta')")
    await row.locator("summary").click()
    await row.locator("select").select_option("operator")
    await row.locator("input[type=checkbox]").check()
    await visit.keep("operators")
    await row.locator("button", has_text="Change").click()
    await visit.page.wait_for_selector("text=berta is changed.")
    (now,) = bench.rows("select role, may_reveal from operators where name = 'berta'")
    assert now == {"role": "operator", "may_reveal": True}


async def test_who_is_no_admin_finds_no_way_to_the_people(visit: Any) -> None:
    await visit.log_in("operator")
    assert await visit.page.locator("nav a[href='/operators']").count() == 0
    answer = await visit.page.goto(visit.url + "/operators")
    assert answer.status == 403


async def test_the_documentation_opens_a_request_within_the_policy(visit: Any) -> None:
    answer = await visit.page.goto(f"{visit.url}/api/docs")
    assert "unsafe" not in answer.headers["content-security-policy"]
    await visit.page.click("[data-path='/api/rejected']")
    await visit.page.wait_for_selector("text=at most 1,000 of each company and day")
