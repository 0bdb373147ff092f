"""Every webhook that the providers publish is accepted and ends where it should."""

import json
import os
import secrets
import time
from pathlib import Path

import httpx
import pytest

from shared.clients.signatures import sign_retell
from tests.stack import Stack

pytestmark = [pytest.mark.contracts, pytest.mark.slow, pytest.mark.timeout(300)]
PAYLOADS = Path(os.environ.get("CONTRACTS_DIR") or "../shared/contracts").resolve() / "payloads"
BOOKINGS: dict[str, dict[str, tuple[str, str | None]]] = {
    "BOOKING_CREATED": {"unique-booking-id": ("accepted", "2024-01-01T10:00:00Z")},
    "BOOKING_REQUESTED": {"unique-booking-id": ("pending", "2024-01-01T13:00:00Z")},
    "BOOKING_REJECTED": {"unique-booking-identifier": ("rejected", "2024-01-01T15:00:00Z")},
    "BOOKING_CANCELLED": {"unique-booking-identifier": ("cancelled", "2024-01-04T10:00:00Z")},
    "BOOKING_RESCHEDULED": {
        "new-booking-unique-id": ("accepted", "2024-01-10T14:30:00Z"),
        "previous-booking-unique-id": ("rescheduled", "2024-01-05T14:30:00Z"),
    },
    "BOOKING_NO_SHOW_UPDATED": {"5vQFqxDFMjdgKGMijqtqRw": ("unknown", None)},
    "MEETING_ENDED": {"unique-booking-identifier": ("unknown", "2024-01-01T10:00:00Z")},
}
OTHERS = {
    "retell": ("call_started", "call_ended", "call_analyzed"),
    "stripe": (
        *(f"customer.subscription.{change}" for change in ("created", "updated", "deleted")),
        "invoice.paid",
        "invoice.payment_failed",
    ),
}
CALL = "Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6"
SUBSCRIPTION = "sub_1Pgc6rB7WZ01zgkWNy0Cn5nw"
PAYER = "00000000-0000-0000-0000-000000000001"


def payload(provider: str, name: str) -> Path:
    file = PAYLOADS / provider / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"the providers' published documents are not here: {file}")
    return file


def company(stack: Stack, name: str | None = None) -> str:
    """A company that has a key at Retell and a secret of Cal.com's, but no account that repair could ask."""
    wanted = name or f"payloads-{secrets.token_hex(4)}"
    body = {"id": wanted, "name": "Salon Päyload", "retell_api_key": f"key_{wanted}", "check": False}
    stack.console.post("companies", body=body)
    return wanted


def send(stack: Stack, provider: str, file: Path, company_id: str) -> str:
    """The id of the event that it became."""
    sent = stack.askpro("webhooks", "send", provider, str(file), "--company", company_id, "--json")
    assert (sent.code, sent.json["status"]) == (0, 202), sent.out + sent.err
    return str(sent.json["event_id"])


def nothing_is_lost(stack: Stack, company_id: str) -> None:
    assert stack.console.get("ledger")["unaccounted"] == 0
    assert stack.listed("dead-letters", company=company_id) == []


@pytest.mark.parametrize("trigger", BOOKINGS)
def test_a_booking_webhook_becomes_an_appointment_of_its_status_and_time(stack: Stack, trigger: str) -> None:
    file, mine = payload("calcom", trigger), company(stack)
    stack.settled(send(stack, "calcom", file, mine))
    lists = (stack.listed("appointments", company=mine, undated=undated) for undated in (False, True))
    found = {item["calcom_uid"]: item for items in lists for item in items}
    assert {uid: (item["status"], item["start_at"]) for uid, item in found.items()} == BOOKINGS[trigger]
    assert all(item["no_show"] == (trigger == "BOOKING_NO_SHOW_UPDATED") for item in found.values())
    nothing_is_lost(stack, mine)


def test_a_rescheduled_booking_names_the_one_that_replaced_it(stack: Stack) -> None:
    file, mine = payload("calcom", "BOOKING_RESCHEDULED"), company(stack)
    stack.settled(send(stack, "calcom", file, mine))
    rows = stack.rows("select calcom_uid, rescheduled_to from appointments where company_id = %s", mine)
    assert {row["calcom_uid"]: row["rescheduled_to"] for row in rows} == {
        "new-booking-unique-id": None,
        "previous-booking-unique-id": "new-booking-unique-id",
    }


def test_a_booking_ends_the_same_whatever_the_order_of_its_webhooks(stack: Stack) -> None:
    files = [
        payload("calcom", f"BOOKING_{name}") for name in ("CREATED", "REQUESTED", "REJECTED", "CANCELLED")
    ]
    ends = []
    for order in (files, files[::-1]):
        mine = company(stack)
        for event in [send(stack, "calcom", file, mine) for file in order]:
            stack.settled(event)
        found = stack.listed("appointments", company=mine)
        ends.append(sorted((item["calcom_uid"], item["status"], item["start_at"]) for item in found))
        nothing_is_lost(stack, mine)
    assert ends[0] == ends[1]
    assert [status for _, status, _ in ends[0]] == ["accepted", "cancelled"]


