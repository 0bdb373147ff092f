"""A process that is killed by -9 and started again has lost nothing that it had answered."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.simulators.control import CalcomControl, RetellControl

DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()


class Running:
    """`python -m infra.simulators`, on free ports at first and on the same ones afterwards."""

    def __init__(self, state: Path) -> None:
        self._environment = {**os.environ, "SIMULATORS_STATE": str(state)}
        self.urls: dict[str, str] = {}
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "infra.simulators"]
        process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(7):
            name, url = process.stdout.readline().split()
            self.urls[name] = url
        return process

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        for name in ("calcom", "retell", "stripe", "smtp"):
            port = self.urls[name].rpartition(":")[2]
            self._environment[f"{name.upper()}_PORT"] = port
        before = {name: self.urls[name] for name in ("calcom", "retell", "stripe", "smtp")}
        self.process = self._start()
        assert {name: self.urls[name] for name in before} == before


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "a state folder")
    yield running
    running.kill()


async def test_what_was_answered_survives_kill_9(running: Running) -> None:
    async with CalcomControl(running.urls["calcom"]) as calcom:
        account = await calcom.add_account()
        await calcom.configure(booking_seconds=[0, 0])
        await calcom.fault("GET /v2/me", "status", times=5)
        event_type = await calcom.add_event_type(account["id"], "Cut", 30)
    headers = {"Authorization": f"Bearer {account['apiKey']}", "cal-api-version": "2026-02-25"}
    async with httpx.AsyncClient(base_url=running.urls["calcom"], headers=headers) as http:
        attendee = {"name": "Eva", "timeZone": "Europe/Berlin", "email": "eva@example.org"}
        body = {"start": f"{DAY}T10:00:00Z", "eventTypeId": event_type["id"], "attendee": attendee}
        made = (await http.post("/v2/bookings", json=body)).json()["data"]
    running.restart()
    async with httpx.AsyncClient(base_url=running.urls["calcom"], headers=headers) as http:
        assert (await http.get(f"/v2/bookings/{made['uid']}")).json()["data"] == made
        assert (await http.post("/v2/bookings", json=body)).status_code == 400
    async with CalcomControl(running.urls["calcom"]) as calcom:
        assert [fault["times"] for fault in await calcom.faults()] == [5]
        paths = [entry["path"] for entry in await calcom.requests()]
        assert paths[0] == "/v2/bookings"


async def test_a_call_that_was_running_ends_in_error_and_its_end_is_lost(running: Running) -> None:
    async with RetellControl(running.urls["retell"]) as retell:
        workspace = await retell.add_workspace()
        headers = {"Authorization": f"Bearer {workspace['api_key']}"}
        async with httpx.AsyncClient(base_url=running.urls["retell"], headers=headers) as http:
            llm = (await http.post("/create-retell-llm", json={"start_speaker": "user"})).json()
            engine = {"type": "retell-llm", "llm_id": llm["llm_id"]}
            body = {"response_engine": engine, "voice_id": "11labs-Carola"}
            agent = (await http.post("/create-agent", json=body)).json()
            bound = [{"agent_id": agent["agent_id"], "weight": 1}]
            number = {"phone_number": "+4930123456", "termination_uri": "x", "inbound_agents": bound}
            await http.post("/import-phone-number", json=number)
        call_id = await retell.start_call("+4930123456", "anonymous", [{"silence": 60}])
        while (await retell.look_at_call(call_id)).call["call_status"] != "ongoing":
            pass
    running.restart()
    async with RetellControl(running.urls["retell"]) as retell:
        placed = await retell.look_at_call(call_id)
    assert (placed.call["call_status"], placed.call["disconnection_reason"]) == ("error", "error_retell")


async def test_every_http_port_says_when_it_is_ready(running: Running) -> None:
    async with httpx.AsyncClient() as http:
        for name in ("calcom", "retell", "stripe", "mailbox", "chat", "sms"):
            root = httpx.URL(running.urls[name]).copy_with(path="/health/ready")
            assert (await http.get(root)).json()["status"] == "ready"


async def test_sigterm_ends_it_cleanly(running: Running) -> None:
    running.process.terminate()
    assert running.process.wait(timeout=10) == 0
