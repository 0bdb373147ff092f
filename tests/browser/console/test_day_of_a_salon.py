"""The work of a day in the console: an appointment is looked up, and a task closed on a phone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.console.conftest import Visit, visiting
from tests.integration.console.records import TENANT
from tests.integration.console.test_work_askpro import APPOINTMENT
from tests.integration.console.test_work_list import CALL, OFFER, WISH, task

SALON = "salon"


@pytest.fixture(scope="module")
async def salon(bench: Any) -> str:
    """A salon with a past, a call and three tasks."""
    for statement in TENANT.split(";\n"):
        if statement.strip():
            bench.rows(statement)
    names = ("Anna Meyer", "Berta Schulz", "Clara Klein", "Dora Groß")
    for number in range(70):
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=7 * number)
        bench.rows(APPOINTMENT, SALON, f"uid-{number}", start, names[number % 4], f"call-{number}")
    bench.rows(
        "update appointments set service_key = 'schnitt', event_type_id = 7, attendee_phone = '+491511234',"
        " status = case when calcom_uid like '%%9' then 'cancelled' else status end"
    )
    bench.rows("update appointments set attendee_name = 'Selma Selten' where calcom_uid = 'uid-42'")
    bench.rows(CALL, SALON, "call-42", "30 minutes", "booked")
    bench.rows(CALL, SALON, "call-left", "40 minutes", None)
    bench.rows(OFFER, SALON, "call-left")
    bench.rows(WISH, SALON, "tok", "call-wish", "requested", "20 minutes")
    task(bench, SALON, "lie", urgency="urgent", kind="promise", call="call-42", age="5 minutes")
    task(bench, SALON, "back", call="call-left", age="3 hours")
    return SALON


@pytest.fixture
async def phone(chrome: Browser, bench: Any) -> AsyncIterator[Visit]:
    async for one in visiting(chrome, bench, viewport={"width": 375, "height": 760}, has_touch=True):
        yield one


async def test_an_appointment_is_searched_for_and_leads_to_its_call_and_everything_that_followed(
    visit: Visit, bench: Any, salon: str, make_event: Any
) -> None:
    event = make_event(
        "retell.call_ended", {"call": {"call_id": "call-42"}}, company=salon, correlationid="call-42"
    )
    await bench.tell(event)
    await bench.row("select 1 from event_log where id = %s", event.id)
    await visit.log_in(path="/appointments")
    assert "Steffi" in await visit.text()
    await visit.keep("appointments")
    await visit.page.keyboard.press("/")
    await visit.page.keyboard.type("selten")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_url("**/appointments?text=selten*")
    await visit.page.wait_for_selector("tbody tr:only-child td:text-is('Selma Selten')")
    await visit.page.click("tbody a")
    await visit.page.wait_for_selector("h1:has-text('Selma Selten')")
    await visit.keep("appointment")
    await visit.page.click("a:text-is('Its call')")
    await visit.page.wait_for_selector("h2:text-is('What it left to do')")
    assert "Frau Muster fragte nach Farbe." in await visit.text()
    await visit.keep("call")
    await visit.page.click("a:text-is('Everything that followed')")
    await visit.page.wait_for_selector(f"a:text-is('{event.id}')")


async def test_a_list_is_gone_through_by_pages_and_jumped_into(visit: Visit, salon: str) -> None:
    await visit.log_in(path=f"/appointments?company={salon}")
    assert await visit.page.locator("tbody tr").count() == 50
    await visit.page.click("a:text-is('Older')")
    await visit.page.wait_for_selector("a:text-is('Newer')")
    assert await visit.page.locator("tbody tr").count() == 20
    day = f"{datetime.now(UTC) - timedelta(days=10):%Y-%m-%d}"
    await visit.page.fill("input[name=at]", day)
    await visit.page.click("form.filters button")
    await visit.page.wait_for_selector(f"tbody tr:first-child time[datetime^='{day}']")
    assert f"company={salon}" in visit.page.url


async def test_a_viewer_sees_calls_and_nobody_in_them(visit: Visit, salon: str) -> None:
    await visit.log_in("viewer", path=f"/calls?company={salon}")
    assert "+49" not in await visit.text()
    assert await visit.page.locator("input[name=text]").count() == 0
    await visit.keep("calls-of-a-viewer")


async def test_a_task_is_closed_on_a_phone_and_opened_again(phone: Visit, bench: Any, salon: str) -> None:
    await phone.log_in(path="/work")
    first = phone.page.locator("article.task").first
    assert "broken promise" in await first.inner_text()
    assert await first.locator("a[href='tel:+4915112345678']").count() == 1
    assert await phone.page.locator("article.task").count() == 4
    await phone.keep("work-phone")
    width = await phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375
    await first.locator("input[name=note]").fill("Termin nachgetragen")
    await first.locator("button:text-is('Done')").tap()
    await phone.page.wait_for_selector("text=The task is closed.")
    assert await phone.page.locator("article.task").count() == 3
    row = bench.rows("select * from callbacks where kind = 'promise' and company_id = %s", salon)[0]
    assert (row["state"], row["closed_by"], row["closed_note"]) == ("closed", "admin", "Termin nachgetragen")
    await phone.keep("work-closed-phone")
    await phone.page.locator("form.undo button").tap()
    await phone.page.wait_for_selector("text=The task waits again.")
    assert await phone.page.locator("article.task").count() == 4


async def test_the_work_list_on_a_wide_screen_in_german(visit: Visit, salon: str) -> None:
    await visit.log_in(path="/work")
    await visit.page.goto(f"{visit.url}/work?company={salon}&lang=de&theme=dark")
    assert "gebrochenes Versprechen" in await visit.text()
    await visit.keep("work-german")
