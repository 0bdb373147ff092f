"""One patch over a group, as an operation: corrected copies are sent and followed, the rest is left."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from services.ops_console.handlers.driving import DriveOperations
from services.ops_console.store.operation_drive import Drives
from services.ops_console.store.refusals import NotSoundError
from shared.contracts.envelope import parse_envelope
from shared.db.engine import Database
from tests.integration.console.ward import Ward

HINT = {"company_id": "acme", "uid": "u", "hinted_at": "then", "customer": {"name": "Erika"}}
PATCH = [{"op": "replace", "path": "/hinted_at", "value": "2026-03-02T10:00:00Z"}]


@pytest.fixture
async def ward(database_url: str) -> AsyncIterator[Ward]:
    database = Database(database_url, application="test", pool_size=4)
    with psycopg.connect(database_url, row_factory=dict_row, autocommit=True) as connection:
        yield Ward(connection, database)
        connection.execute("delete from operations")
    await database.close()


async def run(ward: Ward, operation_id: int, group: str, state: str = "done") -> dict[str, Any]:
    told = await ward.look(operation_id)
    for _ in range(40):
        if told["state"] != "running":
            break
        ward.settle_copies(group, state)
        told = await ward.look(operation_id)
    return told


async def test_what_the_patch_fits_is_sent_as_a_copy_and_followed_and_the_rest_is_left(ward: Ward) -> None:
    ward.die_as_events("mixed", [HINT, {"company_id": "acme"}, {**HINT, "uid": None}, HINT])
    told = await run(ward, await ward.begin("mixed", kind="patch-replay", rate=100.0, patch=PATCH), "mixed")
    assert (told["state"], told["done"], told["skipped"], told["failed"]) == ("done", 2, 2, 0)
    assert ward.states("mixed") == {"discarded": 2, "dead": 2}
    sent = ward.copies("mixed")
    assert [parse_envelope(bytes(one["body"])).data for one in sent] == [  # type: ignore[union-attr]
        {**HINT, "hinted_at": "2026-03-02T10:00:00Z"}
    ] * 2
    assert {one["properties"]["headers"]["tenant"] for one in sent} == {"acme"}
    items = ward.sql(
        "select state, outcome, new_event_id from operation_items where operation_id = %(id)s order by place",
        id=told["id"],
    )
    assert [one["new_event_id"] for one in items if one["state"] == "done"] == [
        one["event_id"] for one in sent
    ]
    left = [one["outcome"] for one in items if one["state"] == "skipped"]
    assert ["/hinted_at" in left[0], "uid" in left[1]] == [True, True]
    deeds = ward.sql("select * from audit where action = 'dead_letter.edited' and operator = 'berta'")
    assert len(deeds) == 2
    assert "Erika" not in str(deeds)


async def test_copies_that_fail_again_stop_it(ward: Ward) -> None:
    ward.die_as_events("again", [HINT] * 30)
    operation_id = await ward.begin("again", kind="patch-replay", rate=100.0, patch=PATCH, minimum=3)
    told = await run(ward, operation_id, "again", "dead")
    assert told["state"] == "stopped"
    assert told["failed"] >= 3
    assert told["chosen"] > 0
    assert ward.states("again")["dead"] == told["chosen"]


async def test_two_consoles_send_each_copy_once(ward: Ward) -> None:
    ward.die_as_events("once", [HINT] * 12)
    operation_id = await ward.begin("once", kind="patch-replay", rate=100.0, patch=PATCH)
    for _ in range(12):
        ward.tick(operation_id)
        drivers = [DriveOperations(Drives(ward.database), owner) for owner in ("one", "two")]
        await asyncio.gather(*(drive() for drive in drivers))
        ward.settle_copies("once", "done")
    assert ward.operation(operation_id)["done"] == 12
    assert len(ward.copies("once")) == 12


async def test_a_plan_with_a_patch_that_is_none_is_refused(ward: Ward) -> None:
    ward.die_as_events("none", [HINT])
    for patch in ([], [{"op": "sub", "path": "/a"}]):
        with pytest.raises(NotSoundError):
            await ward.plan("none", kind="patch-replay", rate=10.0, patch=patch)
