"""What happened is shown to everybody, to whom only to who reveals it; secrets nobody sees."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.ops_console.handlers.masking import MASK, is_marked, visible

PUBLISHED = Path(os.environ.get("CONTRACTS_DIR") or "../shared/contracts").resolve() / "payloads"
#: Fields of the published payloads whose content is about a person.
ABOUT = re.compile("name|mail|phone|_number|transcript|content|summary|title|notes", re.IGNORECASE)
NOBODY = {"usernameInOrg", "appName", "agent_name", "eventTitle", "name_of_function"}

BOOKING = {
    "triggerEvent": "BOOKING_CREATED",
    "payload": {
        "uid": "kept-uid", "type": "kept-haircut", "status": "ACCEPTED", "startTime": "2026-03-02T10:00:00Z",
        "title": "Haarschnitt zwischen Salon und Erika Mustermann",
        "description": "Erika hat es eilig", "additionalNotes": "bitte leise, Erika",
        "organizer": {"name": "Oskar Obst", "email": "oskar@example.com", "username": "oskar-obst"},
        "user": {"name": "Oskar Obst"}, "hosts": [{"name": "Oskar Obst"}],
        "attendees": [{"name": "Erika Mustermann", "firstName": "Erika", "phoneNumber": "015112345678"}],
        "guests": ["max@example.com"], "cancellationReason": "Erika ist krank",
        "responses": {"name": {"value": "Erika Mustermann"}, "farbe": {"value": "rot wie Erika"}},
        "userFieldsResponses": {"farbe": {"value": "Erika mag rot"}},
        "location": "bei Erika", "smsReminderNumber": "015112345678",
    },
}  # fmt: skip
CALL = {
    "event": "call_analyzed",
    "call": {
        "call_id": "kept-call", "call_status": "kept-ended", "from_number": "015112345678",
        "transcript": "User: Erika hier", "transcript_object": [{"role": "user", "content": "Erika hier"}],
        "call_analysis": {
            "call_summary": "Erika wollte", "in_voicemail": False,
            "custom_analysis_data": {"customer": "Erika", "note": "x Erika"},
        },
        "retell_llm_dynamic_variables": {"anrede": "Frau Erika"},
        "transfer_destination": {"number": "015112345678", "who": "Erika"},
    },
}  # fmt: skip
OWN = {
    "company_id": "kept-company", "call_id": "kept-call", "outcome": "kept-booked",
    "customer": {"name": "Erika Mustermann", "phone": "015112345678"}, "customer_name": "Erika",
    "host_name": "Oskar Obst", "reason": "Erika möchte umbuchen", "summary": "Erika rief an",
    "note": "für Erika", "promise": "Rückruf an Erika", "preferred_time": "wenn Erika da ist",
    "phone": "015112345678", "title": "Färben Erika", "text": "call +49 151 12345678 or erika@example.com",
}  # fmt: skip
PAID = {
    "id": "kept-evt", "type": "invoice.paid",
    "data": {"object": {"id": "kept-in", "customer": "cus_Erika", "customer_name": "Erika",
                        "customer_address": {"line1": "Erikaweg"}, "receipt_email": "erika@example.com",
                        "billing_details": {"name": "Erika"}, "shipping": {"name": "Erika"}}},
}  # fmt: skip


@pytest.mark.parametrize("document", [BOOKING, CALL, OWN, PAID])
def test_nobody_can_be_told_from_what_is_shown_unasked(document: Any) -> None:
    seen = json.dumps(visible(document), ensure_ascii=False)
    for person in ("erika", "mustermann", "oskar", "15112345678", "151 12345678", "example.com", "eilig"):
        assert person not in seen.lower(), person
    kept = re.findall(r"kept-\w+", json.dumps(document))
    assert [word for word in kept if word not in seen] == []


@pytest.mark.contracts
@pytest.mark.parametrize("provider", ["calcom", "retell", "stripe"])
def test_no_person_of_the_published_payloads_is_left(provider: str) -> None:
    files = sorted((PUBLISHED / provider).glob("*.json"))
    if not files:
        pytest.skip(f"the providers' published documents are not here: {PUBLISHED}")
    for file in (file for file in files if "custom_function" not in file.name):
        document = json.loads(file.read_text())
        seen = json.dumps(visible(document), ensure_ascii=False)
        left = {text for text in _about_people(document) if json.dumps(text)[1:-1] in seen}
        assert left == set(), file


def test_what_is_below_a_personal_field_keeps_its_shape() -> None:
    attendees = [{"name": "Erika", "age": 40, "absent": False, "guests": [], "phone": None, "note": ""}]
    hidden = [{"name": MASK, "age": MASK, "absent": False, "guests": [], "phone": None, "note": ""}]
    assert visible({"attendees": attendees}) == {"attendees": hidden}


@pytest.mark.parametrize("word", ["attempts_exhausted", "rejected", "calcom.401"])
def test_a_reason_that_is_a_word_of_the_protocol_is_shown(word: str) -> None:
    assert visible({"reason": word}) == {"reason": word}
    assert visible({"reason": word, "customer": None}) == {"reason": MASK, "customer": None}


def test_who_reveals_sees_people_but_no_secrets() -> None:
    seen = visible({**OWN, "api_key": "key_0123456789abcdef0123"}, revealed=True)
    assert seen == {**OWN, "api_key": "[redacted]"}
    assert not is_marked(visible(OWN, revealed=True))


def _about_people(value: Any, key: str = "") -> Iterator[str]:
    for name, item in value.items() if isinstance(value, dict) else ():
        yield from _about_people(item, name)
    for item in value if isinstance(value, list) else ():
        yield from _about_people(item, key)
    if isinstance(value, str) and value and ABOUT.search(key) and key not in NOBODY:
        yield value
