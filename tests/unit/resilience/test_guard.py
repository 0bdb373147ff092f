"""A guarded call: what is tried again in place, what never, and how long the whole may take."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from shared.errors import (
    CredentialOpenError,
    CredentialRejectedError,
    DependencyOpenError,
    NotFoundError,
    RateLimitedError,
    RefusedForNowError,
    TransientError,
    UnknownOutcomeError,
)
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guard, Guards
from shared.resilience.http import Operation, from_status
from shared.resilience.limits import Limits
from shared.resilience.policies import CALCOM_VOICE, POLICIES, Policy
from shared.resilience.within import within

QUICK = Policy(
    "calcom",
    connect=0.1,
    attempt=0.3,
    attempts=3,
    deadline=1.0,
    fail_max=5,
    rest=5,
    backoff=0.02,
    longest_backoff=0.05,
)
READ = Operation("test.read", idempotent=True)
CREATE = Operation("test.create", idempotent=False)


class Provider:
    """Answers by a script; the last entry is repeated. An exception is raised, a number is slept."""

    def __init__(self, *script: Exception | float | None) -> None:
        self.script = list(script)
        self.times: list[float] = []

    async def __call__(self) -> str:
        self.times.append(time.monotonic())
        step = self.script[min(len(self.times), len(self.script)) - 1]
        if isinstance(step, Exception):
            raise step
        if step is not None:
            await asyncio.sleep(step)
        return "answer"

    @property
    def calls(self) -> int:
        return len(self.times)


@pytest.fixture
def circuits() -> Circuits:
    return Circuits(None, process="test")


@pytest.fixture
def guard_of(circuits: Circuits) -> Callable[[Policy], Guard]:
    guards = Guards(circuits, Limits(None))
    return lambda policy: guards.guard(policy, credential="calcom:acme", company_id="acme")


GuardOf = Callable[[Policy], Guard]


async def test_a_transient_error_is_tried_again(guard_of: GuardOf) -> None:
    provider = Provider(TransientError("503"), TransientError("503"), None)
    assert await guard_of(QUICK).run(READ, provider) == "answer"
    assert provider.calls == 3


async def test_the_last_error_comes_out_when_attempts_are_used_up(guard_of: GuardOf) -> None:
    provider = Provider(TransientError("first"), TransientError("second"), TransientError("third"))
    with pytest.raises(TransientError, match="third"):
        await guard_of(QUICK).run(READ, provider)


@pytest.mark.parametrize(
    "error",
    [
        UnknownOutcomeError("lost"),
        NotFoundError("no", status=404),
        RateLimitedError("429", circuit="calcom:acme", retry_after=0.0),
        CredentialRejectedError("401", status=401, circuit="calcom:acme"),
        RefusedForNowError("greylisted"),
    ],
)
async def test_what_is_never_tried_again_in_place(guard_of: GuardOf, error: Exception) -> None:
    provider = Provider(error)
    with pytest.raises(type(error)):
        await guard_of(QUICK).run(READ, provider)
    assert provider.calls == 1


async def test_an_attempt_that_takes_too_long_ends_as_transient_for_a_read(guard_of: GuardOf) -> None:
    provider = Provider(5.0, None)
    assert await guard_of(QUICK).run(READ, provider) == "answer"


async def test_an_attempt_that_takes_too_long_leaves_a_create_unknown(guard_of: GuardOf) -> None:
    provider = Provider(5.0)
    with pytest.raises(UnknownOutcomeError):
        await guard_of(QUICK).run(CREATE, provider)
    assert provider.calls == 1


async def test_the_whole_call_ends_at_its_deadline(guard_of: GuardOf) -> None:
    started = time.monotonic()
    with pytest.raises(TransientError):
        await guard_of(replace(QUICK, attempts=50)).run(READ, Provider(5.0))
    assert time.monotonic() - started < QUICK.deadline + 0.3


async def test_retry_after_is_a_floor_with_jitter_above(guard_of: GuardOf) -> None:
    provider = Provider(TransientError("503", retry_after=0.3), None)
    await guard_of(QUICK).run(READ, provider)
    assert 0.3 < provider.times[1] - provider.times[0] < 0.6


async def test_a_retry_after_beyond_the_deadline_is_not_waited_for(guard_of: GuardOf) -> None:
    started = time.monotonic()
    with pytest.raises(TransientError):
        await guard_of(QUICK).run(READ, Provider(TransientError("503", retry_after=100.0)))
    assert time.monotonic() - started < 0.5


async def test_an_open_breaker_stops_the_retries_in_place(guard_of: GuardOf) -> None:
    provider = Provider(TransientError("503"))
    guard = guard_of(replace(QUICK, fail_max=2))
    with pytest.raises(DependencyOpenError) as caught:
        await guard.run(READ, provider)
    assert caught.value.gate == "calcom"
    assert provider.calls == 2
    with pytest.raises(DependencyOpenError):
        await guard.run(READ, provider)
    assert provider.calls == 2


async def test_neither_what_opens_the_circuit_nor_a_failed_probe_costs_a_delivery_anything(
    guard_of: GuardOf,
) -> None:
    guard = guard_of(replace(QUICK, fail_max=2, rest=0.1, longest_rest=0.1))
    gates = []
    for _ in range(4):
        with pytest.raises(UnknownOutcomeError) as caught:
            await guard.run(CREATE, Provider(UnknownOutcomeError("no answer")))
        gates.append(caught.value.gate)
        await asyncio.sleep(0.11)
    assert gates == [None, "calcom", "calcom", "calcom"]


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("404", status=404),
        from_status(httpx.Response(408), READ),
        from_status(httpx.Response(408), CREATE),
        from_status(httpx.Response(425), CREATE),
        RefusedForNowError("later"),
        ValueError("our bug"),
    ],
)
async def test_an_answer_and_a_bug_of_ours_open_nothing(
    guard_of: GuardOf, circuits: Circuits, error: Exception
) -> None:
    guard = guard_of(replace(QUICK, fail_max=1))
    for _ in range(3):
        with pytest.raises(type(error)):
            await guard.run(READ, Provider(error))
    assert not circuits.is_open("calcom")


async def test_a_cancelled_call_opens_nothing_and_stays_a_cancellation(
    guard_of: GuardOf, circuits: Circuits
) -> None:
    guard = guard_of(replace(QUICK, fail_max=1))
    task = asyncio.create_task(guard.run(READ, Provider(0.2)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not circuits.is_open("calcom")


async def test_a_rejected_key_opens_its_own_circuit_alone(guard_of: GuardOf, circuits: Circuits) -> None:
    error = CredentialRejectedError("401", status=401, circuit="calcom:acme")
    with pytest.raises(CredentialRejectedError):
        await guard_of(QUICK).run(READ, Provider(error))
    provider = Provider(None)
    with pytest.raises(CredentialOpenError) as caught:
        await guard_of(QUICK).run(READ, provider)
    assert caught.value.circuit == "calcom:acme"
    assert caught.value.retry_after is None
    assert provider.calls == 0
    assert not circuits.is_open("calcom")
    other = Guards(circuits, Limits(None)).guard(QUICK, credential="calcom:other", company_id="other")
    assert await other.run(READ, provider) == "answer"


async def test_a_429_keeps_its_circuit_open_until_the_provider_allows(
    guard_of: GuardOf, circuits: Circuits
) -> None:
    limited = RateLimitedError("429", circuit="calcom:acme", retry_after=1.0)
    with pytest.raises(RateLimitedError):
        await guard_of(QUICK).run(READ, Provider(limited))
    with pytest.raises(CredentialOpenError):
        await guard_of(QUICK).run(READ, Provider(None))
    assert await circuits.wait_until_allowed("calcom:acme", 2.0)
    assert await guard_of(QUICK).run(READ, Provider(None)) == "answer"


class SlowTurns(Limits):
    """While a call waits for its turn the provider answers 429 to another one with the same key."""

    def __init__(self, circuits: Circuits) -> None:
        super().__init__(None)
        self._circuits = circuits

    async def take(self, credential: str, policy: Policy) -> float:
        wait = await super().take(credential, policy)
        if credential == "calcom:acme":
            key = self._circuits.credential(credential, "acme")
            key.limited(key.admit(), 5.0)
        return wait


async def test_a_call_that_waited_for_its_turn_while_its_key_was_refused_is_not_made(
    circuits: Circuits,
) -> None:
    guards = Guards(circuits, SlowTurns(circuits))
    provider = Provider(None)
    with pytest.raises(CredentialOpenError):
        await guards.guard(QUICK, credential="calcom:acme", company_id="acme").run(READ, provider)
    assert provider.calls == 0


async def test_a_probe_that_its_key_forbids_is_left_to_the_next_company(circuits: Circuits) -> None:
    guards = Guards(circuits, SlowTurns(circuits))
    policy = replace(QUICK, fail_max=1, rest=0.01, attempts=1)
    other = guards.guard(policy, credential="calcom:other", company_id="other")
    with pytest.raises(TransientError):
        await other.run(READ, Provider(TransientError("503")))
    await circuits.wait_until_allowed("calcom", 1.0)
    with pytest.raises(CredentialOpenError):
        await guards.guard(policy, credential="calcom:acme", company_id="acme").run(READ, Provider(None))
    assert await other.run(READ, Provider(None)) == "answer"


async def test_a_used_up_budget_parks_background_calls_and_leaves_callers_their_part(
    guard_of: GuardOf, circuits: Circuits
) -> None:
    provider = Provider(None)
    background = guard_of(replace(QUICK, per_minute=3, reserved=1 / 3))
    await background.run(READ, provider)
    await background.run(READ, provider)
    started = time.monotonic()
    with pytest.raises(RateLimitedError) as caught:
        await background.run(READ, provider)
    assert caught.value.circuit == "calcom:acme:budget"
    assert caught.value.retry_after is not None
    with pytest.raises(CredentialOpenError):
        await background.run(READ, provider)
    assert time.monotonic() - started < 0.3
    assert provider.calls == 2
    assert circuits.is_open("calcom:acme:budget")
    caller = guard_of(replace(QUICK, dependency="calcom.voice", per_minute=3))
    assert await caller.run(READ, provider) == "answer"
    with pytest.raises(RateLimitedError) as caught:
        await caller.run(READ, provider)
    assert caught.value.circuit == "calcom:acme"
    assert not circuits.is_open("calcom:acme")


async def test_inside_the_clean_up_of_a_cancelled_task_a_timeout_is_a_timeout() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            try:
                async with within(0.05):
                    await asyncio.sleep(10)
            except BaseException as error:  # noqa: BLE001
                seen.append(type(error).__name__)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["TimeoutError"]


async def test_a_process_that_stood_still_takes_the_answer_that_came_meanwhile() -> None:
    answer = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.1, answer.set_result, "in time")
    async with within(0.3):
        asyncio.get_running_loop().call_soon(time.sleep, 1.6)
        assert await answer == "in time"


async def test_within_does_not_swallow_a_cancellation_from_outside() -> None:
    async def work() -> None:
        async with within(10):
            await asyncio.sleep(10)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.dependency)
def test_the_numbers_of_a_policy_fit_together(policy: Policy) -> None:
    assert policy.connect < policy.attempt <= policy.deadline
    assert policy.rest <= policy.longest_rest <= 20


def test_a_caller_waits_less_than_the_agents_function_does() -> None:
    assert CALCOM_VOICE.deadline < 10
