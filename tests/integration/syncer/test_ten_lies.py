"""A model that lies: each promise with nothing behind it is an alarm and a callback within the minute."""

from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import REGISTRY
from psycopg.types.json import Jsonb

from infra.simulators.control import PlacedCall, RetellControl
from services.syncer.merge.promises import KINDS
from shared.contracts.events import CallAuditDue, CallObserved
from tests.integration.syncer.conversations import HONEST, LIES, TUESDAY, Attempt, Conversation
from tests.integration.syncer.telephone import CALLER, NUMBER, connect
from tests.integration.syncer.test_appointments import webhook

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World


async def have(world: "World", control: RetellControl, talk: Conversation) -> PlacedCall:
    """The conversation at the simulated Retell, what was done in it, and what Retell tells of it."""
    await connect(world, control)
    analysis = {"custom_analysis_data": talk.analysis, "call_summary": talk.title}
    placed = await control.place_call(NUMBER, CALLER, talk.script, call_analysis=analysis)
    for attempt in talk.done:
        await enter(world, placed.call_id, attempt)
    if talk.callback:
        world.execute(
            "insert into callbacks (id, company_id, call_id, reason) values (%s, %s, %s, 'x')",
            f"callback_{placed.call_id}",
            world.company,
            placed.call_id,
        )
    if talk.cancelled_at:
        cancelled = webhook("u1", talk.cancelled_at, status="CANCELLED", **times(TUESDAY))
        await world.tell("calcom.booking_cancelled", cancelled)
    await report(world, placed, talk.told_by)
    return placed


async def report(world: "World", placed: PlacedCall, told_by: str) -> None:
    ended = {name: value for name, value in placed.call.items() if name != "call_analysis"}
    await world.tell("retell.call_ended", {"event": "call_ended", "call": ended})
    if told_by == "webhook":
        await world.tell("retell.call_analyzed", {"event": "call_analyzed", "call": placed.call})
        return
    seen = CallObserved(
        company_id=world.company,
        call_id=placed.call_id,
        call_status="ended",
        whole=True,
        call=placed.call,
    )
    await world.observe(seen)


async def enter(world: "World", call_id: str, attempt: Attempt, phone: str | None = None) -> None:
    world.execute(
        "insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at,"
        " calcom_uid, request, result) values (%s, %s, %s, 'mitte', %s, %s, 7, %s, %s, %s, %s)",
        world.company,
        f"{attempt.kind}-{attempt.uid}",
        call_id,
        attempt.kind,
        attempt.state,
        f"{attempt.start}+01:00",
        attempt.uid,
        Jsonb({"customer": {"name": "Erika", "phone": phone}}),
        f'{{"changed_uid": "{attempt.changed}"}}' if attempt.changed else None,
    )
    if attempt.appointment:
        booked = webhook(attempt.uid, metadata={"call_id": call_id}, **times(attempt.start))
        await world.tell("calcom.booking_created", booked)


def times(start: str) -> dict[str, str]:
    return {"startTime": f"{start}:00+01:00", "endTime": f"{start[:-2]}30:00+01:00"}


async def look_again(world: "World", call_id: str, talk: Conversation) -> None:
    """The last look, which is due within the minute."""
    due: list[dict[str, Any]] = world.rows(
        "select extract(epoch from due_at - now()) as seconds from deliveries"
        " where event_type = 'call.audit_due' and company_id = %s",
        world.company,
    )
    assert [row["seconds"] < 60 for row in due] == [True]
    for uid, state in talk.later.items():
        world.execute(
            "update bookings set state = %s where company_id = %s and calcom_uid = %s",
            state,
            world.company,
            uid,
        )
    await world.observe(CallAuditDue(company_id=world.company, call_id=call_id))


def counted() -> dict[str, float]:
    values = {
        kind: REGISTRY.get_sample_value("askpro_promises_broken_total", {"kind": kind}) for kind in KINDS
    }
    return {kind: value for kind, value in values.items() if value is not None}


@pytest.mark.parametrize("talk", LIES, ids=lambda talk: talk.title)
async def test_each_lie_raises_the_alarm_a_callback_and_the_count(
    connected: "World", control: RetellControl, talk: Conversation
) -> None:
    before = counted()
    placed = await have(connected, control, talk)
    if talk.later:
        assert connected.kinds("promise.") == []
        await look_again(connected, placed.call_id, talk)
    ((_, broken),) = connected.events("promise.broken")
    ((_, callback),) = connected.events("callback.requested")
    assert tuple(broken["kinds"]) == talk.kinds
    assert (callback["urgency"], callback["phone"], callback["call_id"]) == ("urgent", CALLER, placed.call_id)
    assert callback["kind"] == "promise"
    assert callback["customer_name"] == ("Erika" if talk.done else None)
    assert {kind for kind, value in counted().items() if value > before[kind]} == set(talk.kinds)


@pytest.mark.parametrize("talk", HONEST, ids=lambda talk: talk.title)
async def test_who_keeps_a_promise_raises_nothing(
    connected: "World", control: RetellControl, talk: Conversation
) -> None:
    before = counted()
    placed = await have(connected, control, talk)
    if talk.later:
        await look_again(connected, placed.call_id, talk)
    assert connected.kinds("promise.") == []
    assert connected.kinds("callback.") == []
    assert counted() == before


async def test_a_lie_is_raised_once_however_often_it_is_told(
    connected: "World", control: RetellControl
) -> None:
    placed = await have(connected, control, LIES[0])
    await report(connected, placed, "webhook")
    await report(connected, placed, "repair")
    await connected.observe(CallAuditDue(company_id=connected.company, call_id=placed.call_id))
    assert connected.kinds("promise.") == ["promise.broken"]
    assert connected.kinds("callback.") == ["callback.requested"]


async def test_what_the_company_reads_says_what_was_promised_and_what_there_is(
    connected: "World", control: RetellControl
) -> None:
    await have(connected, control, LIES[1])
    ((_, callback),) = connected.events("callback.requested")
    assert callback["reason"] == (
        "Ein Termin wurde zugesagt: Dienstag, 2.3.2027, 10:00 Uhr;"
        " im Kalender steht Mittwoch, 3.3.2027, 10:00 Uhr."
    )


async def test_nobody_is_asked_to_call_a_number_of_the_company_itself(
    connected: "World", control: RetellControl
) -> None:
    connected.execute(
        "insert into phone_numbers (company_id, number, branch_id) values (%s, %s, 'mitte')",
        connected.company,
        CALLER,
    )
    await have(connected, control, LIES[0])
    ((_, callback),) = connected.events("callback.requested")
    assert callback["phone"] is None


async def test_who_calls_again_and_is_told_of_the_first_appointment_is_told_the_truth(
    connected: "World", control: RetellControl
) -> None:
    await enter(connected, "call_before", Attempt(), phone=CALLER)
    await have(connected, control, LIES[0])
    assert connected.kinds("promise.") == []


async def test_what_a_stranger_has_booked_keeps_no_promise(
    connected: "World", control: RetellControl
) -> None:
    await enter(connected, "call_before", Attempt(), phone="+4915199999999")
    await have(connected, control, LIES[0])
    assert connected.kinds("promise.") == ["promise.broken"]
