"""The breaker of one process: what counts, what does not, and who may probe."""

import pytest

from shared.resilience.breaker import Breaker
from shared.resilience.policies import Policy

POLICY = Policy("calcom", connect=1, attempt=9, attempts=1, deadline=10, fail_max=3, rest=5, longest_rest=20)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(POLICY, clock=clock)


def tripped(breaker: Breaker) -> None:
    for _ in range(POLICY.fail_max):
        breaker.failed(breaker.begin())


def test_consecutive_outages_open_it(breaker: Breaker) -> None:
    tripped(breaker)
    assert not breaker.is_closed
    assert breaker.rests_for == 5


def test_one_answer_between_two_outages_starts_the_count_anew(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.failed(breaker.begin())
        breaker.succeeded(breaker.begin())
    assert breaker.is_closed


def test_a_cancellation_counts_for_nothing(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.abandoned(breaker.begin())
    assert breaker.is_closed
    assert breaker.failures == 0


def test_failures_of_calls_that_began_before_the_trip_do_not_prolong_the_rest(
    breaker: Breaker, clock: Clock
) -> None:
    late = [breaker.begin() for _ in range(5)]
    tripped(breaker)
    clock.now += 4
    for ticket in late:
        breaker.failed(ticket)
    assert breaker.rests_for == 1


def test_a_late_success_does_not_close_it(breaker: Breaker) -> None:
    late = breaker.begin()
    tripped(breaker)
    breaker.succeeded(late)
    assert not breaker.is_closed


def test_one_probe_at_a_time(breaker: Breaker, clock: Clock) -> None:
    tripped(breaker)
    assert not breaker.may_probe
    clock.now += 5
    assert breaker.may_probe
    breaker.begin_probe()
    assert not breaker.may_probe


def test_a_probe_that_never_reports_blocks_for_its_lease_only(breaker: Breaker, clock: Clock) -> None:
    tripped(breaker)
    clock.now += 5
    lost = breaker.begin_probe()
    clock.now += POLICY.probe_lease
    assert breaker.may_probe
    second = breaker.begin_probe()
    breaker.failed(lost)
    breaker.succeeded(second)
    assert breaker.is_closed


def test_each_failed_probe_doubles_the_rest_up_to_the_longest(breaker: Breaker, clock: Clock) -> None:
    tripped(breaker)
    rests = []
    for _ in range(4):
        clock.now += breaker.rests_for
        breaker.failed(breaker.begin_probe())
        rests.append(breaker.rests_for)
    assert rests == [10, 20, 20, 20]


def test_a_cancelled_probe_leaves_the_rest_as_it_was(breaker: Breaker, clock: Clock) -> None:
    tripped(breaker)
    clock.now += 5
    breaker.abandoned(breaker.begin_probe())
    assert breaker.may_probe
    assert breaker.rest == 5


def test_after_closing_the_next_rest_is_short_again(breaker: Breaker, clock: Clock) -> None:
    tripped(breaker)
    clock.now += 5
    breaker.failed(breaker.begin_probe())
    clock.now += 10
    breaker.succeeded(breaker.begin_probe())
    tripped(breaker)
    assert breaker.rests_for == 5


def test_a_call_by_a_persons_word_through_an_open_circuit_decides_nothing(breaker: Breaker) -> None:
    tripped(breaker)
    ticket = breaker.begin()
    breaker.succeeded(ticket)
    breaker.failed(ticket)
    assert breaker.rests_for == 5
