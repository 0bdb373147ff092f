"""At whichever request a branch's work is interrupted, by whatever: at its end there is one of everything."""

import pytest

from tests.integration.provisioner.conftest import OpenWorld
from tests.integration.provisioner.harness import World
from tests.integration.provisioner.interruptions import (
    KINDS,
    Kind,
    Place,
    handed_over_again,
    interrupt,
    places_of,
    retried,
    until_done,
)
from tests.integration.provisioner.stories import DELETION, RE_CREATION, SET_UP, STORIES, Story

#: A branch that is being deleted is no longer there for whoever would retry it: its dead letter is replayed.
CASES = [
    (story, kind)
    for story in STORIES
    for kind in KINDS
    if story is not DELETION or kind.recover is not retried
]


def named(story: Story, kind: Kind) -> str:
    return f"{story.name}-{kind.name}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_set_up_that_is_interrupted_once_ends_with_one_of_everything(
    open_world: OpenWorld, kind: Kind
) -> None:
    writes = [place for place in await places_of(open_world, SET_UP) if place.changes]
    await _interrupt(open_world, SET_UP, writes[KINDS.index(kind) % len(writes)], kind)


@pytest.mark.long
@pytest.mark.parametrize(("story", "kind"), CASES, ids=[named(*case) for case in CASES])
async def test_work_that_is_interrupted_at_any_request_ends_with_one_of_everything(
    open_world: OpenWorld, story: Story, kind: Kind, subtests: pytest.Subtests
) -> None:
    for place in await places_of(open_world, story):
        with subtests.test(str(place)):
            await _interrupt(open_world, story, place, kind)


async def _interrupt(open_world: OpenWorld, story: Story, place: Place, kind: Kind) -> None:
    world = await open_world()
    await story.begin(world)
    if not await interrupt(world, story.event, place, kind):
        await until_done(world, story.event, kind.recover)
    await story.holds(world)
    story.tells(world)


async def test_a_branch_entered_again_under_its_name_has_nothing_of_the_old_one(world: World) -> None:
    entered, deleted = RE_CREATION.before
    await world.tell(entered.type, entered.data(world))
    old = world.provisioning()
    await world.tell(deleted.type, deleted.data(world))
    await world.tell(RE_CREATION.event.type, RE_CREATION.event.data(world))
    await RE_CREATION.holds(world)
    RE_CREATION.tells(world)
    new = world.provisioning()
    ids = ("llm_id", "agent_id", "calcom_webhook_id")
    assert [name for name in ids if new[name] == old[name]] == []


async def test_a_deletion_that_comes_after_the_branch_was_entered_again_changes_nothing(
    world: World,
) -> None:
    entered, deleted = RE_CREATION.before
    for event in (entered, RE_CREATION.event, deleted):
        await world.tell(event.type, event.data(world))
    await RE_CREATION.holds(world)


async def test_a_branch_entered_again_before_its_deletion_was_done_has_one_of_everything(
    open_world: OpenWorld,
) -> None:
    writes = [place for place in await places_of(open_world, DELETION) if place.changes]
    await _enter_again_after(open_world, writes[1], KINDS[-1])


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_branch_entered_again_wherever_its_deletion_stopped_has_one_of_everything(
    open_world: OpenWorld, kind: Kind, subtests: pytest.Subtests
) -> None:
    for place in await places_of(open_world, DELETION):
        with subtests.test(str(place)):
            await _enter_again_after(open_world, place, kind)


async def _enter_again_after(open_world: OpenWorld, place: Place, kind: Kind) -> None:
    """The deletion's own redelivery comes last, and late."""
    world = await open_world()
    await DELETION.begin(world)
    await interrupt(world, DELETION.event, place, kind)
    for event in (RE_CREATION.event, DELETION.event):
        await until_done(world, event, handed_over_again)
    await RE_CREATION.holds(world)
