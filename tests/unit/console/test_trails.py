"""Each event is told once, right below the one that caused it."""

from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.trails import tree_of

Event = tuple[str, str | None]


def _tree(*events: Event) -> list[tuple[int, str]]:
    return [(depth, event[0]) for depth, event in tree_of(events, lambda one: one[0], lambda one: one[1])]


def test_effects_stand_below_their_cause_in_the_order_given() -> None:
    found = _tree(
        ("webhook", None), ("call", None), ("booked", "webhook"), ("mail", "booked"), ("sms", "booked")
    )
    assert found == [(0, "webhook"), (1, "booked"), (2, "mail"), (2, "sms"), (0, "call")]


def test_an_event_whose_cause_is_not_there_is_a_root() -> None:
    assert _tree(("booked", "folded"), ("mail", "booked")) == [(0, "booked"), (1, "mail")]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef") | st.none()), unique_by=lambda e: e[0]
    )
)
def test_each_is_told_once_even_where_they_cause_each_other(events: list[Event]) -> None:
    assert sorted(name for _, name in _tree(*events)) == sorted(name for name, _ in events)
