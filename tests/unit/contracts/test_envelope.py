import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Attributes, Envelope, Unparsable, now, parse_envelope
from shared.contracts.ids import event_id, event_type
from shared.contracts.wire import MAX_DEPTH


def _attributes(**changes: str) -> Attributes:
    return Attributes(
        **{"id": "stripe:evt_1", "source": "stripe", "type": "stripe.invoice.paid", "time": now(), **changes}
    )


@pytest.mark.parametrize(
    "time",
    [
        "9999-12-31T23:59:59-23:00",
        "0001-01-01T00:00:00+23:00",
        "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
    ],
)
def test_a_time_that_no_column_or_property_holds_makes_no_envelope(time: str) -> None:
    sound = Envelope.of(_attributes(), {}).raw
    odd = re.sub(rb'"time":"[^"]*"', f'"time":"{time}"'.encode(), sound)
    parsed = parse_envelope(odd)
    assert isinstance(parsed, Unparsable)
    assert parsed.reason.startswith("not a CloudEvents envelope: time: ")


@pytest.mark.parametrize(
    "time", ["1970-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "9999-01-01T00:30:00+01:00"]
)
def test_the_first_and_the_last_time_are_sound(time: str) -> None:
    assert isinstance(parse_envelope(Envelope.of(_attributes(time=time), {}).raw), Envelope)


def test_the_body_is_kept_byte_for_byte() -> None:
    body = b'{ "b":1.10, "a":"\\u00fc" ,\n"big": 123456789012345678901234567890}'
    envelope = Envelope.around(_attributes(), body, json.loads(body))
    assert body in envelope.raw
    assert json.loads(envelope.raw)["data"] == json.loads(body)


def test_an_envelope_survives_the_wire() -> None:
    sent = Envelope.of(_attributes(subject="in_1", companyid="c1", correlationid="k"), {"text": "Grüße"})
    received = parse_envelope(sent.raw)
    assert isinstance(received, Envelope)
    assert (received.attributes, received.data) == (sent.attributes, sent.data)


def test_what_ingest_accepts_at_its_deepest_is_read_by_every_consumer() -> None:
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert isinstance(parse_envelope(Envelope.around(_attributes(), body, []).raw), Envelope)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[]", b"7", b'{"id": 1}', b"[" * 5000, b'{"specversion":"1.0"}']
)
def test_what_is_no_envelope_is_said_to_be_unparsable(raw: bytes) -> None:
    parsed = parse_envelope(raw)
    assert isinstance(parsed, Unparsable)
    assert parsed.raw == raw
    assert parsed.reason


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_raise(raw: bytes) -> None:
    parse_envelope(raw)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_ids_are_short_ascii_and_the_same_each_time(parts: list[str]) -> None:
    made = event_id(*parts)
    assert made == event_id(*parts)
    assert 0 < len(made.encode("ascii")) <= 128 or made == ""


def test_two_long_ids_do_not_become_one() -> None:
    assert event_id("retell", "x" * 200 + "1") != event_id("retell", "x" * 200 + "2")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BOOKING_CREATED", "calcom.booking_created"),
        ("Ümläut", None),
        ("a b", None),
        ("x" * 300, None),
        ("#", None),
    ],
)
def test_types_are_routing_keys(name: str, expected: str | None) -> None:
    made = event_type("calcom", name)
    assert expected in {None, made}
    assert len(made) <= 128
    assert _attributes(type=made).type == made


def test_different_odd_types_stay_different() -> None:
    assert event_type("calcom", "a b") != event_type("calcom", "a_b")
