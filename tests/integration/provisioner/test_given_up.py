"""A branch that nobody works on any more says so, and so does each failure of it, once."""

import json
import secrets
from typing import Any

import pytest

from shared.contracts.envelope import Attributes, Envelope, now
from shared.db.settling import CurrentDelivery
from shared.errors import PermanentError
from tests.integration.provisioner.harness import World


async def test_each_failure_at_the_same_step_is_told_and_a_redelivery_of_it_not_again(world: World) -> None:
    branch = world.branch(**_number(world))
    for attempt in (1, 1, 2):
        with pytest.raises(PermanentError):
            await world.tell("branch.created", branch, delivery=_delivery("created", attempt))
    with pytest.raises(PermanentError):
        await world.tell("branch.refresh_requested", _wish(world), delivery=_delivery("wish", 1))
    told = world.rows("select event_id from outbox where event_id like %s", f"%{world.company}%")
    ids = [row["event_id"] for row in told]
    assert (len(ids), len(set(ids))) == (4, 3)
    assert ids[0] == ids[1]


async def test_a_refresh_given_up_before_it_sent_anything_is_told_of_a_branch_that_has_failed_before(
    world: World,
) -> None:
    with pytest.raises(PermanentError):
        await world.tell("branch.created", world.branch(**_number(world)))
    world.execute(
        "update provisioning_steps set state = 'retrying', updated_at = now() "
        "where company_id = %s and step = 'credentials'",
        world.company,
    )
    _bury(world, "dead-3", _wish(world))
    for _ in range(2):
        await _report(world, "dead-3")
    assert world.events() == ["branch.provisioning_failed"] * 2


async def test_a_refresh_that_was_given_up_makes_its_branch_failed(world: World) -> None:
    await world.tell("branch.created", world.branch())
    dead = _wish(world)
    _bury(world, "dead-1", dead)
    await _report(world, "dead-1")
    assert world.status() == "failed"
    await world.tell("branch.refresh_requested", _wish(world))
    assert world.status() == "provisioned"


async def test_a_refresh_that_another_one_made_up_for_fails_nothing(world: World) -> None:
    await world.tell("branch.created", world.branch())
    _bury(world, "dead-2", _wish(world))
    world.execute("update companies set status = 'suspended' where id = %s", world.company)
    await world.tell("branch.refresh_requested", _wish(world))
    await _report(world, "dead-2")
    assert world.status() == "suspended"


def _wish(world: World) -> dict[str, Any]:
    about = {"company_id": world.company, "branch_id": "schwabing"}
    return about | {"reason": "test", "requested_at": now().isoformat()}


def _number(world: World) -> dict[str, Any]:
    """One that Retell does not have, and no trunk brings."""
    digits = int(world.company[-8:], 16) % 10_000_000
    return {"phone_number": f"+49895{digits:07d}"}


def _bury(world: World, event_id: str, data: dict[str, Any]) -> None:
    attributes = Attributes(id=event_id, source="test", type="branch.refresh_requested", time=now())
    world.execute(
        "insert into deliveries (queue, event_id, state, body) values (%s, %s, 'dead', %s)",
        "provisioner.branches",
        f"{event_id}-{world.company}",
        Envelope.around(attributes, json.dumps(data).encode(), data).raw,
    )


async def _report(world: World, event_id: str) -> None:
    report = {
        "queue": "provisioner.branches",
        "dead_event_id": f"{event_id}-{world.company}",
        "attempt": 9,
        "dead_event_type": "branch.refresh_requested",
        "reason": "attempts_exhausted",
        "error": secrets.token_hex(4),
    }
    await world.tell("dead_letter.recorded", report)


def _delivery(event_id: str, attempt: int) -> CurrentDelivery:
    return CurrentDelivery("provisioner.branches", event_id, attempt)
