import asyncio
import gc
import weakref
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import (
    CredentialOpenError,
    CredentialRejectedError,
    DependencyOpenError,
    InfrastructureError,
    InvalidEventError,
    PermanentError,
    PoisonMessageError,
    ProviderRefusedError,
    RateLimitedError,
    TransientError,
    UnknownOutcomeError,
)
from shared.messaging.outcome import (
    DeadLetter,
    DeliveryPolicy,
    Done,
    Hold,
    Outcome,
    Park,
    Redeliver,
    emptied,
    held_in_vain,
    outcome_of,
    worst_of,
)
from shared.messaging.properties import message_of, own_headers, stored

POLICY = DeliveryPolicy()


def _at_gate(error: TransientError, gate: str) -> TransientError:
    error.gate = gate
    return error


def _behind(circuit: str) -> TransientError:
    error = TransientError("one company's server is away")
    error.circuit = circuit
    return error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, Done()),
        (PoisonMessageError("?"), DeadLetter("poison_message")),
        (InvalidEventError("?"), DeadLetter("rejected")),
        (ProviderRefusedError("no", status=422), DeadLetter("rejected")),
        (InfrastructureError(gate="database"), Hold("database")),
        (DependencyOpenError(gate="calcom"), Hold("calcom")),
        (_at_gate(UnknownOutcomeError("the probe was lost"), "calcom"), Hold("calcom")),
        (CredentialOpenError(circuit="calcom:c1"), Park("calcom:c1")),
        (CredentialRejectedError("no", status=401, circuit="retell:c1"), Park("retell:c1")),
        (RateLimitedError(circuit="calcom:c1"), Park("calcom:c1")),
        (_behind("chat:chat.example.org"), Park("chat:chat.example.org")),
    ],
)
def test_the_kind_of_error_decides(error: Exception | None, outcome: Outcome) -> None:
    assert outcome_of(error, 1, 0.0, POLICY) == outcome


@pytest.mark.parametrize("error", [TransientError("x"), UnknownOutcomeError("x"), RuntimeError("a bug")])
def test_what_may_pass_is_redelivered(error: Exception) -> None:
    assert isinstance(outcome_of(error, 1, 0.0, POLICY), Redeliver)


def test_of_several_failures_what_is_held_outweighs_what_is_redelivered() -> None:
    probe = _at_gate(UnknownOutcomeError("lost"), "smtp")
    assert worst_of(ExceptionGroup("both", [TransientError("busy"), probe])) is probe
    parked = _behind("chat:chat.example.org")
    assert worst_of(ExceptionGroup("both", [TransientError("busy"), parked])) is parked


def test_retry_within_is_a_ceiling_and_the_floor_still_holds() -> None:
    late = TransientError("busy", retry_after=2.0, retry_within=18.0)
    assert outcome_of(late, 4, 0.0, POLICY) == Redeliver(after=18.0)
    assert outcome_of(TransientError("busy", retry_after=2.0, retry_within=0.5), 4, 0.0, POLICY) == Redeliver(
        2.0
    )
    early = outcome_of(late, 2, 0.0, POLICY)
    assert isinstance(early, Redeliver)
    assert early.after < 18.0


def test_retry_after_is_a_floor() -> None:
    outcome = outcome_of(TransientError("x", retry_after=42.0), 1, 0.0, POLICY)
    assert isinstance(outcome, Redeliver)
    assert outcome.after >= 42.0


def test_a_bug_gets_three_attempts_and_a_provider_nine() -> None:
    assert isinstance(outcome_of(RuntimeError(), 2, 0.0, POLICY), Redeliver)
    assert outcome_of(RuntimeError(), 3, 0.0, POLICY) == DeadLetter("attempts_exhausted")
    assert isinstance(outcome_of(TransientError(), 8, 0.0, POLICY), Redeliver)
    assert outcome_of(TransientError(), 9, 0.0, POLICY) == DeadLetter("attempts_exhausted")


def test_patience_ends_with_the_total_time() -> None:
    assert outcome_of(TransientError(), 2, POLICY.total_seconds, POLICY) == DeadLetter("attempts_exhausted")


