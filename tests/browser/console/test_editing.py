"""A dead letter is corrected in the browser, and somebody looks at what is hidden in it."""

import json
from typing import Any

import pytest

QUEUE = "syncer.booking-requests"
WISH = {
    "company_id": "acme", "token": "t-0123456789", "branch_id": "main", "call_id": "call_7",
    "service_key": "cut", "event_type_id": 4711, "start": "then", "duration_minutes": 30,
    "timezone": "Europe/Berlin", "booking_email": "b@example.com", "api_key": "cal_live_0123456789",
    "customer": {"name": "Erika Mustermann", "phone": "+4915112345678"},
}  # fmt: skip
RIGHT = "2027-03-02T10:00:00+01:00"


@pytest.fixture
async def letter(bench: Any, make_event: Any) -> dict[str, Any]:
    await bench.purge(QUEUE)
    event = make_event("booking.requested", WISH, correlationid="call_7")
    await bench.publish(event.raw, key=event.type, message_id=event.id, tenant="acme")
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


async def change(visit: Any, old: str, new: str) -> None:
    area = visit.page.locator("textarea[name=data]")
    await area.fill((await area.input_value()).replace(old, new))
    await visit.page.click("button:text-is('Check and keep')")
    await visit.page.wait_for_selector("[role=status]:has-text('The step is kept')")


async def test_an_edit_is_checked_mended_taken_back_compared_and_sent(
    visit: Any, bench: Any, letter: Any
) -> None:
    await visit.log_in(path=f"/dead-letters/{letter['id']}")
    await visit.page.click("main a.button:text-is('Edit and send')")
    await change(visit, "then", "tomorrow")
    await visit.page.wait_for_selector(".field-errors >> text=start")
    await visit.keep("edit-breaks-its-contract")
    await change(visit, "tomorrow", RIGHT)
    await visit.page.wait_for_selector("text=It keeps the contract of booking.requested.")
    await change(visit, '"main"', '"other"')
    assert '"other"' in await visit.page.inner_text(".diff")
    await visit.page.click("button:text-is('Undo the last step')")
    await visit.page.wait_for_selector("text=The step is taken back.")
    told = await visit.page.inner_text(".diff")
    assert ('"then"' in told, RIGHT in told, '"other"' in told) == (True, True, False)
    assert "Erika" not in await visit.text()
    await visit.keep("edit")
    await visit.page.fill("input[name=reason]", "wrong time")
    await visit.page.click("button:text-is('Send the copy')")
    await visit.page.wait_for_selector("text=Replaced by")
    copy = await bench.row("select * from deliveries where copy_of = %s", letter["id"])
    event = await bench.row("select document from event_log where id = %s", copy["event_id"])
    # What was shown hidden is what it was.
    assert event["document"]["data"] == {**WISH, "start": RIGHT}
    await visit.page.goto(f"{visit.url}/audit?action=dead_letter.edited")
    await visit.page.click("td summary")
    assert RIGHT in await visit.page.inner_text("td .diff")
    await visit.keep("audit")


async def test_personal_data_is_seen_by_who_may_and_the_audit_tells_who_did(
    visit: Any, bench: Any, letter: Any
) -> None:
    bench.rows("update operators set may_reveal = true where name = 'operator'")
    await visit.log_in("operator", path=f"/dead-letters/{letter['id']}")
    assert "Erika" not in await visit.text()
    await visit.page.click("summary:text-is('Show personal data')")
    await visit.page.fill("form[action$=reveal] input[name=reason]", "the customer called")
    await visit.page.click("form[action$=reveal] button")
    await visit.page.wait_for_selector("pre:has-text('Erika Mustermann')")
    assert "cal_live" not in await visit.text()
    await visit.keep("revealed")
    await visit.page.click("summary:has-text('Edit and send')")
    area = visit.page.locator("textarea[name=data]")
    await area.fill((await area.input_value()).replace("Mustermann", "Musterfrau").replace("then", RIGHT))
    await visit.page.click("button:text-is('Check and keep')")
    await visit.page.wait_for_selector("text=It keeps the contract of booking.requested.")
    kept = bench.rows("select data from edit_drafts where letter_id = %s", letter["id"])[0]["data"]
    assert {one["path"] for one in json.loads(bytes(kept))["patch"]} == {"/start", "/customer/name"}
    await visit.page.goto(f"{visit.url}/audit?action=payload.*")
    await visit.page.wait_for_selector("td:text-is('the customer called')")


async def test_a_viewer_neither_edits_nor_reveals_nor_reads_the_audit(visit: Any, letter: Any) -> None:
    await visit.log_in("viewer", path=f"/dead-letters/{letter['id']}")
    assert await visit.page.locator("main form, main a.button").count() == 0
    for path in (f"/dead-letters/{letter['id']}/edit", "/audit"):
        answer = await visit.page.goto(visit.url + path)
        assert (answer.status, "Erika" in await visit.page.content()) == (403, False)
