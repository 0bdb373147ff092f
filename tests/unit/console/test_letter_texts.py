"""What is searched in a dead letter holds what people look for, and no secret."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.letter_texts import text_of
from services.ops_console.store.letter_texts import Unread

ERROR = {"class": "KeyError", "message": "no uid", "stack": "not this"}


def unread(body: bytes | None, error: dict[str, Any] | None = ERROR) -> Unread:
    return Unread(1, "calcom:acme:1", "calcom.booking_created", error, body)


def enveloped(data: Any) -> bytes:
    return json.dumps({"id": "e", "type": "t", "data": data}).encode()


def test_error_names_and_payload_are_found_as_the_page_shows_them() -> None:
    text = text_of(unread(enveloped({"attendee": {"name": "Jörg"}, "uid": "abc"})))
    for part in (
        "KeyError: no uid",
        "calcom.booking_created",
        "calcom:acme:1",
        '"name": "Jörg"',
        '"uid": "abc"',
    ):
        assert part in text
    assert "not this" not in text


def test_a_secret_is_not_found() -> None:
    data = {
        "token": "hunter2",
        "list": [{"api_key": "hunter3"}],
        "url": "amqp://a:hunter4@b/",
        "k": "cal_live_0123456789",
    }
    text = text_of(unread(enveloped(data)))
    assert "hunter" not in text
    assert "cal_live_0123456789" not in text
    assert "cal_live_0123456789" not in text_of(unread(b"no json cal_live_0123456789"))


def test_a_long_value_leaves_room_for_those_behind_it_and_the_whole_is_cut() -> None:
    text = text_of(unread(enveloped({"transcript": "x" * 100_000, "uid": "abc", "more": ["y" * 300] * 100})))
    assert '"uid": "abc"' in text
    assert len(text) == 4096


@given(st.binary() | st.none(), st.none() | st.dictionaries(st.text(), st.integers()))
def test_whatever_died_has_a_text(body: bytes | None, error: dict[str, Any] | None) -> None:
    assert "calcom:acme:1" in text_of(unread(body, error))
