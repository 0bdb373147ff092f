"""At whichever request the process is killed: the one that follows it ends with one of everything."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.contracts.events import OWN_EVENTS
from shared.db.outbox import emit
from tests.integration.provisioner.conftest import OpenWorld
from tests.integration.provisioner.harness import World
from tests.integration.provisioner.interruptions import (
    KILLED,
    Kind,
    Place,
    mend,
    places_of,
    strikes,
    switch_on,
)
from tests.integration.provisioner.service import Service
from tests.integration.provisioner.stories import SET_UP, STORIES, Story
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
CASES = [(story, kind) for story in STORIES for kind in KILLED]


@pytest.fixture
async def service(open_world: OpenWorld, broker_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    async with AsyncExitStack() as stack:
        yield Service.of(await open_world(), broker_url, tmp_path, stack)


@pytest.mark.parametrize("kind", KILLED, ids=lambda kind: kind.name)
async def test_a_set_up_whose_process_is_killed_once_ends_with_one_of_everything(
    open_world: OpenWorld, service: Service, kind: Kind
) -> None:
    writes = [place for place in await places_of(open_world, SET_UP) if place.changes]
    await _kill(open_world, service, SET_UP, writes[KILLED.index(kind)], kind)


@pytest.mark.long
@pytest.mark.parametrize(("story", "kind"), CASES, ids=[f"{story.name}-{kind.name}" for story, kind in CASES])
async def test_work_whose_process_is_killed_at_any_request_ends_with_one_of_everything(
    open_world: OpenWorld, service: Service, story: Story, kind: Kind, subtests: pytest.Subtests
) -> None:
    for place in await places_of(open_world, story):
        with subtests.test(str(place)):
            await _kill(open_world, service, story, place, kind)


async def _kill(open_world: OpenWorld, service: Service, story: Story, place: Place, kind: Kind) -> None:
    await service.runs()
    world = await open_world()
    _leave_to_us(world)
    await story.begin(world)
    await switch_on(world, place, kind)
    await _enter(world, story)
    await strikes(world, place, kind)
    await service.kill()
    await mend(world)
    # The lease of the dead ends by itself after 40 s; the test does not wait that long.
    world.execute("update provisionings set lease_until = now() where company_id = %s", world.company)
    await service.runs()
    await eventually(lambda: _is_done(world), of=f"{story.name} after {kind.name} at {place}")
    await story.holds(world)


def _leave_to_us(world: World) -> None:
    """Nobody looks at the company's webhook meanwhile: a request of its own would take the fault."""
    world.execute(
        "insert into webhook_registrations (company_id, provider, subscriber_url, state, next_at)"
        " values (%s, 'calcom', '', 'new', now() + interval '1 day')",
        world.company,
    )


async def _enter(world: World, story: Story) -> None:
    event = OWN_EVENTS[story.event.type].model_validate_json(json.dumps(story.event.data(world)))
    async with world.database.transaction() as session:
        await emit(session, event, source="ops_console")


async def _is_done(world: World) -> bool:
    query = "select state from deliveries where queue = 'provisioner.branches' and company_id = %s"
    states = [row["state"] for row in world.rows(query, world.company)]
    assert "dead" not in states
    return states == ["done"]
