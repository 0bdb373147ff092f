"""Webhooks of Retell → calls: staged, linked, told at the end and after the analysis."""

import asyncio
import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.events import CallObserved, RecordingRefused
from shared.errors import InvalidEventError
from tests.integration.syncer.test_appointments import webhook as booking

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

STARTED: dict[str, Any] = {
    "call_id": "c1",
    "call_status": "ongoing",
    "agent_id": "agent-1",
    "direction": "inbound",
    "from_number": "+491701234567",
    "to_number": "+498912345",
    "start_timestamp": 1752562800000,
}
ENDED = {**STARTED, "call_status": "ended", "end_timestamp": 1752562875000, "transcript": "Agent: Hallo"}
ANALYZED = {**ENDED, "duration_ms": 75_000, "call_analysis": {"call_summary": "Ein Termin."}}
STAGES = {"call_started": STARTED, "call_ended": ENDED, "call_analyzed": ANALYZED}


async def tell(world: "World", name: str, **changes: Any) -> None:
    body = {"event": name, "call": {**STAGES.get(name, STARTED), **changes}}
    await world.tell(f"retell.{name}", body)


@pytest.mark.parametrize("order", list(itertools.permutations(STAGES)))
async def test_every_order_of_the_webhooks_ends_in_the_same_call(
    world: "World", order: tuple[str, ...]
) -> None:
    for name in order:
        await tell(world, name)
    row = world.call("c1")
    assert (row["status"], row["duration_ms"], row["summary"]) == ("analyzed", 75_000, "Ein Termin.")
    stages = [event["stage"] for _, event in world.events("call.recorded")]
    assert stages in (["ended", "analyzed"], ["analyzed"])
    versions = [event["version"] for _, event in world.events("call.recorded")]
    assert versions == sorted(set(versions))
    assert row["version"] == versions[-1]


async def test_copies_at_once_tell_each_stage_once(world: "World") -> None:
    await asyncio.gather(*(tell(world, name) for name in [*STAGES] * 5))
    stages = [event["stage"] for _, event in world.events("call.recorded")]
    assert len(stages) == len(set(stages))
    assert world.call("c1")["status"] == "analyzed"


async def test_a_call_that_was_not_connected_begins_with_its_end(world: "World") -> None:
    body = {"call_id": "c1", "call_status": "not_connected", "disconnection_reason": "dial_no_answer"}
    await world.tell("retell.call_ended", {"event": "call_ended", "call": body})
    row = world.call("c1")
    assert (row["status"], row["outcome"], row["started_at"]) == ("ended", "not_connected", None)
    ((kind, event),) = world.events()
    assert (kind, event["stage"], event["disconnection_reason"]) == (
        "call.recorded",
        "ended",
        "dial_no_answer",
    )


async def test_the_branch_is_that_of_the_agent_else_of_the_number(world: "World") -> None:
    world.execute(
        "insert into phone_numbers (company_id, number, branch_id) values (%s, '+498912345', 'mitte')",
        world.company,
    )
    await tell(world, "call_started", agent_id="unknown")
    assert world.call("c1")["branch_id"] == "mitte"
    world.execute(
        "insert into provisionings (company_id, branch_id, target_version, agent_id)"
        " values (%s, 'mitte', 1, 'agent-9')",
        world.company,
    )
    await tell(world, "call_started", call_id="c2", agent_id="agent-9", to_number=None)
    assert world.call("c2")["branch_id"] == "mitte"


async def test_a_call_of_nobodys_agent_has_no_branch(world: "World") -> None:
    await tell(world, "call_ended", agent_id=None, to_number=None)
    assert world.call("c1")["branch_id"] is None


async def test_a_call_without_agent_is_not_that_of_a_branch_whose_agent_is_not_made_yet(
    world: "World",
) -> None:
    world.execute(
        "insert into provisionings (company_id, branch_id, target_version) values (%s, 'mitte', 1)",
        world.company,
    )
    await tell(world, "call_ended", agent_id=None, to_number=None)
    assert world.call("c1")["branch_id"] is None


@pytest.mark.parametrize("call_first", [True, False])
async def test_call_and_appointment_find_each_other_whichever_comes_first(
    world: "World", call_first: bool
) -> None:
    async def book() -> None:
        await world.tell("calcom.booking_created", booking("u1", metadata={"call_id": "c1"}))

    steps = [lambda: tell(world, "call_ended"), book]
    for step in steps if call_first else reversed(steps):
        await step()
    assert world.appointment("u1")["call_id"] == "c1"
    assert world.call("c1")["outcome"] == "booked"


async def test_call_and_appointment_at_the_same_moment_find_each_other(world: "World") -> None:
    for number in range(8):
        body = booking(f"u{number}", metadata={"call_id": f"c{number}"})
        ended = tell(world, "call_ended", call_id=f"c{number}")
        await asyncio.gather(world.tell("calcom.booking_created", body), ended)
        assert world.call(f"c{number}")["outcome"] == "booked"


PROMISED = {"custom_analysis_data": {"appointment_promised": True, "promised_when": "Dienstag 10 Uhr"}}


async def test_a_promise_with_nothing_behind_it_is_told_once_and_put_right(world: "World") -> None:
    for _ in range(2):
        await tell(world, "call_analyzed", call_analysis=PROMISED)
    assert world.kinds() == ["call.recorded", "promise.broken", "callback.requested"]
    _, (_, broken), (_, callback) = world.events()
    assert broken["promise"] == "Dienstag 10 Uhr"
    assert "Dienstag 10 Uhr" in callback["reason"]
    assert callback["phone"] == "+491701234567"
    assert world.call("c1")["outcome"] == "callback"


