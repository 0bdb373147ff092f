"""A correction changes what the person changed, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.patches import difference, merge_patch

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


def _without_nulls(value: Any) -> Any:
    """A merge patch cannot set null: that is how it removes."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


@given(VALUES, VALUES)
def test_the_difference_leads_from_the_old_to_the_new(before: Any, after: Any) -> None:
    old, new = {"data": _without_nulls(before)}, {"data": _without_nulls(after)}
    if new["data"] is None:
        new = {}
    assert merge_patch(old, difference(old, new)) == new


def test_what_is_shown_redacted_and_left_alone_is_in_no_patch() -> None:
    shown = {"api_key": "[redacted]", "name": "Ann"}
    assert difference(shown, {"api_key": "[redacted]", "name": "Anna"}) == {"name": "Anna"}
