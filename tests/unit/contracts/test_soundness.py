"""A correction keeps the contract of its type: our own models, and what consumers need of a provider."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events import OWN_EVENTS
from shared.contracts.soundness import faults_of, is_known

PUBLISHED = Path(os.environ.get("CONTRACTS_DIR") or "../shared/contracts").resolve() / "payloads"
BOOKED = {"payload": {"uid": "u", "startTime": "2026-03-02T10:00:00Z", "endTime": "2026-03-02T11:00:00Z"}}
PAID = {"created": 1, "data": {"object": {"id": "in_1"}}}


def fields(event_type: str, data: Any) -> list[str]:
    return [fault.field for fault in faults_of(event_type, data)]


@pytest.mark.parametrize(
    ("event_type", "data", "expected"),
    [
        ("calcom.booking_created", BOOKED, []),
        ("calcom.booking_created", {"payload": BOOKED["payload"] | {"startTime": "soon"}},
         ["payload.startTime"]),
        ("calcom.booking_created", {"payload": {}},
         ["payload.uid", "payload.startTime", "payload.endTime"]),
        ("calcom.booking_cancelled", {"payload": {"uid": "u"}}, []),
        ("calcom.meeting_ended", {"uid": "flat"}, []),
        ("calcom.booking_no_show_updated", {"payload": {"bookingUid": "u"}}, []),
        ("calcom.booking_cancelled", [], [""]),
        ("retell.call_ended", {"call": {"call_id": "c", "start_timestamp": 1714608475945}}, []),
        ("retell.call_ended", {"call": {"call_id": "", "start_timestamp": "x"}},
         ["call.call_id", "call.start_timestamp"]),
        ("retell.transfer_ended", {"call": {"call_id": "c"}}, []),
        ("stripe.invoice.paid", PAID, []),
        ("stripe.invoice.paid", {"data": {"object": {}}, "created": None}, ["data.object.id", "created"]),
        ("booking.hinted", {"company_id": "a", "uid": "u", "hinted_at": "2026-03-02T10:00:00Z"}, []),
        ("booking.hinted", {"company_id": "a", "hinted_at": "then"}, ["uid", "hinted_at"]),
        ("booking.hinted", None, [""]),
        ("nobody.knows", None, []),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_field(event_type: str, data: Any, expected: list[str]) -> None:
    assert fields(event_type, data) == expected


def test_a_fault_does_not_repeat_what_was_found() -> None:
    found = faults_of("booking.hinted", {"company_id": "a", "uid": "u", "hinted_at": "Erika Mustermann"})
    assert "Erika" not in str(found)


def test_where_nobody_says_what_an_event_needs_that_is_known() -> None:
    assert all(map(is_known, OWN_EVENTS))
    assert not is_known("nobody.knows")
    assert not is_known("calcom.ping")


@pytest.mark.contracts
@pytest.mark.parametrize("provider", ["calcom", "retell", "stripe"])
def test_what_providers_publish_is_sound(provider: str) -> None:
    files = sorted((PUBLISHED / provider).glob("*.json"))
    if not files:
        pytest.skip(f"the providers' published documents are not here: {PUBLISHED}")
    for file in files:
        event_type = f"{provider}.{file.stem.lower()}"
        assert fields(event_type, json.loads(file.read_text())) == [], event_type