async def test_a_promise_with_an_appointment_or_an_attempt_behind_it_is_kept(world: "World") -> None:
    await world.tell("calcom.booking_created", booking("u1", metadata={"call_id": "c1"}))
    world.execute(
        "insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at,"
        " request) values (%s, 'tok', 'c2', 'mitte', 'book', 'requested', 7, now(), '{}')",
        world.company,
    )
    for call_id in ("c1", "c2"):
        await tell(world, "call_analyzed", call_id=call_id, call_analysis=PROMISED)
    assert world.kinds("promise.") == []


async def test_transfers_are_recorded_in_their_order(world: "World") -> None:
    for name in ("transfer_bridged", "transfer_started"):
        body = {"event": name, "call": STARTED, "transfer_destination": {"number": "+49\x00891"}}
        await world.tell(f"retell.{name}", body, time="2026-03-01T10:00:0" + ("2Z" if "br" in name else "1Z"))
    row = world.call("c1")
    assert [each["event"] for each in row["transfers"]] == ["transfer_started", "transfer_bridged"]
    assert row["outcome"] == "transferred"
    assert world.kinds() == []


async def test_repair_fills_in_what_a_lost_webhook_left_out(world: "World") -> None:
    await tell(world, "call_started")
    await world.observe(
        CallObserved(company_id=world.company, call_id="c1", call_status="ended", call=ANALYZED)
    )
    assert world.call("c1")["status"] == "analyzed"
    await tell(world, "call_analyzed")
    assert world.kinds() == ["call.recorded"]


async def test_text_that_the_database_refuses_is_replaced(world: "World") -> None:
    analysis = {"call_summary": "a\x00b\ud800", "custom_analysis_data": {"k\x00": ["\udfff"]}}
    await tell(world, "call_analyzed", transcript="User: \x00", call_analysis=analysis)
    assert world.call("c1")["summary"] == "a\ufffdb\ufffd"


def answer(world: "World", call_id: str = "c1", *, allowed: bool) -> None:
    """What the caller said when asked for a recording; the last word counts."""
    world.execute(
        "insert into consents (company_id, call_id, kind, allowed) values (%s, %s, 'recording', %s)"
        " on conflict (company_id, call_id, kind) do update set allowed = excluded.allowed",
        world.company,
        call_id,
        allowed,
    )


async def refuse(world: "World") -> None:
    answer(world, allowed=False)
    at = datetime.now(UTC)
    await world.observe(RecordingRefused(company_id=world.company, call_id="c1", refused_at=at))


SAID = {
    "transcript": "User: Erika",
    "recording_url": "https://x/Erika",
    "call_analysis": {
        "call_summary": "Erika",
        "in_voicemail": False,
        "custom_analysis_data": {"reason": "x"},
    },
}


@pytest.mark.parametrize("refused_at", range(4))
async def test_of_a_call_whose_caller_refused_nothing_that_was_said_is_kept_whenever_that_was(
    world: "World", refused_at: int
) -> None:
    steps = [lambda name=name: tell(world, name, **SAID) for name in STAGES]
    steps.insert(refused_at, lambda: refuse(world))
    for step in steps:
        await step()
    row = world.call("c1")
    assert "Erika" not in str(row)
    assert (row["transcript_state"], row["status"], row["outcome"]) == ("dropped", "analyzed", None)
    assert row["analysis"] == {"in_voicemail": False, "custom_analysis_data": {"reason": "x"}}
    told = [event["summary"] for _, event in world.events("call.recorded")]
    assert told == [None if refused_at < 2 else "Erika", None if refused_at < 3 else "Erika"]


async def test_who_agrees_after_all_is_kept_from_then_on(world: "World") -> None:
    await refuse(world)
    await tell(world, "call_ended", **SAID)
    answer(world, allowed=True)
    await tell(world, "call_analyzed", **SAID)
    row = world.call("c1")
    assert (row["transcript"], row["transcript_state"], row["summary"]) == ("User: Erika", "kept", "Erika")


async def test_a_refusal_that_was_taken_back_before_it_is_heard_of_drops_nothing(world: "World") -> None:
    await tell(world, "call_ended", **SAID)
    answer(world, allowed=True)
    at = datetime.now(UTC)
    await world.observe(RecordingRefused(company_id=world.company, call_id="c1", refused_at=at))
    assert world.call("c1")["transcript_state"] == "kept"


async def test_the_refusal_of_one_caller_is_that_of_no_other(world: "World") -> None:
    await refuse(world)
    for call_id in ("c1", "c2"):
        await tell(world, "call_ended", call_id=call_id, **SAID)
    states = [world.call(call_id)["transcript_state"] for call_id in ("c1", "c2")]
    assert states == ["dropped", "kept"]


async def test_a_refusal_while_the_call_is_written_leaves_nothing(world: "World") -> None:
    for number in range(5):
        answer(world, f"c{number}", allowed=False)
        refused = RecordingRefused(
            company_id=world.company, call_id=f"c{number}", refused_at=datetime.now(UTC)
        )
        await asyncio.gather(tell(world, "call_ended", call_id=f"c{number}", **SAID), world.observe(refused))
        assert world.call(f"c{number}")["transcript_state"] == "dropped"


@pytest.mark.parametrize("body", [{}, [], {"call": {}}, {"call": None}, {"call": {"call_id": 5}}])
async def test_a_webhook_without_call_id_breaks_its_contract(world: "World", body: Any) -> None:
    with pytest.raises(InvalidEventError):
        await world.tell("retell.call_ended", body)
