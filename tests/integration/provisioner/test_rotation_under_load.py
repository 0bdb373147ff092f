"""Bookings go on while the webhook secret is replaced again and again: neither ingest refuses one webhook."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.ops_console.store.companies import Companies as ConsoleCompanies
from services.provisioner.content import Addresses
from shared.clients.signatures import sign_calcom
from tests.integration.provisioner.harness import ENCRYPTION_KEY, World
from tests.integration.provisioner.service import Service
from tests.processes import Process, running
from tests.support import eventually

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
VERSION = {"cal-api-version": "2026-02-25"}
#: Who books at the same time.
CALLERS = 4
#: Seconds; longer than any test.
FOR_EVER = 600.0


@dataclass
class Load:
    """Bookings at Cal.com without a pause. ``copied``: what the second ingest answered to each webhook."""

    world: World
    http: httpx.AsyncClient
    second: httpx.AsyncClient
    booked: int = 0
    copied: list[int] = field(default_factory=list)
    #: Bookings wait for their copies, or these would lag behind the rotation.
    ahead: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2 * CALLERS))

    async def book(self, event_type: int, caller: int) -> None:
        """One booking after the other, at times that no other caller takes."""
        first = (datetime.now(UTC) + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
        for number in itertools.count(caller, CALLERS):
            day, slot = divmod(number, 16)
            start = (first + timedelta(days=day, minutes=30 * slot)).strftime("%Y-%m-%dT%H:%M:%SZ")
            attendee = {"name": "Eva", "email": "eva@example.org", "timeZone": "UTC"}
            wish = {"start": start, "eventTypeId": event_type, "attendee": attendee}
            await self.ahead.acquire()
            answer = await self.http.post("/v2/bookings", json=wish, headers=VERSION)
            answer.raise_for_status()
            self.booked += 1

    async def copy(self) -> None:
        """Whatever the first ingest got, the second gets as well, byte for byte."""
        seen = 0
        while True:
            for sent in await delivered(self.world, seen):
                seen = sent["id"]
                path = f"/webhooks/calcom/{self.world.company}"
                answer = await self.second.post(path, content=sent["body"].encode(), headers=sent["headers"])
                self.copied.append(answer.status_code)
                self.ahead.release()
            await asyncio.sleep(0.02)

    async def goes_on(self, bookings: int) -> None:
        """Wait for that many more, and for the second ingest's answers to them."""
        enough = self.booked + bookings

        async def reached() -> bool:
            return len(self.copied) >= enough

        await eventually(reached, within=60, of="bookings")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)], ids=["one", "every"])
async def test_no_webhook_is_refused_while_the_secret_is_replaced_under_load_and_its_worker_killed(
    world: World, broker_url: str, tmp_path: Path, every: bool
) -> None:
    async with _town(world, broker_url, tmp_path) as town:
        await town.service.runs()
        await town.load.goes_on(10)
        used, deaths = [secret(world)], await _deaths_of_a_rotation(town)
        used.append(secret(world))
        for death in deaths if every else [death for death in deaths if "PATCH" in death.route][-1:]:
            await death.strikes(town)
            await town.load.goes_on(5)
            await town.service.runs()
            await eventually(lambda: promoted(world, used[-1]), of=f"the rotation after {death}")
            used.append(secret(world))
            await town.load.goes_on(5)
            assert [each["secret"] for each in (await world.made())["webhooks"]] == used[-1:]
    await none_was_refused(world, town.load, used)


@dataclass(frozen=True)
class Town:
    """``service``: the provisioner; both ingests run, and bookings are made all the while."""

    world: World
    service: Service
    load: Load


@dataclass(frozen=True)
class Death:
    """At the request of a rotation to ``route`` before which there were ``number`` to the same."""

    route: str
    number: int
    fault: str

    async def strikes(self, town: Town) -> None:
        """A rotation begins, and its worker is dead."""
        world = town.world
        await world.calcom.forget_requests()
        seconds = {"seconds": FOR_EVER, "times": 1, "after": self.number}
        await world.calcom.fault(self.route, self.fault, **seconds)
        await rotate(world)
        await eventually(lambda: self._is_there(world), of=str(self))
        await town.service.kill()
        await world.calcom.heal()

    async def _is_there(self, world: World) -> bool:
        asked = [each for each in await world.asked() if _route(each) == self.route]
        reached = len(asked) > self.number
        return reached and (self.fault == "latency" or asked[self.number]["status"] is not None)


