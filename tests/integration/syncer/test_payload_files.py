"""Every published webhook body ends where it should."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

pytestmark = pytest.mark.contracts
PAYLOADS = Path(os.environ.get("CONTRACTS_DIR", "../shared/contracts")).resolve() / "payloads"
STATUS = {
    "BOOKING_CREATED": ("unique-booking-id", "accepted"),
    "BOOKING_REQUESTED": ("unique-booking-id", "pending"),
    "BOOKING_REJECTED": ("unique-booking-identifier", "rejected"),
    "BOOKING_CANCELLED": ("unique-booking-identifier", "cancelled"),
    "BOOKING_RESCHEDULED": ("new-booking-unique-id", "accepted"),
    "BOOKING_NO_SHOW_UPDATED": ("5vQFqxDFMjdgKGMijqtqRw", "unknown"),
    "MEETING_ENDED": ("unique-booking-identifier", "unknown"),
}


def payload(provider: str, name: str) -> Any:
    file = PAYLOADS / provider / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"the providers' published documents are not here: {file}")
    return json.loads(file.read_bytes())


@pytest.mark.parametrize("trigger", STATUS)
async def test_a_booking_webhook_becomes_an_appointment_of_its_status(world: "World", trigger: str) -> None:
    await world.tell(f"calcom.{trigger.lower()}", payload("calcom", trigger))
    uid, status = STATUS[trigger]
    row = world.appointment(uid)
    assert (row["status"], row["no_show"]) == (status, trigger == "BOOKING_NO_SHOW_UPDATED")
    if trigger != "BOOKING_NO_SHOW_UPDATED":
        assert row["attendee_email"] == "guest@example.com"
        assert row["host_name"] == "Organizer Name"
        assert row["start_at"].year == 2024


async def test_every_trigger_that_is_handled_has_a_file_and_an_expectation() -> None:
    folder = PAYLOADS / "calcom"
    if not folder.is_dir():
        pytest.skip("the providers' published documents are not here")
    assert {file.stem for file in folder.iterdir()} == {*STATUS, "PING"}


async def test_a_reschedule_also_writes_the_booking_it_replaces(world: "World") -> None:
    await world.tell("calcom.booking_rescheduled", payload("calcom", "BOOKING_RESCHEDULED"))
    old = world.appointment("previous-booking-unique-id")
    assert (old["status"], old["rescheduled_to"]) == ("rescheduled", "new-booking-unique-id")
    assert old["start_at"] == datetime(2024, 1, 5, 14, 30, tzinfo=UTC)


async def test_the_three_webhooks_of_a_call_become_one_analyzed_call(world: "World") -> None:
    for name in ("call_ended", "call_started", "call_analyzed"):
        await world.tell(f"retell.{name}", payload("retell", name))
    row = world.call("Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6")
    assert (row["status"], row["duration_ms"]) == ("analyzed", 75_000)
    assert row["summary"].startswith("Customer called to reschedule")
    assert row["transcript"].startswith("Agent: Thanks for calling")


async def test_the_life_of_a_subscription_ends_canceled_with_its_last_invoice_open(world: "World") -> None:
    names = [f"customer.subscription.{change}" for change in ("created", "updated", "deleted")]
    for name in [*names, "invoice.paid", "invoice.payment_failed"]:
        await world.tell(f"stripe.{name}", _of(world, payload("stripe", name)), company=None)
    (row,) = world.rows("select * from subscriptions where company_id = %s", world.company)
    assert (row["status"], row["current_period_end"].year) == ("canceled", 2026)
    (invoice,) = world.rows("select * from invoices where company_id = %s", world.company)
    assert (invoice["status"], invoice["subscription_id"]) == ("open", row["id"])
    statuses = [event["status"] for _, event in world.events("company.subscription_changed")]
    assert statuses == ["incomplete", "active", "canceled"]


def _of(world: "World", body: dict[str, Any]) -> Any:
    """The same body, about this test's company and objects of its own."""
    text = json.dumps(body).replace("00000000-0000-0000-0000-000000000001", world.company)
    return json.loads(
        text.replace("sub_1Pgc", f"sub_{world.company}").replace("in_1Pgc", f"in_{world.company}")
    )
