"""A bulk replay in a real browser: planned from a group, begun, paused, resumed and watched to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.db.engine import Database
from tests.integration.console.ward import Ward
from tests.support import eventually

#: A look each second; a busy machine needs longer.
PATIENCE = 60_000


@pytest.fixture
async def ward(bench: Any) -> AsyncIterator[Ward]:
    database = Database(bench.database_url, application="test", pool_size=1)
    with psycopg.connect(bench.database_url, row_factory=dict_row, autocommit=True) as connection:
        yield Ward(connection, database)
    await database.close()


@asynccontextmanager
async def consumed(ward: Ward, group: str, state: str) -> AsyncIterator[None]:
    """As long as it lasts everything that is sent ends as ``state``."""

    async def consume() -> None:
        while True:
            ward.consume(state, group)
            await asyncio.sleep(0.3)

    consuming = asyncio.create_task(consume())
    try:
        yield
    finally:
        consuming.cancel()


async def count(visit: Any, name: str) -> int:
    return int(await visit.page.inner_text(f"[data-count={name}]"))


async def at_least(visit: Any, name: str, number: int) -> bool:
    return await count(visit, name) >= number


async def test_a_group_is_replayed_paused_resumed_and_watched_to_its_end(visit: Any, ward: Ward) -> None:
    ward.die(60, "Timeout at booking.py")
    await visit.log_in(path="/dead-letters")
    await visit.page.click("article.group a:has-text('Timeout at booking.py')")
    await visit.page.click("form[action='/dead-letters/replay'] button")
    await visit.page.wait_for_selector("#op-confirm:text-is('Begin: 60 letters')")
    assert "nobody consumes this queue" in await visit.text()
    await visit.keep("operation-plan")
    await visit.page.fill("input[name=rate]", "20")
    await visit.page.click("#op-confirm")
    # The page is never loaded anew by hand from here on.
    async with consumed(ward, "Timeout at booking.py", "done"):
        await visit.page.wait_for_selector("#live [data-count=done]", timeout=PATIENCE)
        await eventually(lambda: at_least(visit, "done", 5), of="five are done")
        await visit.keep("operation-running")
        await visit.page.click("#op-pause")
        await visit.page.wait_for_selector("text=Paused: what was sent is followed.")
        await visit.page.wait_for_selector("#live:not([hx-get])", state="attached", timeout=PATIENCE)
        assert 0 < await count(visit, "chosen") < 60
        await visit.page.click("#op-resume")
        await visit.page.wait_for_selector("#live .mark.green:text-is('done')", timeout=PATIENCE)
    assert await count(visit, "done") == 60
    assert await visit.page.get_attribute("#live [role=progressbar]", "aria-valuenow") == "60"
    await visit.keep("operation-done")
    await visit.page.goto(visit.url + "/operations")
    assert "Timeout at booking.py" in await visit.text()
    await visit.keep("operations")


async def test_one_that_stops_itself_says_so_at_once_and_lists_what_failed(visit: Any, ward: Ward) -> None:
    ward.die(40, "Broken at sync.py")
    operation_id = await ward.begin("Broken at sync.py", rate=10.0)
    await visit.log_in(path=f"/operations/{operation_id}")
    async with consumed(ward, "Broken at sync.py", "dead"):
        await visit.page.wait_for_selector("[role=alert]:has-text('Stopped itself')", timeout=PATIENCE)
    await visit.keep("operation-stopped")
    await visit.page.click("a.tile:has-text('dead again')")
    await visit.page.wait_for_selector("td:has-text('Timeout: again')")


async def test_on_a_phone_without_javascript_it_is_looked_at_and_cancelled(
    plain_visit: Any, ward: Ward
) -> None:
    ward.die(5, "Phone at night.py")
    operation_id = await ward.begin("Phone at night.py", rate=1.0)
    await plain_visit.log_in(path=f"/operations/{operation_id}")
    await plain_visit.page.goto(f"{plain_visit.url}/operations/{operation_id}?lang=de")
    await plain_visit.keep("phone-operation")
    width = await plain_visit.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    await plain_visit.page.click("#op-cancel")
    assert "abgebrochen" in await plain_visit.text()
