"""The whole trail of an event: webhook, appointment, notifications, and the attempts at each."""

import json
import secrets
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.integration.console.bench import PASSWORD


@pytest.fixture
async def trail(bench: Any, make_event: Any) -> dict[str, Any]:
    """A webhook, the appointment it made, and a mail that went out beside a chat that was given up."""
    case = {"correlationid": secrets.token_hex(4)}
    webhook = make_event("calcom.booking_created", {"uid": "u"}, **case)
    booked = make_event("appointment.booked", {"uid": "u"}, causationid=webhook.id, **case)
    told = make_event("dead_letter.recorded", {}, causationid=booked.id)
    for event in (webhook, booked, told):
        await bench.tell(event)
        await bench.row("select 1 from event_log where id = %s", event.id)
    first = {
        "attempt": 1,
        "at": "2026-01-05T10:00:00+00:00",
        "class": "ChatRefusedError",
        "message": "no",
        "place": "x:1",
    }
    error = {"class": "ChatRefusedError", "message": "no such channel", "place": "x:1", "stack": "Traceback"}
    bench.rows("update deliveries set state = 'done', attempt = 1 where event_id = %s", webhook.id)
    bench.rows(
        "update deliveries set state = 'dead', attempt = 1, reason = 'rejected', error = %s, history = %s"
        " where event_id = %s and queue = 'notifier.chat'",
        json.dumps(error),
        json.dumps([first]),
        booked.id,
    )
    bench.rows(
        "insert into notifications (message_id, company_id, event_id, channel, recipient, state, sent_at)"
        " values (%s, 'acme', %s, 'mail', 'anna@example.com', 'sent', now())",
        f"{booked.id}@test",
        booked.id,
    )
    return {"webhook": webhook.id, "booked": booked.id, "told": told.id}


@pytest.mark.parametrize("asked", ["webhook", "booked", "told"])
async def test_the_trail_is_the_same_from_wherever_it_is_asked(
    bench: Any, trail: dict[str, Any], asked: str
) -> None:
    story = (await bench.askpro("events", "show", trail[asked], "--json")).json
    assert [line["id"] for line in story["trail"]] == list(trail.values())
    booked = story["trail"][1]
    assert booked["causation_id"] == trail["webhook"]
    states = {one["queue"]: one for one in booked["deliveries"]}
    assert states["notifier.mail"]["state"] == "waiting"
    dead = states["notifier.chat"]
    assert (dead["state"], dead["reason"], dead["error"]["message"]) == (
        "dead",
        "rejected",
        "no such channel",
    )
    assert "stack" not in dead["error"]
    assert [entry["class"] for entry in dead["history"]] == ["ChatRefusedError"]
    assert dead["first_seen_at"] <= dead["updated_at"]
    assert [(one["channel"], one["state"]) for one in booked["notices"]] == [("mail", "sent")]


async def test_people_read_it_as_a_tree(bench: Any, trail: dict[str, Any]) -> None:
    lines = (await bench.askpro("events", "show", trail["booked"])).out.splitlines()
    webhook, booked, told = (_line(lines, trail[name]) for name in ("webhook", "booked", "told"))
    assert webhook < booked < told
    assert lines[webhook].startswith("•")
    assert lines[booked].startswith("    ▶")
    assert lines[told].startswith("        •")
    text = "\n".join(lines)
    assert "ChatRefusedError: no" in text
    assert "askpro dead-letters show" in text
    assert "mail to •••  sent" in text


async def test_the_page_shows_it_to_everybody_without_addresses(bench: Any, trail: dict[str, Any]) -> None:
    pages = {}
    for role in ("viewer", "operator"):
        async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as browser:
            await browser.post("/login", data={"name": role, "password": PASSWORD, "next": "/"})
            pages[role] = (await browser.get(f"/events/{trail['webhook']}")).text
    for page in pages.values():
        assert "no such channel" in page
        assert "anna@example.com" not in page


async def test_of_a_long_case_the_causes_and_what_is_near_are_shown(bench: Any, make_event: Any) -> None:
    bench.rows(
        "insert into event_log (id, type, source, company_id, time, correlation_id, handled, body)"
        " select 'long:' || n, 'calcom.many', 'test', 'acme', now(), 'long', false, 'x'"
        " from generate_series(1, 400) as n order by n"
    )
    last = make_event("calcom.last", {}, correlationid="long", causationid="long:1")
    await bench.tell(last)
    await bench.row("select 1 from event_log where id = %s", last.id)
    trail = [line["id"] for line in (await bench.http.get(f"/api/events/{last.id}")).json()["trail"]]
    assert (trail[0], trail[-1], len(trail)) == ("long:1", last.id, 200)
    assert "long:400" in trail


def _line(lines: list[str], event_id: str) -> int:
    """Where the tree tells of an event."""
    told = (number for number, line in enumerate(lines) if line.lstrip().startswith(("•", "▶")))
    return next(number for number in told if event_id in lines[number])


async def test_an_event_leads_to_its_call_its_appointment_its_dead_letter_and_its_cause(
    bench: Any, make_event: Any, company: str
) -> None:
    call_id, uid = f"call_{secrets.token_hex(4)}", secrets.token_hex(6)
    cause = make_event("retell.call_ended", {"call": {"call_id": call_id}}, company=company)
    event = make_event(
        "calcom.booking_created",
        {},
        company=company,
        subject=uid,
        correlationid=call_id,
        causationid=cause.id,
    )
    for one in (cause, event):
        await bench.tell(one)
        await bench.row("select 1 from event_log where id = %s", one.id)
    bench.rows("insert into calls (company_id, call_id, status) values (%s, %s, 'ended')", company, call_id)
    booked = "insert into appointments (company_id, calcom_uid, status) values (%s, %s, 'accepted')"
    (row,) = bench.rows(f"{booked} returning id::text", company, uid)
    dead = (
        "update deliveries set state = 'dead', error = '{}' where event_id = %s and queue = 'syncer.bookings'"
    )
    bench.rows(dead, event.id)
    story = (await bench.http.get(f"/api/events/{event.id}")).json()
    assert (story["call_id"], story["appointment_id"]) == (call_id, row["id"])
    answer = await bench.http.post("/login", data={"name": "viewer", "password": PASSWORD})
    held = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
    page = (await bench.http.get(f"/events/{event.id}", headers=held)).text
    letter = next(one["id"] for one in story["deliveries"] if one["state"] == "dead")
    about = (f"/calls/{company}/{call_id}", f"/appointments/{row['id']}")
    for address in (*about, f"/dead-letters/{letter}", f"/events/{quote(cause.id)}"):
        assert f'href="{address}"' in page
