import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.wire import MalformedJsonError, parse_json, searchable

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        pytest.param(b'{"name": "Gr\xc3\xbc\xc3\x9fe"}', {"name": "Grüße"}, id="umlauts"),
        pytest.param(b'"a\\u0000b"', "a\x00b", id="NUL"),
        pytest.param(b'"\\ud83d"', "\ud83d", id="cut emoji"),
        pytest.param(b"[" * 200 + b"]" * 200, None, id="200 levels"),
        pytest.param(b'{"' + b"n" * 100_000 + b'": 1}', {"n" * 100_000: 1}, id="a long name"),
    ],
)
def test_legal_json_is_read(raw: bytes, value: Any) -> None:
    parsed = parse_json(raw)
    assert value is None or parsed == value


def test_integers_of_any_length_are_read() -> None:
    assert str(parse_json(b"9" * 30)).startswith(("9", "1e"))
    assert parse_json(b'{"n":' + b"9" * 6_000 + b"}")["n"] > 10**5_000


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        pytest.param(b"[" * 201 + b"]" * 201, "200 levels", id="201 levels"),
        pytest.param(b"[" * 3_000 + b"]" * 3_000, "200 levels", id="3,000 levels"),
        pytest.param(b"[" * 100_000, "levels", id="deep and broken"),
        pytest.param(b"NaN", "NaN", id="NaN"),
        pytest.param(b'{"a": -Infinity}', "Infinity", id="Infinity"),
        pytest.param(b'{"a": "\xff"}', "UTF-8", id="not UTF-8"),
        pytest.param('{"a": 1}'.encode("utf-16"), "UTF-8", id="UTF-16"),
        pytest.param(b"{", "line 1", id="cut off"),
        pytest.param(b"", "line 1", id="empty"),
    ],
)
def test_what_breaks_a_limit_is_refused_with_the_reason(raw: bytes, word: str) -> None:
    with pytest.raises(MalformedJsonError, match=word):
        parse_json(raw)


@given(json_values)
def test_whatever_json_writes_is_read_back(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(json_values | st.text(st.characters(categories=("Cs", "Ll", "Cc"))))
def test_the_copy_for_search_can_be_stored(value: Any) -> None:
    text = json.dumps(searchable(value), ensure_ascii=False)
    assert "\x00" not in text
    assert "\\u0000" not in text
    text.encode()
