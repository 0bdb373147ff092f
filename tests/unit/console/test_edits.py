"""A correction changes what the person changed, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.patches import HiddenPartMovedError, merge_patch, uncovered
from shared.observability.redaction import REDACTED, redact

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        # The examples of RFC 7386.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_is_merged_as_rfc_7386_says(target: Any, patch: Any, expected: Any) -> None:
    assert merge_patch(target, patch) == expected


@given(VALUES, VALUES)
def test_where_nothing_is_hidden_a_correction_is_what_the_person_wrote(before: Any, after: Any) -> None:
    assert uncovered(after, before) == after


SECRET = {"name": "Ann", "token": "t-1"}
OTHER = {"name": "Bo", "token": "t-2"}
HIDDEN = {"name": "Ann", "token": REDACTED}
OTHER_HIDDEN = {"name": "Bo", "token": REDACTED}


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        (SECRET, {"token": REDACTED, "name": "Anna"}, {"token": "t-1", "name": "Anna"}),
        ({"all": [SECRET]}, {"all": [HIDDEN | {"name": "Anna"}]}, {"all": [SECRET | {"name": "Anna"}]}),
        ({"all": [SECRET, OTHER]}, {"all": [OTHER_HIDDEN]}, {"all": [OTHER]}),
        ({"all": [SECRET]}, {"all": [{"name": "New"}, HIDDEN]}, {"all": [{"name": "New"}, SECRET]}),
        ({"api_key": "k"}, {"api_key": "new"}, {"api_key": "new"}),
        (SECRET, {"token": REDACTED, "name": None}, {"token": "t-1", "name": None}),
        (["amqp://u:pw@h/", 1], [f"amqp://u:{REDACTED}@h/", 2], ["amqp://u:pw@h/", 2]),
        ({"api_key": "k", "x": 1}, {"x": 1}, {"x": 1}),
    ],
)  # fmt: skip
def test_what_is_shown_hidden_stays_what_it_is(before: Any, after: Any, sent: Any) -> None:
    assert uncovered(after, before) == sent


@pytest.mark.parametrize("after", [{"key": REDACTED}, {"api_key": f"x{REDACTED}"}, {"all": [REDACTED]}])
def test_a_hidden_part_that_was_moved_is_refused(after: Any) -> None:
    with pytest.raises(HiddenPartMovedError):
        uncovered(after, {"api_key": "k"})


@given(VALUES, VALUES)
def test_no_correction_writes_a_mark_into_an_event(before: Any, other: Any) -> None:
    document = {"data": before, "api_key": "k", "all": [SECRET, {"deep": [OTHER, before]}]}
    shown = redact(document)
    sent = uncovered({**shown, "data": other}, document)
    assert sent == {**document, "data": other}
