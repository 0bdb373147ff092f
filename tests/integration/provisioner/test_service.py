"""The process itself: events come by the broker, and what is given up can be replayed."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events import BranchCreated
from shared.db.outbox import emit
from tests.integration.provisioner.harness import ENCRYPTION_KEY, World
from tests.support import eventually

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(world: World, broker_url: str, checkout: Path) -> Iterator[Start]:
    """Starts ``python -m services.provisioner``; whatever runs at the end is killed."""
    environment = {
        "PATH": os.environ["PATH"],
        "RABBITMQ_URL": broker_url,
        "DATABASE_URL": world.url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "RETELL_BASE_URL": world.simulators.retell_url,
        "CALCOM_BASE_URL": world.simulators.calcom_url,
        "INGEST_PUBLIC_URL": "http://127.0.0.1:1",
        "VOICE_TOOLS_PUBLIC_URL": "http://127.0.0.1:2",
        "CONVERSATIONS_POLL_SECONDS": "0.2",
        "PORT": "0",
    }
    started: list[subprocess.Popen[bytes]] = []

    def run() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "services.provisioner"]
        started.append(subprocess.Popen(command, cwd=checkout, env=environment))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


async def test_a_branch_entered_is_provisioned_by_the_service(world: World, start: Start) -> None:
    start()
    await _enter(world, world.branch())
    await eventually(lambda: _reached(world, 1), within=40, of="the provisioning")
    assert await world.counts() == (1, 1, 1)
    await eventually(lambda: _delivery(world, "done"), of="the settled delivery")


async def test_a_branch_waits_for_its_conversations_at_no_cost_of_attempts(
    world: World, start: Start
) -> None:
    await world.retell.configure(test_seconds=600)
    start()
    await _enter(world, world.branch())
    await eventually(lambda: _is(world, "testing"), within=40, of="the conversations")
    await eventually(lambda: _looked_twice(world), of="another look")
    await world.retell.configure(test_seconds=0)
    await eventually(lambda: _reached(world, 1), within=40, of="the provisioning")
    assert world.status() == "provisioned"
    await eventually(lambda: _all_done(world), of="the settled deliveries")
    rows = world.rows("select * from deliveries where company_id = %s", world.company)
    assert {(row["state"], len(row["history"])) for row in rows} == {("done", 0)}
    assert (await world.writes()).count("POST /create-batch-test") == 1


async def test_what_is_refused_for_good_is_a_dead_letter_with_its_reason(world: World, start: Start) -> None:
    start()
    await _enter(world, world.branch(phone_number="+498900000000"))
    row = await eventually(lambda: _delivery(world, "dead"), within=40, of="the dead letter")
    assert row["reason"] == "rejected"
    assert "Import the number at Retell" in str(row["error"])
    assert world.status() == "failed"


async def test_attempts_that_run_out_make_the_branch_failed_and_a_replay_resumes(
    world: World, start: Start
) -> None:
    await world.retell.fault("POST /create-agent", "status", status=500, times=100)
    process = start()
    await _enter(world, world.branch())
    await eventually(lambda: _delivery(world, "redelivery"), within=60, of="a failed attempt")
    process.kill()
    process.wait()
    # Eight attempts more would take a night.
    world.execute(
        "update deliveries set attempt = 8, due_at = now() where state = 'redelivery' and company_id = %s",
        world.company,
    )
    world.execute("update provisionings set lease_until = now() where company_id = %s", world.company)
    world.execute("update circuits set state = 'closed'")
    start()
    row = await eventually(lambda: _delivery(world, "dead"), within=60, of="the dead letter")
    assert row["reason"] == "attempts_exhausted"
    await eventually(lambda: _failed(world), within=30, of="the failed branch")
    assert world.steps()["agent"][0] == "failed"
    await world.retell.heal()
    world.execute("update circuits set state = 'closed'")
    world.execute(
        "update deliveries set state = 'redelivery', attempt = 0, due_at = now() where state = 'dead'"
    )
    await eventually(lambda: _reached(world, 1), within=60, of="the provisioning")
    assert world.status() == "provisioned"
    assert await world.counts() == (1, 1, 1)


async def _failed(world: World) -> bool:
    return await _is(world, "failed")


async def _is(world: World, status: str) -> bool:
    found = world.rows("select 1 from branches where company_id = %s and status = %s", world.company, status)
    return bool(found)


async def _looked_twice(world: World) -> bool:
    asked = await world.retell.requests(method="GET")
    mine = [each["path"] for each in asked if each["key"] == world.retell_key]
    return sum("/get-batch-test/" in path for path in mine) > 2


async def _all_done(world: World) -> bool:
    states = world.rows("select state from deliveries where company_id = %s", world.company)
    return {row["state"] for row in states} == {"done"}


async def _enter(world: World, data: dict[str, Any]) -> None:
    async with world.database.transaction() as session:
        await emit(session, BranchCreated.model_validate(data), source="ops_console")


async def _reached(world: World, version: int) -> bool:
    found = world.rows("select reached_version from provisionings where company_id = %s", world.company)
    return bool(found) and found[0]["reached_version"] == version


async def _delivery(world: World, state: str) -> dict[str, Any]:
    found = world.rows(
        "select * from deliveries where queue = 'provisioner.branches' and company_id = %s and state = %s",
        world.company,
        state,
    )
    return found[0] if found else {}
