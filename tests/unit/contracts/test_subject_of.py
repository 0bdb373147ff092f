import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.subject_of import branch_of, call_of
from shared.contracts.wire import parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["call", "call_id", "payload", "metadata", "branch_id", "booking", "x"]), inner
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("type_", "data", "call_id"),
    [
        ("retell.call_ended", {"event": "call_ended", "call": {"call_id": "call_1"}}, "call_1"),
        ("calcom.booking_created", {"payload": {"metadata": {"call_id": "call_2"}}}, "call_2"),
        ("calcom.meeting_ended", {"uid": "flat", "metadata": {"call_id": "call_3"}}, "call_3"),
        ("appointment.booked", {"call_id": "call_4", "branch_id": "b1"}, "call_4"),
        ("booking.observed", {"booking": {"metadata": {"call_id": "call_5"}}}, "call_5"),
        ("calcom.booking_created", {"payload": {"metadata": {"call_id": 17}}}, "17"),
        ("retell.call_ended", {"call_id": "elsewhere"}, None),
        ("stripe.invoice.paid", {"call_id": "no call"}, None),
        ("branch.created", {"branch_id": "b1"}, None),
    ],
)
def test_the_call_is_found_where_each_sender_puts_it(type_: str, data: Any, call_id: str | None) -> None:
    assert call_of(type_, data) == call_id


@pytest.mark.parametrize(
    ("type_", "data", "branch_id"),
    [
        ("branch.created", {"branch_id": "b1"}, "b1"),
        ("appointment.booked", {"call_id": "call_4", "branch_id": "b1"}, "b1"),
        ("somebody.did-something", {"branch_id": "b2"}, "b2"),
        ("calcom.booking_created", {"branch_id": "somebody else's"}, None),
        ("appointment.booked", {"branch_id": None}, None),
    ],
)
def test_the_branch_is_the_one_that_an_event_of_ours_names(
    type_: str, data: Any, branch_id: str | None
) -> None:
    assert branch_of(type_, data) == branch_id


def test_what_no_line_can_hold_is_replaced_and_cut() -> None:
    assert call_of("retell.call_ended", {"call": {"call_id": "a\x00\ud83d"}}) == "a\ufffd\ufffd"
    assert call_of("retell.call_ended", {"call": {"call_id": "x" * 5000}}) == "x" * 128
    digits = parse_json(b'{"call_id":' + b"9" * 6000 + b"}")
    assert call_of("a.b", digits) == "9" * 128


@given(st.sampled_from(["retell.x", "calcom.x", "stripe.x", "a.b", ""]), JSON)
def test_any_json_is_taken_without_an_error(type_: str, value: Any) -> None:
    data = parse_json(json.dumps(value).encode())
    for found in (call_of(type_, data), branch_of(type_, data)):
        assert found is None or 0 < len(found) <= 128
