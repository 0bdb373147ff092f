"""The merge of calls: the same state whatever the order of arrival; each stage is told once."""

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.syncer.merge.call import RANKS, CallChange, CallState, Stage, merge, observed_stage, tell
from shared.contracts.retell import call_of

STAGES: tuple[Stage, ...] = ("started", "ended", "analyzed")
FACTS: dict[str, list[Any]] = {
    "agent_id": ["a", "b"],
    "transcript": ["short", "long"],
    "summary": ["so"],
    "duration_ms": [5, 9],
}


@st.composite
def histories(draw: st.DrawFn) -> list[CallChange]:
    """One change of some of the stages, each with some of the facts, and transfers."""
    chosen = draw(st.lists(st.sampled_from(STAGES), unique=True, min_size=1))
    return [draw(_change(stage)) for stage in chosen]


@st.composite
def _change(draw: st.DrawFn, stage: Stage) -> CallChange:
    optional = {name: st.sampled_from(values) for name, values in FACTS.items()}
    facts: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=optional))
    ids = draw(st.lists(st.sampled_from(["t1", "t2"]), unique=True))
    is_whole = draw(st.booleans())
    return CallChange("c1", stage, facts, {each: {"id": each} for each in ids}, is_whole=is_whole)


def merged(changes: tuple[CallChange, ...] | list[CallChange]) -> CallState:
    state = CallState()
    for change in changes:
        state = merge(state, change)
    return state


@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_order_of_arrival_ends_in_the_same_call(history: list[CallChange]) -> None:
    states = [merged(order) for order in itertools.permutations(history)]
    assert all(state == states[0] for state in states)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_each_stage_from_the_end_on_is_told_once(history: list[CallChange]) -> None:
    for order in itertools.permutations(history * 2 if len(history) < 3 else history):
        state, told = CallState(), list[str]()
        for change in order:
            state, is_news = tell(merge(state, change))
            told += [state.stage] * is_news
        assert told == sorted(set(told), key=RANKS.__getitem__)
        assert "started" not in told
        assert state.stage == "started" or told[-1] == state.stage


def test_a_call_that_was_fetched_is_analyzed_only_with_an_analysis() -> None:
    ended = call_of({"call_id": "c1", "call_status": "ended"})
    assert observed_stage(ended, analyzed=False) == "ended"
    assert observed_stage(ended, analyzed=True) == "analyzed"
    assert observed_stage(call_of({"call_status": "ongoing"}), analyzed=True) == "started"
    assert observed_stage(call_of({"call_status": "not_connected"}), analyzed=False) == "ended"


def test_a_transcript_outranks_the_word_that_there_is_none_whichever_comes_first() -> None:
    told = CallChange("c1", "ended", {"transcript": "Hallo"})
    observed = CallChange("c1", "ended", {}, is_whole=True)
    for order in itertools.permutations([told, observed]):
        assert merged(order).transcript_state == "kept"
    assert merged([observed]).transcript_state == "not_stored"
    assert merged([CallChange("c1", "ended", {})]).transcript_state is None
