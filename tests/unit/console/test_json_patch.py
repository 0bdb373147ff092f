"""JSON Patch as RFC 6902 has it: its own examples (appendix A), and bounds."""

from typing import Any

import pytest

from services.ops_console.handlers.json_patch import PatchError, applied, operations_of

DONE: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
    ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}],
     {"foo": ["bar", "qux", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
    ({"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
     [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
     {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}),
    ({"foo": ["all", "grass", "cows", "eat"]}, [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
     {"foo": ["all", "cows", "eat", "grass"]}),
    ({"baz": "qux", "foo": ["a", 2, "c"]},
     [{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}],
     {"baz": "qux", "foo": ["a", 2, "c"]}),
    ({"foo": "bar"}, [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
     {"foo": "bar", "child": {"grandchild": {}}}),
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
     {"foo": "bar", "baz": "qux"}),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
     {"foo": ["bar", ["abc", "def"]]}),
    ({"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/-", "value": 2}],
     {"a": [1], "b": [1, 2]}),
    ({"a": None}, [{"op": "test", "path": "/a", "value": None}, {"op": "remove", "path": "/a"}], {}),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], {"a": 1}),
    ({"": 1}, [{"op": "replace", "path": "/", "value": 2}], {"": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "patch", "after"), DONE)
def test_each_operation_does_what_the_rfc_says(before: Any, patch: Any, after: Any) -> None:
    untouched = repr(before)
    assert applied(before, operations_of(patch)) == after
    assert repr(before) == untouched


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/baz/bat", "value": "qux"},
        {"op": "test", "path": "/foo", "value": "x"},
        {"op": "test", "path": "/one", "value": True},
        {"op": "test", "path": "/one", "value": "1"},
        {"op": "remove", "path": "/none"},
        {"op": "replace", "path": "/none", "value": 1},
        {"op": "replace", "path": "/list/-", "value": 1},
        {"op": "add", "path": "/list/3", "value": 1},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "add", "path": "/list/" + "9" * 5000, "value": 1},
        {"op": "remove", "path": "/list/\u0661"},
        {"op": "remove", "path": "/foo/0"},
        {"op": "copy", "from": "/none", "path": "/x"},
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(operation: dict[str, Any]) -> None:
    document = {"foo": "bar", "one": 1, "list": [1, 2]}
    with pytest.raises(PatchError, match="operation 1") as refused:
        applied(document, operations_of([{"op": "add", "path": "/new", "value": 1}, operation]))
    assert refused.value.place == 1


@pytest.mark.parametrize(
    "patch",
    [
        {}, "x", [1], [{}], [{"op": "add", "path": "/a"}], [{"op": "copy", "path": "/a"}],
        [{"op": ["add"], "path": "/a", "value": 1}], [{"op": "remove", "path": "a"}], [{"op": "remove"}],
        [{"op": "move", "from": "/a", "path": "/a/b"}], [{"op": "remove", "path": "/a"}] * 1001,
    ],
)  # fmt: skip
def test_what_is_no_patch_is_refused(patch: Any) -> None:
    with pytest.raises(PatchError):
        operations_of(patch)


def test_copies_of_copies_do_not_fill_the_memory() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/{place}"} for place in range(64)]
    with pytest.raises(PatchError, match="not copied"):
        applied({"a": "x" * 100}, operations_of(doubling))
