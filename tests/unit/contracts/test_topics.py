"""The log's writer must route like the broker does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.topics import matches, queues_for

WORDS = st.lists(st.sampled_from(["stripe", "invoice", "paid", "a"]), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("branch.created", "branch.created", True),
        ("branch.created", "branch.created.x", False),
        ("stripe.customer.subscription.*", "stripe.customer.subscription.updated", True),
        ("stripe.customer.subscription.*", "stripe.customer.subscription.trial.ends", False),
        ("stripe.customer.subscription.*", "stripe.customer.subscription", False),
        ("#", "", True),
        ("#", "a.b.c", True),
        ("a.#", "a", True),
        ("a.#.c", "a.c", True),
        ("a.#.c", "a.b.b.c", True),
        ("a.#.c", "a.b", False),
        ("*", "a.b", False),
    ],
)
def test_patterns_match_as_the_broker_matches_them(pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected


@given(WORDS)
def test_every_key_matches_itself_the_hash_and_as_many_stars(words: list[str]) -> None:
    key = ".".join(words)
    assert matches(key, key)
    assert matches("#", key)
    assert matches(".".join("*" for _ in words), key)
    assert not matches(".".join(["*", *("*" for _ in words)]), key)


def test_a_queue_with_two_fitting_patterns_is_named_once() -> None:
    routes = [("b", "x.*"), ("b", "x.y"), ("a", "#"), ("c", "z")]
    assert queues_for(routes, "x.y") == ["a", "b"]
