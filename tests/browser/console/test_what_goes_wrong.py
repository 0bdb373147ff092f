"""What a person is told when something does not work, and that nothing is done besides what was asked for."""

from typing import Any

import pytest

QUEUE = "syncer.booking-requests"
#: The overview looks anew every ten seconds; a busy machine needs longer.
PATIENCE = 60_000


async def dead(bench: Any, make_event: Any, company_id: str) -> dict[str, Any]:
    event = make_event("booking.requested", {"start": "then"}, companyid=company_id)
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


@pytest.fixture
async def of_two(bench: Any, make_event: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A dead letter of each of two companies, in one group."""
    await bench.purge(QUEUE)
    return await dead(bench, make_event, "acme"), await dead(bench, make_event, "other")


async def test_the_button_of_a_group_reaches_what_the_page_shows_and_no_other_company(
    visit: Any, bench: Any, of_two: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    ours, others = of_two
    await visit.log_in(path="/dead-letters")
    await visit.page.goto(f"{visit.url}/dead-letters?company=acme")
    await visit.page.click("article.group a")
    await visit.page.fill("form[action='/dead-letters/discard'] input[name=reason]", "asked by acme")
    await visit.page.click("form[action='/dead-letters/discard'] button")
    await visit.page.click("#op-confirm:text-is('Begin: 1 letters')")
    await bench.delivery(QUEUE, ours["event_id"], "discarded")
    await bench.delivery(QUEUE, others["event_id"], "dead")


async def test_a_refusal_is_seen_where_the_form_was_sent(
    visit: Any, of_two: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    await visit.log_in(path=f"/dead-letters/{of_two[0]['id']}/edit")
    await visit.page.click("button:text-is('Check and keep')")
    await visit.page.wait_for_selector("[role=alert]:has-text('Nothing was changed.')")


async def test_figures_that_cannot_be_fetched_anew_say_that_they_are_old(visit: Any) -> None:
    await visit.log_in()
    stale = visit.page.locator("#stale")
    assert not await stale.is_visible()
    for refuse in (lambda route: route.abort(), lambda route: route.fulfill(status=503, body="away")):
        await visit.page.route("**/overview/live*", refuse)
        await stale.wait_for(state="visible", timeout=PATIENCE)
        assert "No connection since" in await stale.inner_text()
        assert await stale.locator("time[data-local]").count() == 1
        assert "away" not in await visit.text()
        await visit.page.unroute("**/overview/live*")
        await stale.wait_for(state="hidden", timeout=PATIENCE)


async def test_a_session_that_ends_leads_to_the_login_and_back_to_the_page(visit: Any) -> None:
    await visit.log_in()
    await visit.context.clear_cookies()
    await visit.page.wait_for_url("**/login?next=/", timeout=PATIENCE)
    assert await visit.page.locator("nav").count() == 0
