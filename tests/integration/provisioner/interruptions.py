"""Where work with providers can be interrupted: at each request of a run that went well; and by what."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from services.ops_console.store.branches import Branches as ConsoleBranches
from shared.contracts.envelope import now
from shared.errors import PermanentError, TransientError
from tests.integration.provisioner.conftest import OpenWorld
from tests.integration.provisioner.harness import World, changes
from tests.integration.provisioner.stories import Event, Story
from tests.support import eventually

#: Seconds; longer than any test.
_FOR_EVER: Final = 600.0


@dataclass(frozen=True, slots=True)
class Place:
    """A request; ``number``: so many of the same work came to the ``provider`` before it."""

    provider: str
    number: int
    request: str
    changes: bool

    def __str__(self) -> str:
        return f"{self.request} ({self.provider} {self.number})"


async def places_of(open_world: OpenWorld, story: Story) -> list[Place]:
    """Every request of the story, in order, as the simulators have logged it."""
    world = await open_world()
    await story.begin(world)
    await forget_requests(world)
    await world.tell(story.event.type, story.event.data(world))
    asked, seen = await world.asked(), Counter[str]()
    await story.holds(world)
    story.tells(world)
    places = []
    for each in asked:
        provider, request = each["provider"], f"{each['method']} {each['path']}"
        places.append(Place(provider, seen[provider], request, changes(each)))
        seen[provider] += 1
    return places


async def forget_requests(world: World) -> None:
    for control in world.controls.values():
        await control.forget_requests()


Recovery = Callable[[World, Event], Awaitable[None]]


async def handed_over_again(world: World, event: Event) -> None:
    """A redelivery, or the replay of a dead letter: the same event."""
    await world.tell(event.type, event.data(world))


async def retried(world: World, event: Event) -> None:
    """``askpro branches retry``."""
    console = ConsoleBranches(world.database)
    version = await console.retry(world.company, "schwabing", by="anna")
    await world.tell("branch.updated", event.data(world) | {"version": version})


async def refreshed(world: World, _: Event) -> None:
    """What surrounds the branch has changed: keys, papers, a payment."""
    wish = {"company_id": world.company, "branch_id": "schwabing", "reason": "key.changed"}
    await world.tell("branch.refresh_requested", wish | {"requested_at": now().isoformat()})


@dataclass(frozen=True, slots=True)
class Kind:
    """``fault`` of the simulators, which lasts until somebody mends it unless ``times`` is among ``details``.

    ``cut``: whoever works ends at once, while the request hangs.
    """

    name: str
    fault: str
    details: dict[str, Any] = field(default_factory=dict)
    cut: bool = False
    recover: Recovery = handed_over_again


_ONCE: Final = {"times": 1}
_HANGS: Final = {"times": 1, "seconds": _FOR_EVER}
KINDS: Final = (
    Kind("lost answer", "lost_answer", _ONCE),
    Kind("lost answers", "lost_answer"),
    Kind("500", "status", {"status": 500, "times": 1}),
    Kind("500s", "status", {"status": 500}),
    Kind("reset", "reset", _ONCE),
    Kind("resets", "reset"),
    Kind("422, replayed", "status", {"status": 422, "times": 1}),
    Kind("422s, retried", "status", {"status": 422}, recover=retried),
    Kind("422s, refreshed", "status", {"status": 422}, recover=refreshed),
    Kind("409, replayed", "status", {"status": 409, "times": 1}),
    Kind("409s, retried", "status", {"status": 409}, recover=retried),
    Kind("409s, refreshed", "status", {"status": 409}, recover=refreshed),
    Kind("cancelled before the effect", "latency", _HANGS, cut=True),
    Kind("cancelled after the effect", "late_answer", _HANGS, cut=True),
)
KILLED: Final = (
    Kind("killed before the effect", "latency", _HANGS, cut=True),
    Kind("killed after the effect", "late_answer", _HANGS, cut=True),
)


async def switch_on(world: World, place: Place, kind: Kind) -> None:
    """From the ``place`` on; whatever was on before is mended, and no request is remembered."""
    await mend(world)
    await forget_requests(world)
    await world.controls[place.provider].fault("*", kind.fault, after=place.number, **kind.details)


async def mend(world: World) -> None:
    for control in world.controls.values():
        await control.heal()


async def strikes(world: World, place: Place, kind: Kind) -> None:
    """Wait until the request hangs: before its effect, or with it behind it."""

    async def hangs() -> bool:
        request = await _reached(world, place)
        return bool(request) and (kind.fault != "late_answer" or request["status"] is not None)

    await eventually(hangs, of=f"{kind.name} at {place}")


async def _reached(world: World, place: Place) -> dict[str, Any]:
    """The request there, as the log has it; empty where none came so far."""
    asked = [each for each in await world.asked() if each["provider"] == place.provider]
    return asked[place.number] if len(asked) > place.number else {}


async def interrupt(world: World, event: Event, place: Place, kind: Kind) -> bool:
    """Run the handler of the event into the fault, which is mended then; whether it was done all the same."""
    await switch_on(world, place, kind)
    work = asyncio.create_task(world.telling(event.type, event.data(world)))
    if kind.cut:
        await strikes(world, place, kind)
        work.cancel()
    (ended,) = await asyncio.gather(work, return_exceptions=True)
    assert await _reached(world, place), f"nothing was interrupted at {place}"
    state = str(world.provisioning()["state"])
    await mend(world)
    if ended is not None:
        assert isinstance(ended, PermanentError | TransientError | asyncio.CancelledError), ended
        assert (state == "failed") == isinstance(ended, PermanentError), (state, ended)
    return ended is None


async def until_done(world: World, event: Event, recover: Recovery) -> None:
    """As often as it takes: a branch may still be busy, a circuit open."""

    async def done() -> bool:
        try:
            await recover(world, event)
        except TransientError:
            return False
        return True

    await eventually(done, of=f"{event.type} after an interruption")