def test_a_first_attempt_is_never_the_last_because_of_its_age() -> None:
    assert isinstance(outcome_of(TransientError(), 1, 25 * 3600.0, POLICY), Redeliver)


@pytest.mark.parametrize("gate", ["database", "broker"])
def test_what_our_own_servers_refuse_though_they_answer_counts_as_a_failed_attempt(gate: str) -> None:
    error = InfrastructureError("disk full", gate=gate)
    assert isinstance(held_in_vain(Hold(gate), error, 1, 0.0, POLICY), Redeliver)
    assert held_in_vain(Hold(gate), error, 9, 0.0, POLICY) == DeadLetter("attempts_exhausted")


def test_what_was_held_for_a_circuit_too_long_is_parked_behind_it() -> None:
    error = DependencyOpenError(gate="calcom")
    assert held_in_vain(Hold("calcom"), error, 9, 0.0, POLICY) == Park("calcom")


@given(st.integers(1, 30))
def test_delays_follow_the_table_within_their_jitter(attempt: int) -> None:
    expected = POLICY.delays[min(attempt, len(POLICY.delays)) - 1]
    assert 0.8 * expected <= POLICY.delay(attempt) <= 1.2 * expected


@given(st.integers(1, 50), st.sampled_from([TransientError, RuntimeError, PermanentError]))
def test_every_sequence_of_failures_ends(first: int, kind: type[Exception]) -> None:
    attempt, outcome = first, outcome_of(kind("x"), first, 0.0, POLICY)
    while isinstance(outcome, Redeliver):
        attempt += 1
        outcome = outcome_of(kind("x"), attempt, 0.0, POLICY)
    assert isinstance(outcome, DeadLetter)


def test_of_a_group_the_worst_counts() -> None:
    permanent = PermanentError("no")
    group = ExceptionGroup(
        "both", [TransientError("later"), ExceptionGroup("in", [RuntimeError(), permanent])]
    )
    assert worst_of(group) is permanent


def test_a_cancellation_is_no_error_of_the_attempt() -> None:
    assert not isinstance(asyncio.CancelledError(), Exception)


_header = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text()
    | st.binary()
    | st.floats(allow_nan=False)
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: "_" not in key), _header, max_size=4))
def test_own_headers_come_back_equal_in_value(headers: dict[str, Any]) -> None:
    sent = message_of(b"", {"message_id": "m", "headers": {}})
    sent.headers.update(headers)
    row = stored(sent)  # type: ignore[arg-type]  # has the same properties as a delivery
    assert dict(message_of(b"", row).headers) == own_headers(headers)


def test_what_the_broker_wrote_is_never_sent_again() -> None:
    theirs = {"x-death": [{}], "x-first-death-queue": "q", "x-delivery-count": 3, "x-last-death-reason": "r"}
    assert own_headers({**theirs, "mine": 1}) == {"mine": 1}


def test_properties_come_back_equal_in_value() -> None:
    stamp = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    plain = {
        "message_id": "m",
        "type": "t",
        "correlation_id": "c",
        "app_id": "a",
        "content_type": "x/y",
        "content_encoding": None,
        "reply_to": None,
        "priority": 3,
    }
    row = stored(SimpleNamespace(**plain, timestamp=stamp, headers={"d": Decimal("1.5")}))  # type: ignore[arg-type]
    again = message_of(b"x", row)
    assert {name: getattr(again, name) for name in plain} == plain
    assert (again.timestamp, again.headers["d"]) == (stamp, Decimal("1.5"))


class Heavy:
    """Something large that a handler has in its hands."""


def test_what_a_handler_held_is_free_as_soon_as_its_error_is_caught() -> None:
    held: list[weakref.ref[Heavy]] = []

    def deep() -> None:
        heavy = Heavy()
        held.append(weakref.ref(heavy))
        raise MemoryError

    def handler() -> None:
        heavy = Heavy()
        held.append(weakref.ref(heavy))
        try:
            deep()
        except MemoryError as error:
            raise ExceptionGroup("both", [TransientError("busy"), ValueError("no")]) from error

    with pytest.raises(ExceptionGroup) as caught:
        handler()
    gc.collect()
    assert all(each() is not None for each in held)
    assert emptied(caught.value) is caught.value
    gc.collect()
    assert [each() for each in held] == [None, None]
