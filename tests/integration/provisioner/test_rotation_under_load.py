"""Bookings go on while the webhook secret is replaced twice: neither ingest refuses a single webhook."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from services.ops_console.store.companies import Companies as ConsoleCompanies
from services.provisioner.content import Addresses
from shared.clients.signatures import sign_calcom
from tests.integration.provisioner.harness import ENCRYPTION_KEY, World
from tests.processes import Process, running
from tests.support import eventually

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
VERSION = {"cal-api-version": "2026-02-25"}
#: Who books at the same time.
CALLERS = 4


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
            for sent in await self.world.calcom.deliveries(seen):
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


async def test_no_webhook_is_refused_while_the_secret_is_replaced_under_load(
    world: World, broker_url: str, tmp_path: Path
) -> None:
    await world.calcom.configure(booking_seconds=[0, 0], rate_limit_per_minute=1_000_000)
    async with _services(world, broker_url, tmp_path) as ingest, _load(world, ingest[1]) as load:
        used = [secret(world)]
        for _ in range(2):
            await load.goes_on(10)
            await ConsoleCompanies(world.database, world.vault, rotation_seconds=1.0).rotate(
                world.company, by="anna"
            )
            await eventually(lambda: promoted(world, used[-1]), within=60, of="the rotation")
            used.append(secret(world))
        await load.goes_on(10)
    sent = await world.calcom.deliveries()
    assert {one["status"] for one in sent} == {202}
    assert set(load.copied) == {202}
    signed = [one["headers"]["x-cal-signature-256"] for one in sent]
    for each in used:
        assert any(sign_calcom(one["body"].encode(), each) in signed for one in sent)


def secret(world: World) -> str:
    query = "select calcom_webhook_secret_encrypted as sealed from companies where id = %s"
    return world.vault.open(bytes(world.rows(query, world.company)[0]["sealed"]))


async def promoted(world: World, before: str) -> bool:
    return secret(world) != before


@contextlib.asynccontextmanager
async def _services(world: World, broker_url: str, tmp_path: Path) -> AsyncIterator[list[Process]]:
    """Two processes of ingest, of which the company's webhook names the first, and a provisioner."""
    own = {"RABBITMQ_URL": broker_url, "DATABASE_URL": world.url, "ENCRYPTION_KEYS": ENCRYPTION_KEY}
    async with contextlib.AsyncExitStack() as stack:
        ingest = [
            await stack.enter_async_context(running("services.webhook_ingest", tmp_path / f"{n}.log", own))
            for n in range(2)
        ]
        world.addresses = Addresses(ingest[0].url, "http://127.0.0.1:2")
        await world.tell("branch.created", world.branch())
        urls = {
            "CALCOM_BASE_URL": world.simulators.calcom_url,
            "RETELL_BASE_URL": world.simulators.retell_url,
            "INGEST_PUBLIC_URL": world.addresses.ingest,
            "VOICE_TOOLS_PUBLIC_URL": world.addresses.voice_tools,
        }
        log = tmp_path / "provisioner.log"
        await stack.enter_async_context(running("services.provisioner", log, own | urls))
        yield ingest


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
