"""``askpro`` on a stack that runs: every command of the documentation, as people and programs call it."""

import asyncio
import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.local.demo.world import Salon, World
from infra.local.processes import until
from services.ops_console.cli import app
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
COMMANDS = """
    companies add|companies list|companies show|branches add|branches list|branches show|branches retry|
    webhooks send|events list|events show|ledger|dead-letters list|dead-letters groups|dead-letters show|
    dead-letters edit|dead-letters replay|dead-letters discard|queues|circuits|health|doctor|operators add|
    simulate call|operations list|operations show|operations pause|operations resume|operations cancel
""".replace("\n", "").split("|")
LISTS = [
    ("companies", "list"), ("branches", "list"), ("events", "list"), ("dead-letters", "list"), ("circuits",),
    ("dead-letters", "groups"), ("queues",), ("ledger",), ("appointments",), ("calls",), ("callbacks",),
    ("operations", "list"),
]  # fmt: skip
ANSWERED = 60.0


@pytest.mark.parametrize("command", [command.strip() for command in COMMANDS])
def test_a_documented_command_exists_and_takes_json(command: str) -> None:
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert shown.exit_code == 0, shown.output
    assert "--json" in shown.output


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_the_json_of_a_list_has_items_with_ids(stack: Stack, command: tuple[str, ...]) -> None:
    told = stack.askpro(*command, "--json")
    assert (told.code, told.err) == (0, "")
    assert all("id" in item for item in told.json["items"])


@pytest.mark.parametrize(
    ("command", "code", "word"),
    [
        ("nonsense", 2, "No such command"),
        ("companies add", 2, "name"),
        ("branches add no-such-file.json --company x", 2, "No such file"),
        ("webhooks send calcom no-such-file.json", 2, "--company"),
        ("webhooks send telegraph x.json --company x", 2, "telegraph"),
        ("events list --since yesterday", 2, "--since"),
        ("dead-letters show many", 2, "letter_id"),
        ("dead-letters replay", 2, "--all"),
        ("dead-letters discard 1", 2, "--reason"),
        ("companies show nobody", 1, "companies list"),
        ("branches show nowhere", 1, "branches list"),
        ("events show none", 1, "events list"),
        ("dead-letters show 0", 1, "dead-letters list"),
        ("dead-letters replay 0", 1, "dead-letters show"),
        ("simulate call --branch nowhere", 1, "branches list"),
    ],
)
def test_a_wrong_call_is_2_a_refusal_1_and_both_say_what_to_do(
    stack: Stack, command: str, code: int, word: str
) -> None:
    told = stack.askpro(*command.split())
    assert (told.code, told.out) == (code, ""), told.out + told.err
    assert word in told.err
    assert "Traceback" not in told.err


def test_without_a_console_every_command_says_how_to_start_one(stack: Stack) -> None:
    told = stack.askpro("companies", "list", CONSOLE_URL="http://127.0.0.1:1")
    assert told.code == 1
    assert "make up" in told.err


def test_a_branch_that_is_added_is_provisioned(stack: Stack, tmp_path: Path) -> None:
    salon, event_type = asyncio.run(_salon(stack))
    added = stack.askpro(
        "companies", "add", "Salon Süd", "--id", salon.company_id, "--retell-api-key", salon.retell_api_key,
        "--calcom-api-key", salon.calcom_api_key, "--notification-email", salon.mail, "--json",
    )  # fmt: skip
    assert (added.code, added.json["id"]) == (0, salon.company_id), added.err
    service = {"key": "schnitt", "name": "Schnitt", "duration_minutes": 30, "event_type_id": event_type}
    branch = {"branch_id": "süd".replace("ü", "ue"), "name": "Salon Süd", "services": [service]}
    file = tmp_path / "branch.json"
    file.write_text(json.dumps({**branch, "opening_hours": {"mon": "09:00-18:00"}}))
    entered = stack.askpro("branches", "add", str(file), "--company", salon.company_id, "--json")
    assert entered.code == 0, entered.err
    branch_id = entered.json["id"]

    def provisioned() -> bool:
        path = ("companies", salon.company_id, "branches", branch_id)
        return bool(stack.console.get(*path)["status"] == "provisioned")

    assert until(provisioned, ANSWERED, every=0.2)
    shown = stack.askpro("branches", "show", branch_id, "--company", salon.company_id)
    assert shown.code == 0
    assert "provisioned" in shown.out
    assert "agent" in shown.out
    retried = stack.askpro("branches", "retry", branch_id, "--company", salon.company_id, "--json")
    assert retried.json["version"] > entered.json["version"]


