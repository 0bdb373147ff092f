import pytest

from services.webhook_ingest.store import FloodGate
from services.webhook_ingest.values import RefusedError


class Clock:
    """Stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(gate: FloodGate, company: str, wanted: int) -> int:
    """How many of ``wanted`` events at one instant get through."""
    for number in range(wanted):
        try:
            gate.admit(company)
        except RefusedError:
            return number
    return wanted


def test_a_company_may_send_a_seconds_worth_at_once_and_no_more() -> None:
    gate = FloodGate(10, Clock())
    assert (admitted(gate, "salon", 25), admitted(gate, "salon", 25)) == (10, 0)


@pytest.mark.parametrize(("seconds", "more"), [(0.05, 0), (0.11, 1), (0.55, 5), (1.0, 10), (3600.0, 10)])
def test_what_may_be_sent_comes_back_with_time_up_to_a_seconds_worth(seconds: float, more: int) -> None:
    clock = Clock()
    gate = FloodGate(10, clock)
    admitted(gate, "salon", 25)
    clock.now += seconds
    assert admitted(gate, "salon", 25) == more


def test_what_is_too_much_may_come_again_in_a_second() -> None:
    gate = FloodGate(1, Clock())
    gate.admit("salon")
    with pytest.raises(RefusedError) as refusal:
        gate.admit("salon")
    assert (refusal.value.status, refusal.value.retry_after) == (429, 1)


def test_the_flood_of_one_company_is_nobody_elses() -> None:
    gate = FloodGate(10, Clock())
    assert (admitted(gate, "salon", 25), admitted(gate, "dentist", 5)) == (10, 5)
