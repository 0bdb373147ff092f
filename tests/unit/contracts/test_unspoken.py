"""What is kept of a call whose caller refused: that it was, not what was said in it."""

import json
from typing import Any

import pytest

from shared.contracts.envelope import Attributes, Envelope, now, parse_envelope
from shared.contracts.unspoken import may_hold_words, unspoken, without_words

ANALYSIS = {
    "call_summary": "Erika will Farbe.",
    "in_voicemail": False,
    "custom_analysis_data": {"appointment_promised": True, "recording_consent": "nein"},
}
CALL: dict[str, Any] = {
    "call_id": "c1",
    "call_status": "ended",
    "from_number": "+4915112345678",
    "transcript": "User: Erika hier.",
    "transcript_object": [{"role": "user", "content": "Erika hier."}],
    "transcript_with_tool_calls": [{"content": "Erika hier."}],
    "scrubbed_transcript_with_tool_calls": [{"content": "Erika"}],
    "pre_session_transcript_with_tool_calls": [],
    "recording_url": "https://x/recording.wav?Erika",
    "recording_multi_channel_url": "https://x/Erika",
    "scrubbed_recording_url": "https://x/Erika",
    "public_log_url": "https://x/Erika",
    "knowledge_base_retrieved_contents_url": "https://x/Erika",
    "call_analysis": ANALYSIS,
}


def test_nothing_of_what_was_said_is_left_and_everything_else_is() -> None:
    left = without_words("retell.call_analyzed", {"event": "call_analyzed", "call": CALL})
    assert "Erika" not in json.dumps(left)
    call = left["call"]
    assert (call["call_id"], call["call_status"], call["from_number"]) == ("c1", "ended", "+4915112345678")
    assert call["call_analysis"]["custom_analysis_data"] == ANALYSIS["custom_analysis_data"]
    assert call["call_analysis"]["in_voicemail"] is False


def test_the_summary_of_our_own_event_goes_too() -> None:
    data = {"company_id": "acme", "call_id": "c1", "summary": "Erika", "outcome": "booked"}
    assert without_words("call.recorded", data) == {
        "company_id": "acme",
        "call_id": "c1",
        "outcome": "booked",
    }


@pytest.mark.parametrize(
    ("event_type", "may"),
    [("retell.call_ended", True), ("call.observed", True), ("call.recorded", True), ("calcom.x", False)],
)
def test_words_are_looked_for_in_events_about_calls_alone(event_type: str, may: bool) -> None:
    assert may_hold_words(event_type) is may


def test_the_envelope_stays_readable_whatever_else_is_in_it() -> None:
    attributes = Attributes(id="e1", source="retell", type="retell.call_ended", time=now(), companyid="acme")
    odd = b'{"call":{"call_id":"a\\ud83d","transcript":"Erika","n":' + b"9" * 5000 + b',"t":"\\u0000"}}'
    raw = Envelope.around(attributes, odd, None).raw
    left = parse_envelope(unspoken(raw))
    assert isinstance(left, Envelope)
    assert left.attributes == attributes
    assert left.data == {"call": {"call_id": "a\ud83d", "n": "9" * 5000, "t": "\x00"}}


def test_bytes_that_are_no_json_are_left_as_they_are() -> None:
    assert unspoken(b"\xff<no json>") == b"\xff<no json>"
