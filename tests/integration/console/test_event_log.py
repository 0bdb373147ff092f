"""Whatever is accepted is in the log, and waits in each queue that gets its type."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import eventually


async def test_an_event_is_logged_with_its_bytes_and_waits_in_each_queue_of_its_type(
    bench: Any, make_event: Any
) -> None:
    event = make_event("appointment.cancelled", {"uid": "u1"}, correlationid="call_1")
    await bench.tell(event)
    row = await bench.row("select * from event_log where id = %s", event.id)
    assert bytes(row["body"]) == event.raw
    assert (row["type"], row["company_id"], row["correlation_id"]) == (event.type, "acme", "call_1")
    assert row["handled"] is True
    assert row["document"]["data"] == {"uid": "u1"}
    waiting = bench.rows("select queue, state from deliveries where event_id = %s order by queue", event.id)
    expected = ("notifier.chat", "notifier.mail", "notifier.sms")
    assert [(one["queue"], one["state"]) for one in waiting] == [(queue, "waiting") for queue in expected]


async def test_a_type_that_no_queue_gets_is_logged_as_unhandled(bench: Any, make_event: Any) -> None:
    event = make_event("calcom.form_submitted", {})
    await bench.tell(event)
    row = await bench.row("select handled from event_log where id = %s", event.id)
    assert row["handled"] is False
    assert bench.rows("select 1 from deliveries where event_id = %s", event.id) == []


NEW_BINDING = "insert into routes (queue, pattern, since) values ('notifier.mail', 'calcom.novelty', {})"


@pytest.fixture
def bind(bench: Any) -> Iterator[Callable[[str], Any]]:
    """As a release does that handles one more type, at a time in SQL."""
    yield lambda since: bench.rows(NEW_BINDING.format(since))
    bench.rows("delete from routes where pattern = 'calcom.novelty'")


async def test_an_event_from_before_a_binding_waits_for_nobody_and_one_from_after_it_does(
    bench: Any, make_event: Any, bind: Callable[[str], Any]
) -> None:
    early, late = make_event("calcom.novelty", {}), make_event("calcom.novelty", {})
    bind("now() + interval '1 hour'")
    await bench.tell(early)
    assert (await bench.row("select handled from event_log where id = %s", early.id))["handled"] is False
    bench.rows("update routes set since = now() where pattern = 'calcom.novelty'")
    await bench.tell(late)
    await bench.delivery("notifier.mail", late.id, "waiting")
    assert bench.rows("select 1 from deliveries where event_id = %s", early.id) == []


async def test_bindings_of_the_first_start_stood_before_they_could_be_written_down(
    bench: Any, make_event: Any
) -> None:
    event = make_event("booking.requested", {})
    bench.rows("update routes set since = since + interval '1 hour'")
    await bench.tell(event)
    await bench.delivery("syncer.booking-requests", event.id, "waiting")
    bench.rows("update routes set since = since - interval '1 hour'")


async def test_the_same_event_twice_is_logged_once_and_leaves_a_settled_delivery_alone(
    bench: Any, make_event: Any
) -> None:
    event = make_event("booking.requested", {})
    await bench.tell(event)
    await bench.delivery("syncer.booking-requests", event.id, "waiting")
    bench.rows("update deliveries set state = 'done' where event_id = %s", event.id)
    await bench.tell(event)
    marker = make_event("calcom.marker", {})
    await bench.tell(marker)
    await bench.row("select 1 from event_log where id = %s", marker.id)
    assert len(bench.rows("select 1 from event_log where id = %s", event.id)) == 1
    assert [
        row["state"] for row in bench.rows("select state from deliveries where event_id = %s", event.id)
    ] == ["done"]


@pytest.mark.parametrize("raw", [b"\x00\xff not json", b"{}", b""])
async def test_bytes_that_are_no_event_are_logged_as_unparsable(bench: Any, raw: bytes) -> None:
    message_id = f"poison:{raw.hex()}"
    await bench.publish(raw, key="calcom.booking_created", message_id=message_id)
    row = await bench.row("select * from event_log where id = %s", message_id)
    assert row["type"] == "unparsable"
    assert bytes(row["body"]) == raw
    await bench.delivery("syncer.bookings", message_id, "waiting")


async def test_what_postgresql_cannot_hold_as_json_is_logged_beside_the_others(
    bench: Any, make_event: Any
) -> None:
    awkward = [
        make_event("calcom.odd", {"nul": "a\x00b"}, subject="a\x00b", correlationid="c\x00d"),
        make_event("calcom.odd", {"plain": True}),
    ]
    lone = awkward[1].raw.replace(b'"plain":true', b'"lone":"\\ud83d","huge":' + b"9" * 5000)
    await bench.tell(awkward[0])
    await bench.publish(lone, key="calcom.odd", message_id="test:lone")
    row = await bench.row("select body, document from event_log where id = 'test:lone'")
    assert bytes(row["body"]) == lone
    assert row["document"]["data"]["lone"] == "\ufffd"
    nul = await bench.row("select * from event_log where id = %s", awkward[0].id)
    assert nul["document"]["data"]["nul"] == "a\ufffdb"
    assert nul["subject"] == "a\ufffdb"


@pytest.fixture
def narrow(bench: Any) -> Iterator[None]:
    """Our checks let through what the columns take; here is one that is narrower."""
    bench.rows("alter table event_log add constraint narrow check (length(subject) < 500)")
    yield
    bench.rows("alter table event_log drop constraint narrow")


@pytest.mark.usefixtures("narrow")
async def test_an_event_that_no_column_takes_does_not_stop_the_next(bench: Any, make_event: Any) -> None:
    data = {"payload": {"metadata": {"call_id": "call_7"}}}
    refused = make_event("calcom.wide", data, correlationid="call_7", subject="x" * 512)
    following = make_event("calcom.wide", {})
    await bench.tell(refused)
    await bench.tell(following)
    await bench.row("select 1 from event_log where id = %s", following.id)
    row = await bench.row("select * from event_log where id = %s", refused.id)
    assert bytes(row["body"]) == refused.raw
    lines = [text for text in (bench.folder / "console.log").read_text().splitlines() if refused.id in text]
    (line,) = map(json.loads, lines)
    assert (line["event"], line["correlation_id"]) == ("event_log.entry_refused", "call_7")
    assert (line["company_id"], line["call_id"], line["queue"]) == ("acme", "call_7", "ops_console.event-log")


async def test_bodies_of_many_megabytes_at_once_are_all_logged(bench: Any, make_event: Any) -> None:
    events = [make_event("calcom.large", {"text": "x" * 4_900_000, "n": number}) for number in range(12)]
    for event in events:
        await bench.tell(event)

    async def all_there() -> bool:
        return bool(
            bench.rows("select count(*) as n from event_log where type = 'calcom.large'")[0]["n"]
            == len(events)
        )

    await eventually(all_there, within=60)


async def test_a_thousand_events_at_once_are_all_logged(bench: Any, make_event: Any) -> None:
    import asyncio

    events = [make_event("calcom.many", {"n": number}) for number in range(300)]
    for start in range(0, len(events), 50):
        await asyncio.gather(*map(bench.tell, events[start : start + 50]))

    async def all_there() -> bool:
        found = bench.rows("select count(*) as n from event_log where type = 'calcom.many'")
        return bool(found[0]["n"] == len(events))

    await eventually(all_there)
    assert await bench.depth("ops_console.event-log") == 0
