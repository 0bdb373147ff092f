"""A correction changes what the person changed, and nothing else."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.corrections import HiddenError, Sight, differences
from services.ops_console.handlers.json_patch import operations_of, same
from services.ops_console.handlers.masking import MASK, visible
from services.ops_console.handlers.patches import merge_patch
from shared.observability.redaction import REDACTED

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


def corrected(before: Any, after: Any) -> Any:
    sight = Sight(before, visible(before))
    return sight.after(list(differences(sight, after))).true


@given(VALUES, VALUES)
def test_where_nothing_is_hidden_a_correction_is_what_the_person_wrote(before: Any, after: Any) -> None:
    assert corrected(before, after) == after


SECRET = {"id": "Ann", "token": "t-1"}
OTHER = {"id": "Bo", "token": "t-2"}
HIDDEN = {"id": "Ann", "token": REDACTED}
OTHER_HIDDEN = {"id": "Bo", "token": REDACTED}
PERSON = {"attendee": {"name": "Erika", "email": "e@example.com"}, "start": "then"}


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        (SECRET, {"token": REDACTED, "id": "Anna"}, {"token": "t-1", "id": "Anna"}),
        ({"all": [SECRET]}, {"all": [HIDDEN | {"id": "Anna"}]}, {"all": [SECRET | {"id": "Anna"}]}),
        ({"all": [SECRET, OTHER]}, {"all": [OTHER_HIDDEN]}, {"all": [OTHER]}),
        ({"all": [SECRET]}, {"all": [{"id": "New"}, HIDDEN]}, {"all": [{"id": "New"}, SECRET]}),
        ({"api_key": "k"}, {"api_key": "new"}, {"api_key": "new"}),
        (SECRET, {"token": REDACTED, "id": None}, {"token": "t-1", "id": None}),
        (["amqp://u:pw@h/", 1], [f"amqp://u:{REDACTED}@h/", 2], ["amqp://u:pw@h/", 2]),
        ({"api_key": "k", "x": 1}, {"x": 1}, {"x": 1}),
        ({"guests": ["a@x.de", "b@x.de"]}, {"guests": ["c@x.de", MASK]}, {"guests": ["c@x.de", "b@x.de"]}),
        ({"x": 1}, {"x": True}, {"x": True}),
    ],
)  # fmt: skip
def test_what_is_shown_hidden_stays_what_it_is(before: Any, after: Any, sent: Any) -> None:
    assert same(corrected(before, after), sent)


def test_who_does_not_see_a_person_can_still_correct_what_is_wrong_about_them() -> None:
    after = {"attendee": {"name": MASK, "email": "erika@example.com"}, "start": "now"}
    sent = {"attendee": {"name": "Erika", "email": "erika@example.com"}, "start": "now"}
    assert corrected(PERSON, after) == sent


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SECRET, {"key": REDACTED}),
        (SECRET, {"token": f"x{REDACTED}"}),
        (SECRET, {"all": [REDACTED]}),
        (PERSON, {"attendee": {"name": "E", "email": MASK}, "start": MASK}),
        # Whose token would go with whom?
        ([SECRET, OTHER], [OTHER_HIDDEN, HIDDEN]),
        # Which of the two went?
        ({"guests": ["a@x.de", "b@x.de"]}, {"guests": [MASK]}),
    ],
)
def test_a_hidden_part_that_was_moved_or_cannot_be_told_apart_is_refused(before: Any, after: Any) -> None:
    with pytest.raises(HiddenError):
        corrected(before, after)


@given(VALUES, VALUES)
def test_no_correction_writes_a_mark_into_an_event(before: Any, other: Any) -> None:
    document = {
        "data": before,
        "api_key": "k",
        "all": [SECRET, {"deep": [OTHER, deepcopy(before)]}],
        **PERSON,
    }
    sent = corrected(document, {**visible(document), "data": other})
    assert sent == {**document, "data": other}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/attendee/name", "value": "Erika"},
        {"op": "copy", "from": "/attendee/name", "path": "/start"},
        {"op": "move", "from": "/attendee", "path": "/x"},
        {"op": "copy", "from": "", "path": "/x"},
        {"op": "add", "path": "/x", "value": {"y": [MASK]}},
    ],
)
def test_no_operation_tells_what_is_hidden(operation: dict[str, Any]) -> None:
    sight = Sight(PERSON, visible(PERSON))
    with pytest.raises(HiddenError, match="operation 0"):
        sight.after(operations_of([operation]))


def test_of_a_long_list_what_is_between_the_same_ends_is_compared() -> None:
    long = list(range(5_000))
    assert corrected(long, [*long[:70], *long[71:]]) == [*long[:70], *long[71:]]
    with pytest.raises(HiddenError, match="JSON Patch"):
        corrected(long, [*long[1::2], 0])


def test_what_is_hidden_can_be_replaced_removed_and_put_into_another_order_unseen() -> None:
    sight = Sight({"guests": ["a@x.de", "b@x.de", "c@x.de"]}, {"guests": [MASK, MASK, MASK]})
    patch = [
        {"op": "replace", "path": "/guests/0", "value": "new@x.de"},
        {"op": "remove", "path": "/guests/1"},
        {"op": "move", "from": "/guests/1", "path": "/guests/0"},
    ]
    after = sight.after(operations_of(patch))
    assert after.true == {"guests": ["c@x.de", "new@x.de"]}
    assert after.shown == {"guests": [MASK, "new@x.de"]}
