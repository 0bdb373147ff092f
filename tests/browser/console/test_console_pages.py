"""What a person does in the console, in a real browser."""

from typing import Any

import pytest

QUEUE = "syncer.booking-requests"
PAGES = (
    "/",
    "/dead-letters",
    "/queues",
    "/circuits",
    "/events",
    "/rejected",
    "/operators",
    "/companies",
    "/branches",
    "/catalogue",
    "/orphans",
    "/appointments",
    "/calls",
    "/callbacks",
    "/audit",
)


@pytest.fixture
async def letter(bench: Any, make_event: Any) -> dict[str, Any]:
    data = {"kind": "<script>alert(1)</script>", "start": "then", "api_key": "cal_live_0123456789"}
    event = make_event("booking.requested", data)
    await bench.purge(QUEUE)
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


async def test_who_is_not_logged_in_is_sent_to_the_login_and_then_to_where_they_wanted(visit: Any) -> None:
    await visit.log_in(path="/queues")
    assert "syncer.bookings" in await visit.text()
    cookie = next(one for one in await visit.context.cookies() if one["name"] == "askpro_session")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


async def test_a_wrong_password_stays_at_the_login_and_says_so(visit: Any) -> None:
    await visit.page.goto(f"{visit.url}/login?next=https://example.com/")
    await visit.page.fill("input[name=name]", "admin")
    await visit.page.fill("input[name=password]", "not-the-password")
    await visit.page.click("main button")
    assert "wrong" in await visit.page.inner_text("[role=alert]")
    assert await visit.page.get_attribute("input[name=next]", "value") == "/"


@pytest.mark.usefixtures("letter")
async def test_every_page_opens_without_an_error_of_script_or_policy(visit: Any) -> None:
    await visit.log_in()
    for path in PAGES:
        answer = await visit.page.goto(visit.url + path)
        assert answer.status == 200, path
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        await visit.keep(path)
    assert await visit.page.evaluate("typeof htmx") == "object"


async def test_the_api_is_documented_without_anything_from_elsewhere(visit: Any) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    await visit.page.goto(f"{visit.url}/api/docs")
    await visit.page.wait_for_selector("[data-path='/api/dead-letters']")
    assert [url for url in asked if not url.startswith((visit.url, "data:"))] == []


async def test_a_dead_letter_is_looked_at_and_replayed(visit: Any, bench: Any, letter: Any) -> None:
    await visit.log_in(path="/dead-letters")
    await visit.page.click(f"td a:text-is('{letter['id']}')")
    await visit.page.wait_for_selector("h2:text-is('Payload')")
    shown = await visit.text()
    assert "<script>alert(1)</script>" in shown
    assert "cal_live" not in shown
    await visit.keep("dead-letter")
    await visit.page.click("form[action='/dead-letters/replay'] button")
    await visit.page.wait_for_selector("text=1 on the way again.")
    await bench.delivery(QUEUE, letter["event_id"], "waiting")


async def test_a_viewer_sees_no_forms_and_may_not_post_them(visit: Any, letter: Any) -> None:
    await visit.log_in("viewer", path=f"/dead-letters/{letter['id']}")
    assert await visit.page.locator("main form").count() == 0


async def test_it_works_without_javascript_on_a_phone_and_in_german(
    plain_visit: Any, bench: Any, letter: Any
) -> None:
    await plain_visit.log_in(path="/dead-letters")
    await plain_visit.page.goto(f"{plain_visit.url}/dead-letters/{letter['id']}?lang=de")
    assert "Verwerfen" in await plain_visit.text()
    await plain_visit.keep("phone")
    width = await plain_visit.page.locator("html").bounding_box()
    assert width is not None
    assert width["width"] <= 360
    await plain_visit.page.fill(
        "form[action='/dead-letters/discard'] input[name=reason]", "Kunde wurde angerufen"
    )
    await plain_visit.page.click("form[action='/dead-letters/discard'] button")
    assert "verworfen" in await plain_visit.text()
    row = await bench.delivery(QUEUE, letter["event_id"], "discarded")
    assert row["settled_reason"] == "Kunde wurde angerufen"
    await plain_visit.page.goto(plain_visit.url + "/")
    await plain_visit.keep("phone-overview")


