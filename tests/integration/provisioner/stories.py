"""What may happen to a branch, each with what has to be there at its end, however it came about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.provisioner.harness import World


@dataclass(frozen=True, slots=True)
class Event:
    """``changes``: of the fields of ``World.branch``."""

    type: str
    version: int
    changes: Callable[[World], dict[str, Any]]

    def data(self, world: World) -> dict[str, Any]:
        if self.type == "branch.deleted":
            return {"company_id": world.company, "branch_id": "schwabing", "version": self.version}
        return world.branch(version=self.version, **self.changes(world))


@dataclass(frozen=True, slots=True)
class Story:
    """``event`` is what is interrupted; ``before`` was done undisturbed.

    ``holds`` asserts what is there at its end, ``told`` is what was emitted until then.
    """

    name: str
    event: Event
    holds: Callable[[World], Awaitable[None]]
    told: tuple[str, ...]
    before: tuple[Event, ...] = ()

    async def begin(self, world: World) -> None:
        for event in self.before:
            await world.tell(event.type, event.data(world))

    def tells(self, world: World) -> None:
        """Each success once, whatever failed meanwhile. Of a company whose events nobody sends on."""
        assert tuple(each for each in world.events() if each.endswith("provisioned")) == self.told


def number(world: World, place: int = 1) -> str:
    """A number that no other company has: numbers are the platform's, not a workspace's."""
    return f"+4989{place}{int(world.company[-8:], 16) % 10_000_000:07d}"


def _trunked(place: int, **changes: Any) -> Callable[[World], dict[str, Any]]:
    trunk = {"termination_uri": "askpro.pstn.example.com", **changes}
    return lambda world: {"phone_number": number(world, place), **trunk}


async def _is_set_up(world: World) -> None:
    await _is_provisioned(world, place=1, versions=1, greeting="Salon Schön")


async def _is_changed(world: World) -> None:
    await _is_provisioned(world, place=2, versions=2, greeting="Salon Neu")


async def _is_provisioned(world: World, *, place: int, versions: int, greeting: str) -> None:
    """Exactly one of everything, and it is that of the row."""
    row, made = world.provisioning(), await world.made()
    llms, agents = ([each[f"{kind}_id"] for each in made[f"{kind}s"]] for kind in ("llm", "agent"))
    webhooks = [each["id"] for each in made["webhooks"]]
    assert (llms, agents, webhooks) == ([row["llm_id"]], [row["agent_id"]], [row["calcom_webhook_id"]])
    assert _answering(made) == {number(world, place): [(row["agent_id"], "latest_published")]}
    await _is_published(world, row, versions=versions, greeting=greeting)
    assert world.status() == row["state"] == "provisioned"
    assert {state for state, _ in world.steps().values()} == {"done"}


async def _is_published(world: World, row: dict[str, Any], *, versions: int, greeting: str) -> None:
    listed = await world.ask_retell("GET", f"/list-agent-versions/{row['agent_id']}")
    assert sum(each["is_published"] for each in listed["items"]) == versions
    agent = await world.ask_retell("GET", f"/get-agent/{row['agent_id']}?version=latest_published")
    assert agent["version"] == row["agent_version"]
    path = f"/get-retell-llm/{row['llm_id']}?version={agent['response_engine']['version']}"
    assert greeting in (await world.ask_retell("GET", path))["begin_message"]


async def _is_gone(world: World) -> None:
    assert await world.counts() == (0, 0, 0)
    assert _answering(await world.made()) == {}
    assert (world.status(), world.provisioning()["state"]) == ("deleted", "deprovisioned")
    assert world.rows("select * from phone_numbers where company_id = %s", world.company) == []


def _answering(made: dict[str, list[dict[str, Any]]]) -> dict[str, list[tuple[str, str]]]:
    """Each number that somebody answers, and who."""
    return {
        each["phone_number"]: [(one["agent_id"], one["agent_version"]) for one in each["inbound_agents"]]
        for each in made["numbers"]
        if each["inbound_agents"]
    }


_ENTERED = Event("branch.created", 1, _trunked(1))
_CHANGED = Event("branch.updated", 2, _trunked(2, name="Salon Neu"))
_DELETED = Event("branch.deleted", 2, lambda _: {})
_ENTERED_AGAIN = Event("branch.created", 3, _trunked(1))
_UP, _DOWN = "branch.provisioned", "branch.deprovisioned"
SET_UP = Story("set-up", _ENTERED, _is_set_up, (_UP,))
CHANGE = Story("change", _CHANGED, _is_changed, (_UP, _UP), before=(_ENTERED,))
DELETION = Story("deletion", _DELETED, _is_gone, (_UP, _DOWN), before=(_ENTERED,))
RE_CREATION = Story("re-creation", _ENTERED_AGAIN, _is_set_up, (_UP, _DOWN, _UP), before=(_ENTERED, _DELETED))
STORIES = (SET_UP, CHANGE, DELETION, RE_CREATION)
