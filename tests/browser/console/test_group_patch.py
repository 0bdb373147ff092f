"""One patch over a group in a real browser: tried on real ones, mended, and sent to its end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.db.engine import Database
from tests.integration.console.ward import Ward

PATIENCE = 60_000
GROUP = "hints.py-then"
HINT = {"company_id": "acme", "uid": "u", "hinted_at": "then", "customer": {"name": "Erika"}}


@pytest.fixture
async def ward(bench: Any) -> AsyncIterator[Ward]:
    database = Database(bench.database_url, application="test", pool_size=1)
    with psycopg.connect(bench.database_url, row_factory=dict_row, autocommit=True) as connection:
        yield Ward(connection, database)
    await database.close()


async def tried(visit: Any, patch: str) -> None:
    await visit.page.fill("textarea[name=patch]", patch)
    await visit.page.click("button:text-is('Try it')")
    await visit.page.wait_for_selector("h2:has-text('Tried on 4 of 4')")


async def test_a_patch_is_tried_on_real_ones_mended_and_sent_to_its_end(visit: Any, ward: Ward) -> None:
    ward.die_as_events(GROUP, [HINT, HINT, HINT, {"company_id": "acme"}])
    await visit.log_in(path=f"/dead-letters/patch?group={GROUP}")
    await tried(visit, '[{"op": "replace", "path": "/hinted_at", "value": "soon"}]')
    assert "It fits none of those that were tried." in await visit.text()
    assert await visit.page.locator("form[action='/operations/plan']").count() == 0
    await tried(visit, '[{"op": "replace", "path": "/hinted_at", "value": "2026-03-02T10:00:00Z"}]')
    assert "Erika" not in await visit.text()
    await visit.keep("group-patch")
    await visit.page.fill("form[action='/operations/plan'] input[name=reason]", "wrong time")
    await visit.page.click("button:text-is('Plan the operation')")
    await visit.page.click("#op-confirm")
    settling = asyncio.create_task(_settle(ward))
    await visit.page.wait_for_selector("#live .mark.green:text-is('done')", timeout=PATIENCE)
    settling.cancel()
    assert await visit.page.inner_text("[data-count=done]") == "3"
    assert await visit.page.inner_text("[data-count=skipped]") == "1"
    await visit.keep("group-patch-done")
    assert len(ward.copies(GROUP)) == 3
    assert ward.states(GROUP) == {"discarded": 3, "dead": 1}


async def _settle(ward: Ward) -> None:
    while True:
        ward.settle_copies(GROUP, "done")
        await asyncio.sleep(0.3)