def test_a_message_that_failed_is_listed_shown_corrected_replayed_and_discarded(
    stack: Stack, tmp_path: Path
) -> None:
    tag = secrets.token_hex(4)
    first, second = (_failed(stack, tmp_path, f"evt_{tag}{number}") for number in "12")
    listed = stack.askpro("dead-letters", "list", "--queue", "syncer.billing", "--json")
    assert {first, second} <= set(listed.ids)
    groups = stack.askpro("dead-letters", "groups", "--queue", "syncer.billing", "--json").json["items"]
    assert sum(group["count"] for group in groups) >= 2
    shown = stack.askpro("dead-letters", "show", str(first))
    assert shown.code == 0, shown.err
    assert "data.object.id" in shown.out
    again = stack.askpro("dead-letters", "replay", str(first), "--json")
    assert (again.code, again.ids) == (0, [first]), again.err
    assert until(lambda: _failures(stack, first) >= 2, ANSWERED, every=0.2), "its story has both failures"
    change = ("--set", f"data.object.id=in_{tag}", "--reason", "the number was missing")
    edited = stack.askpro("dead-letters", "edit", str(first), *change, "--json")
    assert edited.code == 0, edited.err
    stack.settled(edited.json["event_id"])
    assert stack.rows("select status from invoices where id = %s", f"in_{tag}") == [{"status": "paid"}]
    gone = stack.askpro("dead-letters", "discard", str(second), "--reason", "a test of ours", "--json")
    assert (gone.code, gone.ids) == (0, [second]), gone.err
    left = stack.askpro("dead-letters", "list", "--queue", "syncer.billing", "--json")
    assert not {first, second} & set(left.ids)
    assert stack.askpro("ledger").code == 0


def test_the_trail_of_a_webhook_leads_to_appointment_and_notification(stack: Stack, tmp_path: Path) -> None:
    company, uid = stack.settings["DEMO_COMPANY_ID"], f"trail-{secrets.token_hex(6)}"
    times = {"startTime": "2027-03-01T10:00:00Z", "endTime": "2027-03-01T10:30:00Z"}
    attendee = {"name": "Jürgen Groß", "email": "j@example.com", "timeZone": "Europe/Berlin"}
    booking = {"uid": uid, "title": "Färben", "status": "ACCEPTED", "attendees": [attendee], **times}
    body = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-11-20T10:00:00Z", "payload": booking}
    sent = _send(stack, tmp_path, "calcom", body, "--company", company)

    def booked() -> bool:
        trail = stack.console.get("events", sent)["trail"]
        mails = [one for line in trail for one in line["deliveries"] if one["queue"] == "notifier.mail"]
        return bool(mails) and all(one["state"] == "done" for one in mails)

    stack.settled(sent)
    assert until(booked, ANSWERED, every=0.2)
    shown = stack.askpro("events", "show", sent)
    for word in ("calcom.booking_created", "appointment.booked", "syncer.bookings", "notifier.mail"):
        assert word in shown.out


def test_the_doctor_finds_nothing_wrong(stack: Stack) -> None:
    told = stack.askpro("doctor", "--json")
    assert told.code == 0, told.out + told.err
    assert {item["id"] for item in told.json["items"]} >= {"database schema", "bindings", "queue arguments"}


def test_an_operator_may_be_added(stack: Stack) -> None:
    added = stack.askpro("operators", "add", "erna", "--password-stdin", "--json", stdin="a long password\n")
    assert (added.code, added.json["id"]) == (0, "erna"), added.err
    as_erna = {"CONSOLE_USER": "erna", "CONSOLE_PASSWORD": "a long password"}
    assert stack.askpro("queues", **as_erna).code == 0
    assert stack.askpro("queues", **{**as_erna, "CONSOLE_PASSWORD": "another one"}).code == 1


async def _salon(stack: Stack) -> tuple[Salon, int]:
    """Accounts at the simulators, and an event type of theirs."""
    world = World(stack.settings)
    try:
        salon = await world.open_salon()
        return salon, int(world.event_types[0]["id"])
    finally:
        await world.close()


def _send(stack: Stack, folder: Path, provider: str, body: Any, *more: str) -> str:
    file = folder / "payload.json"
    file.write_text(json.dumps(body))
    sent = stack.askpro("webhooks", "send", provider, str(file), *more, "--json")
    assert sent.code == 0, sent.out + sent.err
    return str(sent.json["event_id"])


def _failed(stack: Stack, folder: Path, event_id: str) -> int:
    """The dead letter of an invoice without a number."""
    invoice = {"object": "invoice", "status": "paid", "customer": "cus_1"}
    body = {"id": event_id, "type": "invoice.paid", "created": 1_785_312_005, "data": {"object": invoice}}
    story = stack.settled(_send(stack, folder, "stripe", body), states=("dead",))
    return int(story["deliveries"][0]["id"])


def _failures(stack: Stack, letter: int) -> int:
    told = stack.console.get("dead-letters", letter)
    return len(told["history"]) if told["state"] == "dead" else 0
