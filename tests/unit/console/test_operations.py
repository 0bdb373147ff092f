"""How a bulk operation begins slowly, goes on faster, and stops itself."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.operations import (
    Bounds,
    Finish,
    Pace,
    Seen,
    Send,
    Stop,
    after,
    first_pace,
    level_above,
    next_step,
    seconds_for,
)
from services.ops_console.store.refusals import NotPossibleError

BOUNDS = Bounds(rate=50.0, threshold=0.1, minimum=5)
LOOK = Seen(done=0, failed=0, in_flight=0, left=1_000, elapsed=1.0, quiet=0.0)


def sent(step: object) -> Send:
    assert isinstance(step, Send), step
    return step


def test_the_levels_are_one_two_five_ten_up_to_the_rate_and_no_further() -> None:
    levels = list(itertools.accumulate(range(8), lambda level, _: level_above(level, 120.0), initial=1.0))
    assert levels == [1, 2, 5, 10, 20, 50, 100, 120, 120]


def test_the_first_look_sends_one_at_once_and_no_more() -> None:
    assert sent(next_step(BOUNDS, first_pace(50.0), replace(LOOK, elapsed=0.0))).number == 1


def test_the_next_level_begins_only_after_twice_the_level_went_well() -> None:
    pace = Pace(level=5.0, credit=0.0)
    slow = sent(next_step(BOUNDS, pace, replace(LOOK, done=9)))
    assert (slow.pace.level, slow.pace.well) == (5.0, 9)
    fast = sent(next_step(BOUNDS, slow.pace, replace(LOOK, done=1)))
    assert (fast.pace.level, fast.pace.well, fast.restarted) == (10.0, 0, True)


def test_slow_consumers_are_trusted_after_ten_seconds_without_a_failure() -> None:
    pace = Pace(level=5.0, credit=0.0, well=1)
    assert sent(next_step(BOUNDS, pace, replace(LOOK, quiet=9.9))).pace.level == 5.0
    assert sent(next_step(BOUNDS, pace, replace(LOOK, quiet=10.0))).pace.level == 10.0


def test_silence_alone_is_no_reason_to_go_faster() -> None:
    pace = Pace(level=5.0, credit=0.0)
    assert sent(next_step(BOUNDS, pace, replace(LOOK, quiet=600.0))).pace.level == 5.0


def test_a_failure_keeps_the_level_and_begins_its_quiet_time_anew() -> None:
    pace = Pace(level=5.0, credit=0.0, well=9)
    step = sent(next_step(BOUNDS, pace, replace(LOOK, done=5, failed=1, quiet=60.0)))
    assert (step.pace.level, step.pace.well, step.restarted) == (5.0, 0, True)


def test_it_stops_when_more_than_the_share_failed_and_at_least_the_minimum() -> None:
    pace = Pace(level=10.0, credit=0.0)
    assert isinstance(next_step(BOUNDS, pace, replace(LOOK, failed=4)), Send)
    stop = next_step(BOUNDS, pace, replace(LOOK, done=20, failed=5))
    assert isinstance(stop, Stop)
    assert (stop.failed, stop.outcomes) == (5, 25)


def test_failures_at_or_below_the_share_do_not_stop_it() -> None:
    step = next_step(BOUNDS, Pace(level=10.0, credit=0.0), replace(LOOK, done=90, failed=10))
    assert isinstance(step, Send)


def test_what_went_well_long_ago_does_not_hide_a_new_fault() -> None:
    well = sent(next_step(BOUNDS, Pace(level=50.0, credit=0.0), replace(LOOK, done=90_000))).pace
    first = sent(next_step(BOUNDS, well, replace(LOOK, done=98, failed=10)))
    assert isinstance(next_step(BOUNDS, first.pace, replace(LOOK, failed=6)), Stop)


def test_a_queue_that_nobody_empties_is_not_filled_on() -> None:
    pace = Pace(level=5.0, credit=10.0)
    assert sent(next_step(BOUNDS, pace, replace(LOOK, in_flight=18))).number == 2
    assert sent(next_step(BOUNDS, pace, replace(LOOK, in_flight=25))).number == 0


def test_a_driver_that_was_away_for_an_hour_makes_up_for_two_seconds() -> None:
    step = sent(next_step(BOUNDS, Pace(level=5.0, credit=0.0), replace(LOOK, elapsed=3_600.0)))
    assert step.number == 10


def test_it_is_finished_when_nothing_is_left_and_each_has_an_outcome() -> None:
    pace = Pace(level=5.0, credit=0.0)
    assert isinstance(next_step(BOUNDS, pace, replace(LOOK, left=0, in_flight=1)), Send)
    assert isinstance(next_step(BOUNDS, pace, replace(LOOK, left=0)), Finish)


def test_the_last_ones_that_fail_still_stop_it_rather_than_finish_it() -> None:
    assert isinstance(next_step(BOUNDS, Pace(5.0, 0.0), replace(LOOK, left=0, failed=5)), Stop)


@given(
    rate=st.floats(0.1, 1_000.0),
    looks=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 1.0)), max_size=60),
)
def test_never_more_than_the_rate_allows_is_sent_nor_more_than_four_levels_without_an_outcome(
    rate: float, looks: list[tuple[float, float]]
) -> None:
    """``looks``: seconds since the one before, and the share of what is in flight that is done by then."""
    pace, in_flight, total, seconds = first_pace(rate), 0, 0, 0.0
    for elapsed, share in looks:
        done = int(in_flight * share)
        in_flight, seconds = in_flight - done, seconds + elapsed
        seen = Seen(done, 0, in_flight, 10_000, elapsed, quiet=0.0)
        step = sent(next_step(Bounds(rate, 0.1, 5), pace, seen))
        pace, in_flight, total = step.pace, in_flight + step.number, total + step.number
        assert in_flight <= max(1, 4 * pace.level)
        assert pace.level <= rate
    assert total <= 1 + rate * seconds + 1e-6


def test_the_estimate_is_the_climb_and_then_the_rate() -> None:
    assert seconds_for(1, 1_000.0) == 1.0
    assert 100.0 < seconds_for(100_000, 1_000.0) < 140.0
    assert seconds_for(10, 0.5) == 20.0


def test_each_deed_makes_sense_in_some_states_only() -> None:
    assert after("confirm", "planned") == "running"
    assert after("resume", "stopped") == "running"
    for deed, state in (("confirm", "running"), ("pause", "done"), ("resume", "running")):
        with pytest.raises(NotPossibleError, match=state):
            after(deed, state)  # type: ignore[arg-type]
    with pytest.raises(NotPossibleError):
        after("cancel", "cancelled")
