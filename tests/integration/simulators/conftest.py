"""All simulators in the test's loop, a receiver of their webhooks, and one fresh account for each test."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.simulators.control import CalcomControl, InboxControl, RetellControl, StripeControl
from infra.simulators.runner import Simulators
from infra.simulators.server import HttpServer

BOOKINGS = {"cal-api-version": "2026-02-25"}
SLOTS = {"cal-api-version": "2024-09-04"}
EVENT_TYPES = {"cal-api-version": "2026-06-12"}


@pytest.fixture(scope="session")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@dataclass
class Arrived:
    path: str
    headers: dict[str, str]
    body: bytes
    json: Any


@dataclass
class Receiver:
    """Answers what `statuses` says, then 200; `during` runs before each answer."""

    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    during: Callable[[], Any] | None = None

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        parsed = await request.json() if body else None
        self.arrived.append(Arrived(request.url.path, dict(request.headers), body, parsed))
        if self.during is not None:
            await self.during()
        return JSONResponse(self.answer, status_code=self.statuses.pop(0) if self.statuses else 200)

    def events(self, name: str = "triggerEvent") -> list[str]:
        return [each.json[name] for each in self.arrived]

    async def until(self, count: int, seconds: float = 10) -> list[Arrived]:
        async with asyncio.timeout(seconds):
            while len(self.arrived) < count:  # noqa: ASYNC110 - polls what a server received
                await asyncio.sleep(0.01)
        return self.arrived


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    methods = ["GET", "POST", "PUT", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", receiver.receive, methods=methods)])
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    receiver.url = server.url
    yield receiver
    await server.stop()


@pytest.fixture
async def calcom(simulators: Simulators) -> AsyncIterator[CalcomControl]:
    async with CalcomControl(simulators.calcom_url) as control:
        await control.reset()
        await control.configure(booking_seconds=[0, 0], rate_limit_per_minute=100_000)
        yield control
        await control.reset()


@dataclass
class Salon:
    """One Cal.com account with its API."""

    control: CalcomControl
    id: int
    http: httpx.AsyncClient

    async def event_type(self, title: str = "Cut", minutes: int = 30, **details: Any) -> int:
        schedule = {
            "timeZone": "Europe/Berlin",
            "availability": [{"days": WEEK, "startTime": "09:00", "endTime": "18:00"}],
        }
        wish = {"schedule": schedule, **details}
        return int((await self.control.add_event_type(self.id, title, minutes, **wish))["id"])

    async def team_event_type(self, hosts: int = 2, kind: str = "roundRobin", **details: Any) -> int:
        people = [{"userId": 900 + number, "name": f"Host {number}"} for number in range(hosts)]
        return await self.event_type(hosts=people, schedulingType=kind, **details)

    async def book(self, event_type: int, start: str, **changes: Any) -> httpx.Response:
        attendee = {"name": "Eva Maier", "timeZone": "Europe/Berlin", "email": "eva@example.org"}
        attendee.update(changes.pop("attendee", {}))
        attendee = {name: value for name, value in attendee.items() if value is not None}
        body = {"start": start, "eventTypeId": event_type, "attendee": attendee, **changes}
        return await self.http.post("/v2/bookings", json=body, headers=BOOKINGS)

    async def booked(self, event_type: int, start: str, **changes: Any) -> dict[str, Any]:
        answer = await self.book(event_type, start, **changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["data"])

    async def slots(self, event_type: int, start: str, end: str, **query: str) -> dict[str, Any]:
        params = {"eventTypeId": str(event_type), "start": start, "end": end, **query}
        answer = await self.http.get("/v2/slots", params=params, headers=SLOTS)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    async def webhook(self, url: str, *triggers: str, **details: Any) -> dict[str, Any]:
        body = {"active": True, "subscriberUrl": url, "triggers": list(triggers), **details}
        answer = await self.http.post("/v2/webhooks", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["data"])

    async def act(self, uid: str, what: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.http.post(f"/v2/bookings/{uid}/{what}", json=body, headers=BOOKINGS)


# Loading the machine's certificates takes 50 ms per client, and nothing here speaks TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def api(url: str, key: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30, verify=NO_TLS)


@pytest.fixture
async def salon(calcom: CalcomControl) -> AsyncIterator[Salon]:
    account = await calcom.add_account(username="salon")
    async with api(calcom.root, account["apiKey"]) as http:
        yield Salon(calcom, account["id"], http)


@pytest.fixture
async def organization(calcom: CalcomControl) -> AsyncIterator[Salon]:
    account = await calcom.add_account(username="chain", organizationId=77)
    async with api(calcom.root, account["apiKey"]) as http:
        yield Salon(calcom, account["id"], http)


@pytest.fixture
async def retell(simulators: Simulators) -> AsyncIterator[RetellControl]:
    async with RetellControl(simulators.retell_url) as control:
        await control.reset()
        await control.configure(analysis_seconds=0, webhook_retry_seconds=0.01)
        yield control
        await control.reset()


@dataclass
class Workspace:
    """One Retell workspace with its API."""

    control: RetellControl
    key: str
    http: httpx.AsyncClient

    async def llm(self, *tools: dict[str, Any], **details: Any) -> str:
        body = {"start_speaker": "agent", "general_tools": list(tools), **details}
        answer = await self.http.post("/create-retell-llm", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["llm_id"])

    async def agent(self, llm_id: str | None = None, **details: Any) -> str:
        engine = {"type": "retell-llm", "llm_id": llm_id or await self.llm()}
        body = {"response_engine": engine, "voice_id": "11labs-Carola", **details}
        answer = await self.http.post("/create-agent", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["agent_id"])

    async def publish(self, agent_id: str, version: int = 0) -> None:
        answer = await self.http.post(f"/publish-agent-version/{agent_id}", json={"version": version})
        assert answer.status_code == 200, answer.text

    async def number(self, agent_id: str | None, number: str = "+4930123456", **details: Any) -> str:
        bound = [{"agent_id": agent_id, "weight": 1}] if agent_id else []
        body = {
            "phone_number": number,
            "termination_uri": "trunk.example.org",
            "inbound_agents": bound,
            **details,
        }
        answer = await self.http.post("/import-phone-number", json=body)
        assert answer.status_code == 201, answer.text
        return number


@pytest.fixture
async def workspace(retell: RetellControl) -> AsyncIterator[Workspace]:
    made = await retell.add_workspace(name="Salon")
    async with api(retell.root, made["api_key"]) as http:
        yield Workspace(retell, made["api_key"], http)


@pytest.fixture
async def stripe_control(simulators: Simulators) -> AsyncIterator[StripeControl]:
    async with StripeControl(simulators.stripe_url) as control:
        await control.reset()
        await control.add_key("sk_test_salon")
        await control.configure(webhook_retry_seconds=0.01)
        yield control
        await control.reset()


@pytest.fixture
async def mailbox(simulators: Simulators) -> AsyncIterator[InboxControl]:
    async with InboxControl(simulators.root("mailbox")) as control:
        await control.reset()
        yield control
        await control.reset()
