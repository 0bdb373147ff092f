"""Cal.com is dead while people call: each is answered in time, each wish is booked or called back, once."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
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
from tests.integration.voice_tools.salon import Salon, environment_of, next_open_day
from tests.processes import Process, running
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
CLOCKS = ("09:00", "09:30", "10:00", "10:30", "11:00", "13:30", "14:00", "14:30", "15:00", "15:30")
LOOK, ENTER = 0.8, 2.5
#: A machine with other work answers late.
SLACK = 3.0


@pytest.fixture(scope="module")
def environment(broker_url: str, database_url: str, simulators: Simulators) -> dict[str, str]:
    return environment_of(broker_url, database_url, simulators)


@pytest.fixture(scope="module")
async def voice(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """With the budgets of production."""
    log = tmp_path_factory.mktemp("voice") / "voice_tools.log"
    async with running("services.voice_tools", log, environment) as process:
        yield process


@pytest.fixture(scope="module")
async def syncer(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    log = tmp_path_factory.mktemp("syncer") / "syncer.log"
    async with running("services.syncer", log, environment) as process:
        yield process


@dataclass
class Caller:
    """What one person heard, and how long each answer took."""

    call: Salon
    number: str
    day: date
    clock: str
    heard: list[str] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    entries: list[float] = field(default_factory=list)

    async def phones(self) -> None:
        """Asks for a time, says yes, and has patience with an agent that needs a moment."""
        wish = {"service": "herrenschnitt", "date": self.day.isoformat(), "time": self.clock}
        while not (slots := (await self._asked("check_availability", wish, self.looks)).get("slots")):
            pass
        yes = {"slot_code": slots[0]["code"], "customer_name": "Anna Meyer", "caller_confirmed": True}
        while (await self._asked("book_appointment", yes, self.entries))["status"] == "pending":
            pass

    async def _asked(self, name: str, args: dict[str, Any], times: list[float]) -> dict[str, Any]:
        began = time.monotonic()
        answer = await self.call.ask(name, args, from_number=self.number)
        times.append(time.monotonic() - began)
        self.heard.append(answer["status"])
        return answer


@pytest.mark.usefixtures("syncer")
@pytest.mark.parametrize(("calls", "seconds"), [(20, 20), pytest.param(100, 600, marks=pytest.mark.long)])
async def test_who_calls_while_the_calendar_is_dead_is_answered_in_time_and_booked_once_when_it_is_back(
    salon: Salon, calcom: CalcomControl, say: Callable[[str], None], calls: int, seconds: int
) -> None:
    callers = [_caller(salon, number) for number in range(calls)]
    await _known(salon)
    fault = await calcom.fault("* /v2/*", "status", status=503)
    talks = []
    for caller in callers:
        talks.append(asyncio.create_task(caller.phones()))
        await asyncio.sleep(seconds / calls)
    await asyncio.gather(*talks)
    await calcom.heal(fault)
    back = time.monotonic()
    await eventually(lambda: _settled(salon, calls), within=300, every=0.5, of="every wish has ended")
    looks = [one for caller in callers for one in caller.looks]
    entries = [one for caller in callers for one in caller.entries]
    last = Counter(caller.heard[-1] for caller in callers)
    say(
        f"{calls} calls in {seconds} s heard {dict(last)}; {_times(looks, LOOK, 'looks')},"
        f" {_times(entries, ENTER, 'bookings')}; all settled {time.monotonic() - back:.1f} s after the return"
    )
    assert last == {"requested": calls}
    assert max(looks) < LOOK + SLACK
    assert max(entries) < ENTER + SLACK
    await _each_once(salon, callers)


def _times(seconds: list[float], budget: float, what: str) -> str:
    """The budget is the service's; what is seen here has this machine's other work in it."""
    late = sum(one > budget + 0.1 for one in seconds)
    return f"{late} of {len(seconds)} {what} came after {budget + 0.1:.1f} s, the last {max(seconds):.2f} s"


def _caller(salon: Salon, number: int) -> Caller:
    """Each with a time of their own."""
    day = next_open_day()
    for _ in range(number // len(CLOCKS)):
        day = next_open_day((day - next_open_day()).days + 2)
    phone = f"+4915{secrets.randbelow(10**9):09d}"
    return Caller(salon.another_call(), phone, day, CLOCKS[number % len(CLOCKS)])


async def _known(salon: Salon) -> None:
    """The free times of the next two weeks were asked for before the calendar died; later ones were not."""

    async def free() -> bool:
        return (await salon.offered(next_open_day()))["status"] == "free"

    await eventually(free, of="the free times")


async def _settled(salon: Salon, calls: int) -> bool:
    attempts = await salon.attempts()
    return len(attempts) == calls and all(each.state in {"booked", "refused"} for each in attempts)


async def _each_once(salon: Salon, callers: list[Caller]) -> None:
    """In the calendar once, whatever its status, or one person calls back; nobody both, nobody neither."""
    attempts = await salon.attempts()
    at_calcom = await salon.bookings_at_calcom()
    booked = Counter(each["metadata"]["call_id"] for each in at_calcom)
    called_back = Counter(each.data["call_id"] for each in await salon.events("callback.requested"))
    wishes = Counter(each.data["call_id"] for each in await salon.events("booking.requested"))
    assert [each["status"] for each in at_calcom] == ["accepted"] * len(at_calcom)
    assert set(booked.values()) | set(called_back.values()) | set(wishes.values()) == {1}
    assert set(wishes) == {caller.call.call_id for caller in callers}
    assert set(booked) | set(called_back) == set(wishes)
    assert not set(booked) & set(called_back)
    # Our own table says the same, down to the booking.
    assert {each.call_id for each in attempts if each.state == "refused"} == set(called_back)
    uids = {each.calcom_uid for each in attempts if each.state == "booked"}
    assert uids == {each["uid"] for each in at_calcom}