async def test_a_company_and_a_branch_are_entered_in_forms(visit: Any, bench: Any) -> None:
    await visit.log_in(path="/companies")
    await visit.page.click("summary")
    await visit.page.fill("input[name=name]", "Salon Süd")
    await visit.page.fill("input[name=id]", "sued")
    await visit.page.click("details button")
    await visit.page.wait_for_selector("text=sued is entered.")
    await visit.page.click("td a:text-is('sued')")
    await visit.page.click("main a:text-is('Add a branch')")
    await visit.page.wait_for_selector("h1:text-is('Branches')")
    await visit.page.click("summary")
    await visit.page.fill("details input[name=name]", "Südbahnhof")
    await visit.page.fill("input[name=branch_id]", "bahnhof")
    await visit.page.fill(
        "textarea[name=opening_hours]", "Mo: 09:00-12:00, 13:00-18:00\nSamstag: geschlossen"
    )
    await visit.page.fill("textarea[name=services]", "Haarschnitt; 45; 4711\nBart")
    await visit.page.fill("input[name=transfer_number]", "+498912345679")
    await visit.page.fill("textarea[name=transfer_hours]", "Di: 10:00-12:00")
    await visit.page.fill("input[name=forwarding_numbers]", "+498912345670, +498912345671")
    await visit.page.fill("input[name=booking_notice_minutes]", "120")
    await visit.page.fill("input[name=booking_horizon_days]", "60")
    await visit.page.fill("input[name=cancellation_notice_hours]", "24")
    await visit.keep("branch-form")
    await visit.page.click("details button")
    await visit.page.wait_for_selector("text=bahnhof is entered.")
    event = await bench.row("select * from event_log where type = 'branch.created' and company_id = 'sued'")
    data = event["document"]["data"]
    assert len(data["opening_hours"]["mon"]) == 2
    assert [(one["name"], one["duration_minutes"]) for one in data["services"]] == [
        ("Haarschnitt", 45),
        ("Bart", 30),
    ]
    assert (data["transfer_number"], list(data["transfer_hours"])) == ("+498912345679", ["tue"])
    assert data["forwarding_numbers"] == ["+498912345670", "+498912345671"]
    bounds = ("booking_notice_minutes", "booking_horizon_days", "cancellation_notice_hours")
    assert [data[bound] for bound in bounds] == [120, 60, 24]
    await visit.page.goto(f"{visit.url}/companies/sued/branches/bahnhof")
    assert "Südbahnhof" in await visit.text()


async def test_a_check_is_followed_on_the_page_until_its_verdict(visit: Any, bench: Any) -> None:
    await bench.http.post("/api/companies", json={"id": "west", "name": "Salon West"})
    await bench.http.post("/api/branches", json={"company_id": "west", "branch_id": "tor", "name": "Tor"})
    await visit.log_in(path="/companies/west/branches/tor")
    assert "Not checked in the last day." in await visit.text()
    await visit.page.click("button:text-is('Check')")
    await visit.page.wait_for_selector("text=The check is under way.")
    event = await bench.row("select * from event_log where type = 'branch.check_requested'")
    bench.rows(
        "insert into branch_checks (company_id, branch_id, run_id, name, place, ok, found_de, found_en) "
        "values ('west', 'tor', %s, 'verdict', 0, true, 'Gut', 'All is well.')",
        event["document"]["data"]["run_id"],
    )
    await visit.page.wait_for_selector("#check .mark.green", timeout=20_000)
    assert "All is well." in await visit.text()


async def test_who_logs_out_is_out(visit: Any) -> None:
    await visit.log_in()
    cookies = await visit.context.cookies()
    await visit.page.click("header button")
    await visit.page.wait_for_url("**/login")
    await visit.context.add_cookies(cookies)
    await visit.page.goto(visit.url + "/queues")
    assert "/login" in visit.page.url