def test_a_ping_is_answered_200_which_counts_as_success(stack: Stack) -> None:
    sent = stack.askpro(
        "webhooks", "send", "calcom", str(payload("calcom", "PING")), "--company", company(stack), "--json"
    )
    assert (sent.code, sent.json["status"]) == (0, 200), sent.out + sent.err


@pytest.mark.parametrize(
    "order",
    [("call_started", "call_ended", "call_analyzed"), ("call_analyzed", "call_started", "call_ended")],
    ids=lambda order: order[0],
)
def test_the_three_webhooks_of_a_call_become_one_analyzed_call(stack: Stack, order: tuple[str, ...]) -> None:
    files, mine = [payload("retell", name) for name in order], company(stack)
    for event in [send(stack, "retell", file, mine) for file in files]:
        stack.settled(event)
    (call,) = stack.listed("calls", company=mine)
    assert (call["id"], call["status"], call["duration_ms"]) == (CALL, "analyzed", 75_000)
    assert call["summary"].startswith("Customer called to reschedule")
    nothing_is_lost(stack, mine)


@pytest.mark.parametrize("name", ["custom_function.request", "custom_function.args_at_root.request"])
def test_a_function_request_as_it_is_published_is_answered_with_a_sentence(stack: Stack, name: str) -> None:
    raw, mine = payload("retell", name).read_bytes(), company(stack)
    signature = sign_retell(raw, f"key_{mine}", int(time.time() * 1000))
    url = f"{stack.settings['VOICE_TOOLS_URL']}/functions/{mine}/check_availability"
    headers = {"X-Retell-Signature": signature, "Content-Type": "application/json"}
    answer = httpx.post(url, content=raw, headers=headers, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert answer.json()["say"]


def test_what_stripe_sends_becomes_a_canceled_subscription_and_an_invoice(stack: Stack) -> None:
    files = [payload("stripe", name) for name in OTHERS["stripe"]]
    company(stack, PAYER)
    for file in files:
        stack.settled(send(stack, "stripe", file, PAYER))
    (subscription,) = stack.rows("select * from subscriptions where company_id = %s", PAYER)
    (invoice,) = stack.rows("select * from invoices where company_id = %s", PAYER)
    assert (subscription["id"], subscription["status"]) == (SUBSCRIPTION, "canceled")
    assert (invoice["subscription_id"], invoice["status"]) == (SUBSCRIPTION, "open")
    nothing_is_lost(stack, PAYER)


def test_the_demo_company_takes_every_payload_and_does_everything_once(stack: Stack) -> None:
    mine = stack.settings["DEMO_COMPANY_ID"]
    files = [payload("calcom", trigger) for trigger in BOOKINGS]
    files += [payload("retell", f"call_{stage}") for stage in ("ended", "started", "analyzed")]
    ids = [send(stack, file.parent.name, file, mine) for file in files]
    assert [send(stack, file.parent.name, file, mine) for file in files[-3:]] == ids[-3:]
    for event in ids:
        stack.settled(event)
    written = stack.rows(
        "select calcom_uid, count(*) from appointments where company_id = %s group by 1", mine
    )
    uids = {uid for expected in BOOKINGS.values() for uid in expected}
    assert {row["calcom_uid"]: row["count"] for row in written if row["calcom_uid"] in uids} == dict.fromkeys(
        uids, 1
    )
    nothing_is_lost(stack, mine)


def test_no_payload_is_left_without_a_test() -> None:
    if not PAYLOADS.is_dir():
        pytest.skip(f"the providers' published documents are not here: {PAYLOADS}")
    files = {file.stem for file in PAYLOADS.glob("*/*.json") if not file.name.startswith("custom_function")}
    assert files == {*BOOKINGS, "PING", *OTHERS["retell"], *OTHERS["stripe"]}


def test_an_umlaut_a_nul_and_half_a_surrogate_arrive_and_are_kept(stack: Stack, tmp_path: Path) -> None:
    mine, file = company(stack), tmp_path / "booking.json"
    body = {"uid": "ümlaut-1", "title": "Färben für Jürgen Groß", "startTime": "2027-01-01T10:00:00Z"}
    odd = {"attendees": [{"name": "J\u0000ürgen \ud83d", "email": "j@example.com"}], "status": "ACCEPTED"}
    event = {
        "triggerEvent": "BOOKING_CREATED",
        "createdAt": "2026-11-01T00:00:00.000Z",
        "payload": body | odd,
    }
    file.write_text(json.dumps(event))
    stack.settled(send(stack, "calcom", file, mine))
    (appointment,) = stack.listed("appointments", company=mine)
    assert (appointment["calcom_uid"], appointment["title"]) == ("ümlaut-1", "Färben für Jürgen Groß")
    nothing_is_lost(stack, mine)
