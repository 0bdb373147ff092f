"""A tenant in the console: entered, watched while it is set up; an appointment looked up, a task closed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from tests.browser.console.conftest import Visit, visiting
from tests.integration.console.records import TENANT
from tests.integration.console.test_work_askpro import APPOINTMENT
from tests.integration.console.test_work_list import CALL, OFFER, WISH, task

SALON = "salon"
BRANCH_PAGE = "/companies/alt/branches/mitte"


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
    await visit.page.click(f"a:text-is('{event.id}')")
    await visit.page.wait_for_selector(".trail li[aria-current]")


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


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
def provider_urls(simulators: Simulators) -> dict[str, str]:
    return {"CALCOM_BASE_URL": simulators.calcom_url, "RETELL_BASE_URL": simulators.retell_url}


@pytest.fixture(scope="module")
async def keys(simulators: Simulators) -> tuple[str, str]:
    """Good ones at Cal.com and Retell."""
    async with CalcomControl(simulators.calcom_url) as calcom, RetellControl(simulators.retell_url) as retell:
        return (await calcom.add_account())["apiKey"], (await retell.add_workspace())["api_key"]


@pytest.fixture(scope="module")
async def tenant(bench: Any, keys: tuple[str, str]) -> str:
    """A company that is there, with a branch."""
    company = {"id": "alt", "name": "Salon Alt", "calcom_api_key": keys[0], "retell_api_key": keys[1]}
    branch = {"company_id": "alt", "branch_id": "mitte", "name": "Mitte"}
    for path, body in (("/api/companies", company), ("/api/branches", branch)):
        assert (await bench.http.post(path, json=body)).is_success
    return "alt"


def step(bench: Any, name: str, state: str) -> None:
    """As the provisioner writes it."""
    bench.rows(
        "insert into provisioning_steps (company_id, branch_id, step, state, attempt) "
        "values ('neu', 'mitte', %s, %s, 1) on conflict (company_id, branch_id, step) "
        "do update set state = excluded.state",
        name,
        state,
    )


async def test_a_company_and_a_branch_are_entered_and_the_steps_are_seen_as_they_are_done(
    visit: Visit, bench: Any, keys: tuple[str, str]
) -> None:
    await visit.log_in(path="/companies")
    await visit.page.click("summary")
    await visit.page.fill("input[name=name]", "Salon Neu")
    await visit.page.fill("input[name=id]", "neu")
    await visit.page.fill("input[name=calcom_api_key]", keys[0])
    await visit.page.fill("input[name=retell_api_key]", keys[1])
    await visit.page.click("details button")
    await visit.page.wait_for_selector("text=neu is entered.")
    await visit.page.click("td a:text-is('neu')")
    await visit.page.click("main a:text-is('Add a branch')")
    await visit.page.wait_for_selector("h1:text-is('Branches')")
    await visit.page.click("summary")
    await visit.page.fill("details input[name=name]", "Mitte")
    await visit.page.fill("input[name=branch_id]", "mitte")
    await visit.page.click("details button")
    await visit.page.click("td a:text-is('mitte')")
    await visit.page.wait_for_selector("#steps .mark.pending")
    step(bench, "agent", "running")
    await visit.page.wait_for_selector("#steps td .mark.running", timeout=20_000)
    await visit.keep("branch-under-way")
    step(bench, "agent", "done")
    bench.rows("update branches set status = 'provisioned' where company_id = 'neu'")
    await visit.page.wait_for_selector("#steps .mark.provisioned", timeout=20_000)
    await visit.page.wait_for_selector("#steps td .mark.done")
    assert await visit.page.get_attribute("#steps", "hx-get") is None


@pytest.mark.usefixtures("tenant")
async def test_the_keys_of_a_company_are_checked_and_its_mail_is_changed_on_its_page(
    visit: Visit, bench: Any
) -> None:
    bench.rows(
        "insert into webhook_registrations (company_id, provider, subscriber_url, state, drifts, last_drift,"
        " checked_at) values ('alt', 'calcom', 'https://in.example/hook', 'kept', 2, 'secret', now())"
    )
    bench.rows(
        "insert into phone_numbers (company_id, number, branch_id) values ('alt', '+4930123', 'mitte')"
    )
    await visit.log_in(path="/companies/alt")
    await visit.page.click("button:text-is('Check the keys now')")
    await visit.page.wait_for_selector("text=Cal.com takes it.")
    assert "Retell takes it." in await visit.text()
    await visit.keep("company")
    await visit.page.click("summary:text-is('Change')")
    await visit.page.fill("details input[name=notification_email]", "chefin@salon.example")
    await visit.keep("company-form")
    await visit.page.click("details button:text-is('Change')")
    await visit.page.wait_for_selector("text=alt is changed.")
    row = bench.rows("select * from companies where id = 'alt'")[0]
    assert row["notification_email"] == "chefin@salon.example"
    deed = bench.rows("select * from audit where action = 'company.changed' and target = 'alt'")[0]
    assert deed["after"] == {"notification_email": "chefin@salon.example"}
    await visit.page.click("button:text-is('New webhook secret')")
    await visit.page.wait_for_selector("text=Cal.com is told in a minute.")
    assert "2 times" in await visit.text()


@pytest.mark.usefixtures("tenant")
async def test_the_notice_of_the_day_is_entered_and_taken_back_on_the_branchs_page(
    visit: Visit, bench: Any
) -> None:
    await visit.log_in(path=BRANCH_PAGE)
    await visit.page.fill("input[name=text]", "Heute schließen wir um 16 Uhr.")
    await visit.page.click("button:text-is('Let callers hear it')")
    await visit.page.wait_for_selector("text=Callers hear it from the next call on.")
    assert bench.rows("select text from branch_notices")[0]["text"] == "Heute schließen wir um 16 Uhr."
    await visit.keep("branch-notice")
    await visit.page.click("button:text-is('Remove')")
    await visit.page.wait_for_selector("text=Nobody hears it any more.")
    assert bench.rows("select * from branch_notices") == []


@pytest.mark.usefixtures("tenant")
async def test_a_viewer_sees_a_company_without_a_single_form(visit: Visit) -> None:
    for path in ("/companies/alt", BRANCH_PAGE, "/work"):
        await visit.log_in("viewer", path=path)
        assert await visit.page.locator("main form[method=post]").count() == 0
        await visit.context.clear_cookies()
