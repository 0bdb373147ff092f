"""A person finds an error, looks at a letter of it, and says that it is seen; it is back when it recurs."""

from typing import Any, Final

import pytest

from tests.integration.console.bench import an_event

QUEUE: Final = "syncer.booking-requests"
DATA: Final = {
    "uid": "u-4711", "start": "then", "duration_minutes": 45, "confirmed": False,
    "api_key": "cal_live_0123456789", "attendee": {"name": "Jörg", "email": "joerg@example.org"},
}  # fmt: skip


async def a_death(bench: Any) -> dict[str, Any]:
    event = an_event("booking.requested", DATA, correlationid="call_9")
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


@pytest.fixture(scope="module")
async def letter(bench: Any) -> dict[str, Any]:
    for _ in range(2):
        await a_death(bench)
    return await a_death(bench)


async def test_a_group_is_found_looked_into_acknowledged_and_opens_again(
    visit: Any, bench: Any, letter: Any
) -> None:
    await bench.row("select * from dead_letter_hours where group_id = %s", letter["group_id"])
    await visit.log_in(path="/dead-letters")
    await visit.page.wait_for_selector(".group .spark rect")
    await visit.keep("dead-letters")
    await visit.page.click(".group a")
    await visit.page.wait_for_selector("h1:has-text('broker.rejected')")
    await visit.page.fill("textarea[name=note]", "Cal.com says no since the update.")
    await visit.page.click("button:text-is('Keep the note')")
    await visit.page.wait_for_selector("text=Note kept.")
    await visit.page.click("button:text-is('Acknowledge')")
    await visit.page.wait_for_selector("h1 .mark:text-is('acknowledged')")
    await visit.keep("dead-letter-group")
    await visit.page.click(f"td a:text-is('{letter['id']}')")
    await visit.page.wait_for_selector(".json .key")
    assert "cal_live" not in await visit.text()
    await visit.keep("dead-letter-story")
    await a_death(bench)
    await bench.row("select * from dead_letter_groups where id = %s and state = 'open'", letter["group_id"])
    await visit.page.click("a:text-is('Its group')")
    await visit.page.wait_for_selector("h1 .mark:text-is('open')")
    assert "Cal.com says no since the update." in await visit.page.input_value("textarea[name=note]")


async def test_a_letter_is_found_by_a_word_of_its_payload(visit: Any, bench: Any, letter: Any) -> None:
    await bench.row(
        "select * from dead_letter_texts where delivery_id = %s and text is not null", letter["id"]
    )
    await visit.log_in("operator", path="/dead-letters")
    await visit.page.keyboard.press("/")
    await visit.page.keyboard.type("u-4711")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector(f"td a:text-is('{letter['id']}')")
    assert await visit.page.locator(".group").count() == 0
    await visit.page.fill("input[name=search]", "nobody wrote this")
    await visit.page.click("form[role=search] button")
    await visit.page.wait_for_selector("text=Nothing there.")


async def test_a_group_is_ignored_for_a_while_on_a_phone_in_german(
    plain_visit: Any, bench: Any, letter: Any
) -> None:
    await plain_visit.log_in(path="/dead-letters")
    await plain_visit.page.goto(f"{plain_visit.url}/dead-letters?lang=de")
    await plain_visit.keep("phone-dead-letters")
    await plain_visit.page.goto(f"{plain_visit.url}/dead-letters/groups/{letter['group_id']}")
    await plain_visit.page.click("summary:text-is('Ignorieren bis …')")
    await plain_visit.page.fill("input[name=until_more]", "100")
    await plain_visit.page.click("button:text-is('Ignorieren bis …')")
    assert "Vorerst ignoriert." in await plain_visit.text()
    await plain_visit.keep("phone-dead-letter-group")
    width = await plain_visit.page.locator("html").bounding_box()
    assert width is not None
    assert width["width"] <= 360
    await bench.row(
        "select * from dead_letter_groups where id = %s and state = 'ignored'", letter["group_id"]
    )