@dataclass(frozen=True)
class DeathBeforeItsAcknowledgement:
    """The next secret is the current one, and the broker was not told that this is done."""

    route: str = "ack"

    async def strikes(self, town: Town) -> None:
        await town.service.dies_at("ack:1")
        await rotate(town.world)
        await town.service.died()


async def _deaths_of_a_rotation(town: Town) -> list[Death | DeathBeforeItsAcknowledgement]:
    """Before and after the effect of each request of a rotation that goes well, and at its very end."""
    world, before = town.world, secret(town.world)
    await world.calcom.forget_requests()
    await rotate(world)
    await eventually(lambda: promoted(world, before), of="the rotation")
    routes = [route for each in await world.asked() if "/v2/webhooks" in (route := _route(each))]
    places = [(route, routes[:place].count(route)) for place, route in enumerate(routes)]
    deaths = [Death(*place, fault) for place in places for fault in ("latency", "late_answer")]
    return [*deaths, DeathBeforeItsAcknowledgement()]


def _route(request: dict[str, Any]) -> str:
    return f"{request['method']} {request['path']}"


async def rotate(world: World) -> None:
    console = ConsoleCompanies(world.database, world.vault, rotation_seconds=1.0)
    await console.rotate(world.company, by="anna")


async def none_was_refused(world: World, load: Load, used: list[str]) -> None:
    """Neither ingest, whatever it was signed with; and it was signed with each secret in turn."""
    sent = await delivered(world)
    assert [(one["status"], one["error"], one["url"]) for one in sent if one["status"] != 202] == []
    assert set(load.copied) == {202}
    signed = [one["headers"]["x-cal-signature-256"] for one in sent]
    for each in used:
        assert any(sign_calcom(one["body"].encode(), each) in signed for one in sent)


async def delivered(world: World, since: int = 0) -> list[dict[str, Any]]:
    """The company's webhooks."""
    return [one for one in await world.calcom.deliveries(since) if one["url"].endswith(world.company)]


def secret(world: World) -> str:
    query = "select calcom_webhook_secret_encrypted as sealed from companies where id = %s"
    return world.vault.open(bytes(world.rows(query, world.company)[0]["sealed"]))


async def promoted(world: World, before: str) -> bool:
    return secret(world) != before


@contextlib.asynccontextmanager
async def _town(world: World, broker_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Two processes of ingest, of which the company's webhook names the first, and a provisioner to start."""
    await world.calcom.configure(booking_seconds=[0, 0], rate_limit_per_minute=1_000_000)
    own = {"RABBITMQ_URL": broker_url, "DATABASE_URL": world.url, "ENCRYPTION_KEYS": ENCRYPTION_KEY}
    async with contextlib.AsyncExitStack() as stack:
        ingest = [
            await stack.enter_async_context(running("services.webhook_ingest", tmp_path / f"{n}.log", own))
            for n in range(2)
        ]
        world.addresses = Addresses(ingest[0].url, "http://127.0.0.1:2")
        await world.tell("branch.created", world.branch())
        # The regular look would ask for the webhook as well, at a time of its own.
        world.execute(
            "update webhook_registrations set next_at = now() + interval '1 day' where company_id = %s",
            world.company,
        )
        service = Service.of(world, broker_url, tmp_path, stack)
        yield Town(world, service, await stack.enter_async_context(_load(world, ingest[1])))


@contextlib.asynccontextmanager
async def _load(world: World, second: Process) -> AsyncIterator[Load]:
    key = {"Authorization": f"Bearer {world.calcom_key}"}
    async with (
        httpx.AsyncClient(base_url=world.simulators.calcom_url, headers=key, trust_env=False) as http,
        httpx.AsyncClient(base_url=second.url, trust_env=False, timeout=30) as copies,
        asyncio.TaskGroup() as group,
    ):
        owner = (await http.get("/v2/me")).json()["data"]["id"]
        event_type = await _event_type(world, owner)
        load = Load(world, http, copies)
        tasks = [group.create_task(load.book(event_type, caller)) for caller in range(CALLERS)]
        tasks.append(group.create_task(load.copy()))
        yield load
        await load.goes_on(0)
        for task in tasks:
            task.cancel()


async def _event_type(world: World, owner: int) -> int:
    schedule = {
        "timeZone": "UTC",
        "availability": [{"days": WEEK, "startTime": "09:00", "endTime": "18:00"}],
    }
    return int((await world.calcom.add_event_type(owner, "Cut", 30, schedule=schedule))["id"])
