"""Many callers want the same few times at once: each is one caller's, and nobody else costs a request."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from tests.integration.voice_tools.conftest import calcom as calcom  # noqa: PLC0414  # fixtures
from tests.integration.voice_tools.conftest import client as client  # noqa: PLC0414
from tests.integration.voice_tools.conftest import database as database  # noqa: PLC0414
from tests.integration.voice_tools.conftest import open_salon as open_salon  # noqa: PLC0414
from tests.integration.voice_tools.conftest import published as published  # noqa: PLC0414
from tests.integration.voice_tools.conftest import salon as salon  # noqa: PLC0414
from tests.integration.voice_tools.conftest import simulators as simulators  # noqa: PLC0414
from tests.integration.voice_tools.salon import PATIENT, Salon, environment_of, next_open_day
from tests.processes import Process, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
CLOCKS = ("09:00", "09:30", "10:00", "10:30", "11:00", "13:30", "14:00", "14:30", "15:00", "15:30")
#: Cal.com's default for a key.
PER_MINUTE = 120
AT_ONCE = 20


@pytest.fixture(scope="module")
async def voice(
    broker_url: str, database_url: str, simulators: Simulators, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """Patient: who gets which time is the question, not how fast this machine is."""
    environment = environment_of(broker_url, database_url, simulators) | PATIENT | {"VOICE_SOFT_SECONDS": "7"}
    log = tmp_path_factory.mktemp("race") / "voice_tools.log"
    async with running("services.voice_tools", log, environment) as process:
        yield process


@dataclass
class Caller:
    """Who wants ``clock``; ``sent``: when the request that was answered last left."""

    call: Salon
    clock: str
    number: str
    code: str = ""
    sent: float = 0.0

    async def hears(self, day: date) -> None:
        wish = {"service": "herrenschnitt", "date": day.isoformat(), "time": self.clock}
        answer = await self.call.ask("check_availability", wish, from_number=self.number)
        first = answer["slots"][0]
        assert first["start"][11:16] == self.clock, "everybody is offered the time before the first is booked"
        self.code = first["code"]

    async def books(self) -> dict[str, Any]:
        """The end of it; an agent that hears "pending" asks again."""
        while True:
            self.sent = time.time()
            yes = {"slot_code": self.code, "customer_name": "Anna Meyer", "caller_confirmed": True}
            answer = await self.call.ask("book_appointment", yes, from_number=self.number)
            if answer["status"] != "pending":
                return answer


@pytest.mark.parametrize("callers", [40, pytest.param(200, marks=pytest.mark.long)])
async def test_ten_of_all_who_want_the_same_ten_times_get_one_and_the_others_hear_of_free_ones(
    salon: Salon, calcom: CalcomControl, say: Callable[[str], None], callers: int
) -> None:
    await calcom.configure(booking_seconds=[0.2, 0.5], rate_limit_per_minute=PER_MINUTE)
    line = [Caller(salon.another_call(), clock, f"+49151{n:08d}") for n, clock in enumerate(_clocks(callers))]
    day, before = next_open_day(), await _last(calcom)
    await _at_once(caller.hears(day) for caller in line)
    began = time.monotonic()
    answers = await _at_once(caller.books() for caller in line)
    seconds, asked = time.monotonic() - began, await calcom.requests(since=before)
    await calcom.configure(booking_seconds=[0, 0], rate_limit_per_minute=100_000)
    statuses = Counter(answer["status"] for answer in answers)
    booked = {booking["start"]: _moment(booking["createdAt"]) for booking in await salon.bookings_at_calcom()}
    kinds = Counter(f"{each['method']} {each['path']} {each['status']}" for each in asked)
    say(f"{callers} callers: {dict(statuses)} in {seconds:.1f} s with {dict(kinds)}")
    assert statuses == {"booked": len(CLOCKS), "taken": callers - len(CLOCKS)}
    assert len(await salon.bookings_at_calcom()) == len(booked) == len(CLOCKS)
    assert all(_is_free(caller, answer, booked) for caller, answer in zip(line, answers, strict=True))
    assert not [kind for kind in kinds if kind.endswith(" 429")]
    assert len(asked) <= 3 * len(CLOCKS), "who comes too late costs no request"


async def _at_once(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """All of it, so many at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[Any]) -> Any:
        async with free:
            return await each

    return await asyncio.gather(*map(one, work))


def _clocks(callers: int) -> list[str]:
    """As many for each, in no order."""
    clocks = [CLOCKS[number % len(CLOCKS)] for number in range(callers)]
    random.Random(7).shuffle(clocks)  # noqa: S311  # the same race each time
    return clocks


def _is_free(caller: Caller, answer: dict[str, Any], booked: dict[str, float]) -> bool:
    """One to three times, none of them the refused one, none booked when the request left."""
    if answer["status"] != "taken":
        return True
    named = [datetime.fromisoformat(slot["start"]) for slot in answer["slots"]]
    taken = {datetime.fromisoformat(start) for start, at in booked.items() if at < caller.sent}
    refused = [
        start for start in named if f"{start:%H:%M}" == caller.clock and start - named[0] < timedelta(1)
    ]
    return 1 <= len(named) <= 3 and not refused and not taken.intersection(named)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


async def _last(calcom: CalcomControl) -> int:
    """The newest request so far."""
    return max((int(each["id"]) for each in await calcom.requests()), default=0)
