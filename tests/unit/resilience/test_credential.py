"""The circuit of a key: what the provider told this process holds, whatever the common row says meanwhile."""

from typing import Any

import pytest

from shared.resilience.circuit_state import PAUSE_OVER, CircuitState
from shared.resilience.circuits import Circuits
from shared.resilience.credential import CredentialCircuit


@pytest.fixture
def key() -> CredentialCircuit:
    return Circuits(None, process="test").credential("calcom:acme", "acme")


def row(version: int, **values: Any) -> CircuitState:
    return CircuitState("calcom:acme", "credential", version=version, **values)


def left(key: CredentialCircuit) -> float:
    assert key.retry_after is not None
    return key.retry_after


def test_a_pause_is_not_shortened_by_a_row_that_is_written_for_another_429(key: CredentialCircuit) -> None:
    key.limited(key.admit(), 30.0)
    key.apply(row(1, state="open", reason="429: rate limit", rest_left=2.0))
    assert left(key) > 25


def test_a_longer_pause_of_another_process_is_taken_over(key: CredentialCircuit) -> None:
    key.limited(key.admit(), 2.0)
    key.apply(row(1, state="open", reason="429: rate limit", rest_left=30.0))
    assert left(key) > 25


def test_the_end_of_an_earlier_pause_does_not_end_a_later_one(key: CredentialCircuit) -> None:
    key.limited(key.admit(), 30.0)
    key.apply(row(1, state="closed", reason=f"{PAUSE_OVER} (other)"))
    assert left(key) > 25


def test_a_429_counts_also_when_the_pause_before_it_ended_while_it_was_on_its_way(
    key: CredentialCircuit,
) -> None:
    used = key.admit()
    key.apply(row(1, state="open", reason="429: rate limit", rest_left=0.5))
    key.apply(row(2, state="closed", reason=f"{PAUSE_OVER} (other)"))
    key.limited(used, 30.0)
    assert left(key) > 25


@pytest.mark.parametrize("reason", ["the key was changed (console)", "tried by hand (anna)"])
def test_a_new_key_or_a_person_ends_every_pause_and_voids_late_answers(
    key: CredentialCircuit, reason: str
) -> None:
    used = key.admit()
    key.limited(used, 30.0)
    key.apply(row(1, state="closed", reason=reason))
    assert not key.is_open
    key.limited(used, 30.0)
    key.rejected(used, 401, "no such key")
    assert not key.is_open
