import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage
from hypothesis import given
from hypothesis import strategies as st
from pamqp import decode, encode

from shared.contracts.envelope import Attributes, Envelope, now
from shared.contracts.wire import searchable
from shared.db.outbox import properties_of
from shared.messaging.properties import message_of, stored

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
#: Names of headers, as AMQP allows them; PostgreSQL holds no NUL.
_NAMES = st.text("abcxyz$#_-09ü", min_size=1, max_size=20).filter(lambda name: not name.startswith("x-"))
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(width=32, allow_nan=False)
    | st.builds(lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(-(2**31), 2**31 - 1),
                st.integers(0, 9))
    | _TEXTS
    | st.binary(max_size=40).map(bytearray)
    | st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_HEADERS = st.dictionaries(_NAMES, _VALUES, max_size=6)
_SHORT = _TEXTS.map(lambda text: text[:60]).filter(bool)
_PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("message_id", "type", "correlation_id", "app_id", "content_type"), _SHORT),
        "content_encoding": _SHORT,
        "reply_to": _SHORT,
        "priority": st.integers(0, 255),
        "timestamp": st.integers(1, 2**32 - 1),
    },
)


def by_the_wire(headers: dict[str, Any]) -> dict[str, Any]:
    """As the broker would hand them over."""
    return cast("dict[str, Any]", decode.field_table(encode.field_table(headers))[1])


def by_a_row(message: Message) -> dict[str, Any]:
    """As they come back out of a jsonb column."""
    arrived = cast("AbstractIncomingMessage", message)
    row: dict[str, Any] = json.loads(json.dumps(searchable(stored(arrived)), allow_nan=False))
    return row


@given(headers=_HEADERS, properties=_PROPERTIES)
def test_headers_and_properties_are_equal_after_the_way_through_wire_and_row(
    headers: dict[str, Any], properties: dict[str, Any]
) -> None:
    sent = message_of(b"body", properties)
    sent.headers = by_the_wire(headers)
    back = message_of(b"body", by_a_row(sent))
    assert by_the_wire(back.headers) == by_the_wire(headers)
    assert by_a_row(back) == by_a_row(sent)
    back.properties.marshal()


@pytest.mark.parametrize(
    "value",
    [
        b"\xff\x00",
        float("inf"),
        1e22,
        5e-324,
        "a\x00b",
        Decimal("-0.05"),
        {"$bytes": "no"},
        {"$table": {}},
        {},
    ],
)
def test_what_jsonb_cannot_hold_comes_back_equal_and_can_be_sent(value: Any) -> None:
    row = by_a_row(cast("Message", SimpleNamespace(**_nothing(), headers={"own": value})))
    back = message_of(b"", row)
    assert back.headers["own"] == value
    assert type(back.headers["own"]) in {type(value), bytearray}
    back.properties.marshal()


def test_what_the_broker_wrote_is_never_sent_again() -> None:
    ours: dict[str, Any] = {"work-queue": "q", "x-own": 1}
    brokers: dict[str, Any] = {"x-death": [{"queue": "q"}], "x-first-death-queue": "q", "x-delivery-count": 3}
    message = message_of(b"", {})
    message.headers = {**ours, **brokers}
    assert message_of(b"", by_a_row(message)).headers == ours


@pytest.mark.parametrize("text", ["u-" + "x" * 400, "ü" * 128, "x" * 255, "Färben", "a\ud83d" * 100])
def test_whatever_an_event_is_about_its_message_can_be_sent(text: str) -> None:
    message = message_of(b"{}", {"message_id": "1", "type": "t", "correlation_id": text, "app_id": text})
    message.properties.marshal()
    assert (message.correlation_id == text) == (len(text.encode("utf-8", "surrogatepass")) <= 255)


def test_shortened_properties_stay_different() -> None:
    sent = {message_of(b"", {"correlation_id": "x" * 300 + end}).correlation_id for end in "ab"}
    assert len(sent) == 2


def _nothing() -> dict[str, Any]:
    names = ("message_id", "type", "correlation_id", "app_id", "content_type", "content_encoding", "reply_to")
    return dict.fromkeys((*names, "priority", "timestamp"))


@pytest.mark.parametrize(
    ("time", "timestamp"),
    [
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-23))), 253_402_300_799),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))), 0),
        (datetime(2026, 1, 1, tzinfo=UTC), 1_767_225_600),
    ],
)
def test_the_timestamp_is_one_that_amqp_can_hold_whoever_made_the_envelope(
    time: datetime, timestamp: int
) -> None:
    attributes = Attributes(id="1", source="s", type="a.b", time=now()).model_copy(update={"time": time})
    properties = properties_of(Envelope(attributes, {}, b"{}"))
    assert properties["timestamp"] == timestamp
    assert encode.timestamp(message_of(b"{}", properties).timestamp)
