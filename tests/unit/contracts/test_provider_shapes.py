"""Whatever a provider sends is read without an error, and can be stored."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.calcom import CalcomWebhook, booking_of
from shared.contracts.lenient import (
    instant_of,
    int4_of,
    integer_of,
    mapping_of,
    milliseconds_of,
    text_of,
    word_of,
)
from shared.contracts.retell import analysis_of, call_of
from shared.contracts.stripe import StripeCheckout, StripeEvent, StripeInvoice, StripeSubscription

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "uid", "bookingUid", "payload", "createdAt", "updatedAt", "startTime", "start", "status", "organizer",
    "hosts", "attendees", "responses", "metadata", "eventType", "eventTypeId", "bookingId", "call", "call_id",
    "start_timestamp", "end_timestamp", "call_analysis", "customer", "items", "parent", "subscription",
    "data", "custom_analysis_data", "recording_consent",
)  # fmt: skip
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.one_of(JSON, DOCUMENTS, st.builds(lambda inner: {"payload": inner, "call": inner}, DOCUMENTS)))
def test_no_json_is_too_odd_to_be_read(data: Any) -> None:
    booking = booking_of(data)
    texts = [booking.key, booking.title, booking.answer("x"), booking.host.name, booking.attendee.email]
    call, analysis = call_of(data), analysis_of(data)
    texts += [call.call_id, call.transcript, CalcomWebhook.read(data).trigger_event, json.dumps(analysis)]
    assert booking.event_type_number is None or booking.event_type_number < 2**63
    assert booking.seats_per_time_slot is None or booking.seats_per_time_slot < 2**31
    assert call.call_analysis.refuses_recording in {True, False}
    assert call.lasted_ms is None or isinstance(call.lasted_ms, int)
    for model in (StripeSubscription, StripeInvoice, StripeCheckout):
        thing = model.model_validate(mapping_of(data))
        texts += [thing.customer_id, thing.company_hint]
    assert StripeEvent.model_validate(mapping_of(data)).document is not None
    assert booking.attendee.language is None or len(booking.attendee.language) <= 30
    assert not any("\x00" in text for text in texts if text)


@pytest.mark.parametrize(
    "text", ["2026-03-05T09:00:00Z", "2026-03-05T09:00:00.000Z", "2026-03-05T10:00:00+01:00"]
)
def test_every_spelling_of_an_instant_is_the_same(text: str) -> None:
    assert instant_of(text) == datetime(2026, 3, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "soon", 5, None, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"])
def test_what_is_no_instant_of_ours_is_none(value: Any) -> None:
    assert instant_of(value) is None


def test_what_no_column_can_hold_is_none() -> None:
    assert integer_of(2**63) is None
    assert integer_of(True) is None
    assert integer_of("7") == 7
    assert (int4_of(2**31), int4_of(-(2**31) - 1), int4_of(2**31 - 1)) == (None, None, 2**31 - 1)
    assert milliseconds_of(10**30) is None


def test_text_is_cleaned_and_emptiness_is_nothing() -> None:
    assert text_of(" a\x00b\ud800 ") == "a\ufffdb\ufffd"
    assert text_of("   ") is None
    assert text_of(5) is None
    assert word_of(5) == "5"


def test_the_end_of_a_period_is_found_in_both_shapes() -> None:
    now, before = (
        {"items": {"data": [{"current_period_end": 1787990400}]}},
        {"current_period_end": 1787990400},
    )
    ends = {StripeSubscription.model_validate(shape).period_end for shape in (now, before)}
    assert ends == {datetime(2026, 8, 29, 8, tzinfo=UTC)}


@pytest.mark.parametrize(
    "said", ["nein", " Nein.", "NEIN, er wollte das nicht", "no", "No (twice)", "refused", False]
)
def test_a_refusal_is_read_however_the_analysis_spells_it(said: Any) -> None:
    analysis = {"custom_analysis_data": {"recording_consent": said}}
    assert call_of({"call": {"call_analysis": analysis}}).call_analysis.refuses_recording


@pytest.mark.parametrize("said", ["ja", "", None, "no answer", "nicht gefragt", True, 0, "agreed", ["nein"]])
def test_what_is_no_refusal_is_read_as_none(said: Any) -> None:
    analysis = {"custom_analysis_data": {"recording_consent": said}}
    assert not call_of({"call": {"call_analysis": analysis}}).call_analysis.refuses_recording
