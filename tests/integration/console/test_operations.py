"""A bulk operation on a real database: who is in it, what is sent when, and what is known of each letter."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from services.ops_console.handlers.forgetting import ForgetLetters
from services.ops_console.store.operations import Operations
from services.ops_console.store.refusals import NotPossibleError, NotSoundError
from shared.db.engine import Database
from tests.integration.console.ward import QUEUE, Ward


@pytest.fixture
async def ward(database_url: str) -> AsyncIterator[Ward]:
    database = Database(database_url, application="test", pool_size=4)
    with psycopg.connect(database_url, row_factory=dict_row, autocommit=True) as connection:
        yield Ward(connection, database)
        # What is left over would be driven by the next test too.
        connection.execute("delete from operations")
    await database.close()


async def run(ward: Ward, operation_id: int, group: str, looks: int, state: str = "done") -> dict[str, Any]:
    told: dict[str, Any] = {}
    for _ in range(looks):
        told = await ward.look(operation_id)
        ward.consume(state, group)
    return told


async def test_a_plan_tells_what_it_would_meet_and_sends_nothing(ward: Ward) -> None:
    ward.die(3, "plan")
    ward.die(1, "plan", name="lost:", body=None)
    told = ward.operation(await ward.plan("plan"))
    assert (told["state"], told["total"]) == ("planned", 3)
    assert told["preflight"]["queues"] == [{"queue": QUEUE, "letters": 4, "without_bytes": 1, "taken": 0}]
    assert ward.states("plan") == {"dead": 4}


async def test_what_dies_after_the_plan_was_shown_is_not_in_it(ward: Ward) -> None:
    ward.die(3, "frozen")
    operation_id = await ward.plan("frozen")
    ward.die(2, "frozen", name="late:")
    ward.sql("update deliveries set updated_at = now() where event_id like 'late:%%'")
    ward.sql("update deliveries set state = 'done' where event_id = 'frozen:1'")
    await ward.decide(operation_id, "confirm")
    assert ward.operation(operation_id)["chosen"] == 2


async def test_two_operations_never_have_the_same_letter(ward: Ward) -> None:
    ward.die(4, "twice")
    first, second = await ward.plan("twice"), await ward.plan("twice")
    confirm = partial(ward.decide, deed="confirm")
    done = await asyncio.gather(confirm(first), confirm(second), return_exceptions=True)
    assert [type(one) for one in done if one] == [NotPossibleError]
    items = ward.sql(
        "select place from operation_items where operation_id in (%(a)s, %(b)s)", a=first, b=second
    )
    assert len(items) == 4


async def test_it_begins_with_one_and_doubles_only_while_it_goes_well(ward: Ward) -> None:
    ward.die(200, "ramp")
    operation_id = await ward.begin("ramp", rate=20.0)
    told = await ward.look(operation_id, seconds=0.0)
    assert (told["level"], told["sent"]) == (1.0, 1)
    levels = []
    for _ in range(9):
        ward.consume("done", "ramp")
        levels.append((await ward.look(operation_id))["level"])
    assert levels == sorted(levels)
    assert set(levels) >= {2.0, 5.0, 10.0, 20.0}
    assert max(levels) == 20.0


async def test_nothing_more_is_sent_while_nobody_takes_what_was_sent(ward: Ward) -> None:
    ward.die(50, "stuck")
    operation_id = await ward.begin("stuck")
    for _ in range(6):
        told = await ward.look(operation_id)
    assert told["sent"] == 4


async def test_it_ends_with_an_outcome_for_each_letter(ward: Ward) -> None:
    ward.die(30, "whole")
    operation_id = await ward.begin("whole")
    ward.sql("update deliveries set state = 'discarded' where event_id = 'whole:30'")
    told = await run(ward, operation_id, "whole", 9)
    assert (told["state"], told["done"], told["skipped"]) == ("done", 29, 1)
    assert told["finished_at"] is not None


async def test_what_failed_once_and_waits_for_its_redelivery_counts_at_once_and_is_followed(
    ward: Ward,
) -> None:
    ward.die(40, "sick")
    operation_id = await ward.begin("sick")
    told = await run(ward, operation_id, "sick", 9, state="redelivery")
    assert told["state"] == "stopped"
    assert told["stop_reason"] == f"{told['failing']} of the last {told['failing']} failed"
    assert 5 <= told["failing"] < 12
    assert told["chosen"] == 40 - told["failing"]
    reasons = ward.sql("select distinct outcome from operation_items where state = 'failing'")
    assert reasons == [{"outcome": "Timeout: again"}]
    ward.sql("update deliveries set state = 'done' where fingerprint = 'sick' and state = 'redelivery'")
    told = await ward.look(operation_id)
    assert (told["state"], told["failing"]) == ("stopped", 0)
    assert told["done"] == 40 - told["chosen"]


async def test_one_that_fails_half_way_stops_itself_at_the_threshold(ward: Ward) -> None:
    ward.die(400, "half")
    operation_id = await ward.begin("half", rate=50.0)
    while (told := await ward.look(operation_id))["done"] < 200:
        ward.consume("done", "half")
    while told["state"] == "running":
        ward.consume("dead", "half")
        told = await ward.look(operation_id)
    assert told["state"] == "stopped"
    # No more than what four seconds bring was on its way when it was noticed.
    assert told["failed"] + told["sent"] <= 4 * 50
    assert told["chosen"] > 0
    assert ward.states("half")["dead"] == told["failed"] + told["chosen"]


async def test_a_stopped_one_is_resumed_slowly_and_does_not_stop_for_old_failures(ward: Ward) -> None:
    ward.die(60, "resumed")
    operation_id = await ward.begin("resumed")
    assert (await run(ward, operation_id, "resumed", 9, state="dead"))["state"] == "stopped"
    await ward.decide(operation_id, "resume")
    told = await ward.look(operation_id, seconds=0.0)
    assert (told["state"], told["level"], told["sent"]) == ("running", 1.0, 1)
    told = await run(ward, operation_id, "resumed", 12)
    assert (told["state"], told["done"] + told["failed"]) == ("done", 60)


async def test_a_paused_one_sends_nothing_and_goes_on_where_it_was(ward: Ward) -> None:
    ward.die(40, "paused")
    operation_id = await ward.begin("paused")
    await run(ward, operation_id, "paused", 3)
    await ward.decide(operation_id, "pause")
    before = ward.operation(operation_id)
    told = await run(ward, operation_id, "paused", 3)
    assert (told["chosen"], told["sent"]) == (before["chosen"], 0)
    await ward.decide(operation_id, "resume")
    assert (await run(ward, operation_id, "paused", 9))["state"] == "done"


async def test_a_cancelled_one_gives_back_what_was_not_sent(ward: Ward) -> None:
    ward.die(40, "cancelled")
    operation_id = await ward.begin("cancelled")
    await run(ward, operation_id, "cancelled", 3)
    await ward.decide(operation_id, "cancel")
    told = await ward.look(operation_id)
    assert (told["state"], told["chosen"], told["sent"]) == ("cancelled", 0, 0)
    assert told["cancelled"] == ward.states("cancelled")["dead"] == 40 - told["done"]
    assert ward.operation(await ward.begin("cancelled"))["chosen"] == told["cancelled"]


async def test_two_consoles_at_once_send_each_letter_once(ward: Ward) -> None:
    ward.die(100, "both")
    operation_id = await ward.begin("both")
    for _ in range(10):
        await asyncio.gather(*(ward.look(operation_id, seconds=1.0, owner=who) for who in ("one", "two")))
        ward.consume("done", "both")
    sent = ward.sql(
        "select count(*), max(jsonb_array_length(history)) as longest from deliveries"
        " where fingerprint = 'both' and state <> 'dead'"
    )[0]
    told = ward.operation(operation_id)
    assert sent["count"] == told["done"] + told["sent"]
    # Each failed once before and was consumed at most once since.
    assert sent["longest"] == 2


async def test_nothing_is_sent_behind_an_open_circuit_and_it_says_which(ward: Ward) -> None:
    ward.die(10, "shut")
    ward.die(10, "shut", name="open:", company="other")
    ward.sql(
        "insert into circuits (name, kind, state, company_id) values"
        " ('calcom:acme', 'credential', 'open', 'acme'), ('calcom.voice', 'dependency', 'open', null)"
    )
    operation_id = await ward.begin("shut")
    told = await run(ward, operation_id, "shut", 9)
    assert (told["state"], told["done"], told["chosen"]) == ("running", 10, 10)
    assert told["waits_for"] == ["calcom:acme"]
    ward.sql("update circuits set state = 'closed' where name = 'calcom:acme'")
    assert (await run(ward, operation_id, "shut", 9))["state"] == "done"


async def test_a_discard_of_many_needs_a_reason_and_keeps_name_and_reason(ward: Ward) -> None:
    ward.die(6_000, "given up", body=None)
    with pytest.raises(NotSoundError, match="Say why"):
        await ward.plan("given up", kind="discard", reason=None)
    operation_id = await ward.begin("given up", kind="discard", reason="all were called")
    told = await run(ward, operation_id, "given up", 3)
    assert (told["state"], told["done"]) == ("done", 6_000)
    row = ward.sql("select distinct settled_by, settled_reason from deliveries where state = 'discarded'"
                   " and fingerprint = 'given up'")  # fmt: skip
    assert row == [{"settled_by": "berta", "settled_reason": "all were called"}]


async def test_each_deed_is_in_the_audit_trail_once_however_many_letters(ward: Ward) -> None:
    ward.die(20, "audited")
    operation_id = await ward.begin("audited")
    await run(ward, operation_id, "audited", 9)
    deeds = ward.sql("select operator, action, after from audit where target = %(target)s order by id",
                     target=f"operation:{operation_id}")  # fmt: skip
    assert [(one["operator"], one["action"]) for one in deeds] == [
        ("anna", "operation.planned"),
        ("berta", "operation.confirmed"),
        ("console", "operation.done"),
    ]
    assert deeds[1]["after"]["letters"] == 20
    assert json.loads(json.dumps(deeds[2]["after"]))["done"] == 20


async def test_letters_of_an_operation_that_ended_long_ago_are_forgotten_and_its_counts_stay(
    ward: Ward,
) -> None:
    ward.die(3, "old")
    operation_id = await ward.begin("old")
    await run(ward, operation_id, "old", 5)
    forget = ForgetLetters(Operations(ward.database), timedelta(days=30))
    await forget()
    assert len(ward.sql("select place from operation_items")) == 3
    ward.sql("update operations set finished_at = now() - interval '31 days'")
    await forget()
    assert ward.sql("select place from operation_items") == []
    assert ward.sql("select counts ->> 'done' as done from operations") == [{"done": "3"}]


async def test_one_that_cannot_be_driven_holds_up_no_other(ward: Ward) -> None:
    ward.die(3, "broken")
    ward.die(3, "sound")
    broken, sound = await ward.begin("broken"), await ward.begin("sound")
    ward.sql("update operations set counts = counts || '{\"pace\": 7}' where id = %(id)s", id=broken)
    for _ in range(5):
        with pytest.raises(ExceptionGroup, match="cannot be driven"):
            await ward.look(sound)
        ward.consume("done", "sound")
    assert ward.operation(sound)["state"] == "done"
    assert ward.states("broken") == {"dead": 3}
