"""What a person sees of the platform's state while it changes, and pausing a queue or opening a circuit."""

from pathlib import Path
from typing import Any

from tests.integration.console.bench import PASSWORD
from tests.processes import running

QUEUE = "syncer.booking-requests"
#: The pages look anew every five seconds; a busy machine needs longer.
PATIENCE = 60_000

_SAMPLES = (
    "insert into samples (series, label, at, value)"
    " select %s, %s, date_bin('30 seconds', now(), 'epoch') - n * interval '30 seconds',"
    " 20 + 15 * sin(n / 9.0) from generate_series(1, 110) n on conflict do nothing"
)


async def say(page: Any, form: str, **fields: str) -> None:
    """Fill the form whose address ends so, and send it."""
    for name, content in fields.items():
        await page.fill(f"form[action$='/{form}'] input[name={name}]", content)
    await page.click(f"form[action$='/{form}'] button")


async def test_the_overview_changes_without_being_loaded_anew(
    visit: Any, bench: Any, make_event: Any
) -> None:
    bench.rows(_SAMPLES, "queue.held", "")
    bench.rows(
        "insert into request_minutes (minute, service, process, total, failed, slow)"
        " select date_trunc('minute', now()) - n * interval '1 minute', 'webhook_ingest', 'p', 100, n %% 2, 1"
        " from generate_series(1, 50) n"
    )
    await bench.purge(QUEUE)
    await visit.log_in()
    await visit.page.evaluate("document.body.dataset.loaded = 'once'")
    before = int(await visit.page.inner_text("#dead"))
    event = make_event("booking.requested", {"start": "then"})
    await bench.tell(event)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    await visit.page.wait_for_selector(f"#dead:text-is('{before + 1}')", timeout=PATIENCE)
    assert await visit.page.evaluate("document.body.dataset.loaded") == "once"
    shown = await visit.text()
    assert "not set up" in shown
    assert "calcom.voice" in shown
    assert "99.50 %" in shown
    assert await visit.page.locator("figure svg polyline").count() >= 1
    await visit.keep("overview")
    await visit.page.click("#span-day")
    await visit.page.wait_for_selector("b:text-is('last day')")


async def test_a_console_that_is_gone_is_said_on_the_page(visit: Any, bench: Any, tmp_path: Path) -> None:
    async with running("services.ops_console", tmp_path / "console.log", bench.environment) as process:
        await visit.page.goto(process.url)
        await visit.page.fill("input[name=name]", "viewer")
        await visit.page.fill("input[name=password]", PASSWORD)
        await visit.page.click("main button")
        await visit.page.wait_for_selector("#dead")
        await process.kill()
        await visit.page.wait_for_selector("#stale:has-text('No connection since')", timeout=PATIENCE)
        assert await visit.page.locator("#dead").count() == 1
        await visit.keep("no-connection")


async def test_a_queue_is_paused_until_a_time_and_resumed_and_its_page_tells_who_said_so(
    visit: Any, bench: Any
) -> None:
    for series in ("queue.held", "queue.arriving", "queue.settled"):
        bench.rows(_SAMPLES, series, QUEUE)
    await visit.log_in("operator", path="/queues")
    await visit.page.click(f"a[id='queue-{QUEUE}']")
    await visit.page.wait_for_selector(f"h1:text-is('{QUEUE}')")
    await say(visit.page, "pause", minutes="soon", reason="they deploy")
    await visit.page.wait_for_selector("[role=alert]:has-text('Minutes are a number')")
    await visit.page.goto(f"{visit.url}/queues/{QUEUE}")
    await say(visit.page, "pause", minutes="20", reason="they deploy")
    await visit.page.wait_for_selector(f"text={QUEUE} is paused.")
    assert "operator: they deploy" in await visit.page.inner_text("#live")
    row = await bench.row("select * from circuits where name = %s", f"queue:{QUEUE}")
    assert (row["forced"], row["forced_by"]) == ("open", "operator")
    assert row["forced_until"] is not None
    await visit.keep("queue-paused")
    await visit.page.goto(f"{visit.url}/queues")
    assert "they deploy" in await visit.page.inner_text("tbody tr:first-child")
    await visit.keep("queues")
    await visit.page.goto(f"{visit.url}/queues/{QUEUE}")
    await say(visit.page, "resume", reason="they are done")
    await visit.page.wait_for_selector(f"text={QUEUE} goes on.")
    assert "queue.resumed" in await visit.text()


async def test_a_circuit_is_opened_until_a_time_and_closed(visit: Any, bench: Any) -> None:
    await visit.log_in("operator", path="/circuits")
    await visit.page.click("a[id='circuit-smtp']")
    await visit.page.wait_for_selector("h1:has-text('smtp')")
    await say(visit.page, "open", minutes="15", reason="their maintenance")
    await visit.page.wait_for_selector("text=smtp is open.")
    live = await visit.page.inner_text("#live")
    assert "calls are refused" in live
    assert "their maintenance" in live
    await visit.keep("circuit-open")
    await visit.page.goto(f"{visit.url}/circuits")
    assert "by operator" in await visit.page.inner_text("tbody tr:first-child")
    await visit.keep("circuits")
    await visit.page.goto(f"{visit.url}/circuits/smtp")
    await say(visit.page, "close", reason="it is over")
    await visit.page.wait_for_selector("text=smtp is closed.")
    assert "calls go through" in await visit.page.inner_text("#live")
    deeds = bench.rows("select * from audit where target = 'circuit:smtp' order by id")
    assert [deed["action"] for deed in deeds] == ["circuit.opened", "circuit.closed"]
    assert (deeds[1]["before"]["forced"], deeds[1]["after"]["forced"]) == ("open", None)


async def test_a_viewer_sees_state_and_no_forms_of_queues_and_circuits(visit: Any) -> None:
    await visit.log_in("viewer", path=f"/queues/{QUEUE}")
    assert await visit.page.locator("main form").count() == 0
    await visit.page.goto(f"{visit.url}/circuits/calcom")
    assert await visit.page.locator("main form").count() == 0


async def test_queues_and_circuits_are_read_on_a_phone_and_in_german(plain_visit: Any) -> None:
    await plain_visit.log_in("operator", path="/")
    for path in ("/", "/queues", f"/queues/{QUEUE}", "/circuits", "/circuits/retell"):
        await plain_visit.page.goto(f"{plain_visit.url}{path}?lang=de")
        width = await plain_visit.page.locator("html").bounding_box()
        assert width["width"] <= 360, path
        await plain_visit.keep(f"phone-de-{path.strip('/') or 'overview'}")
    assert "Geschlossen" in await plain_visit.text()
