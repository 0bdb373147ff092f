"""Marks change no word of a payload, and nothing in it becomes HTML."""

import html
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.routes.web.highlight import highlighted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_without_its_marks_it_is_the_payload(value: Any) -> None:
    text = re.sub(r'<span class="[a-z]+">|</span>', "", str(highlighted(value)))
    assert "<" not in text
    assert html.unescape(text) == json.dumps(value, indent=2, ensure_ascii=False)


def test_keys_texts_numbers_words_and_what_is_hidden_are_told_apart() -> None:
    shown = highlighted({"a": "b", "n": -1.5e3, "t": True, "k": "[redacted]", "x": "1, true"})
    for kind, token in (("key", "a"), ("string", "b"), ("hidden", "[redacted]"), ("string", "1, true")):
        assert f'<span class="{kind}">&#34;{token}&#34;</span>' in shown
    assert '<span class="number">-1500.0</span>' in shown
    assert '<span class="word">true</span>' in shown
