"""What an interrupted set-up, a move or a person has left at the providers, and a look for it."""

from dataclasses import dataclass, field
from typing import Any

from services.provisioner.content import agent_name
from services.provisioner.handlers import FindOrphans, ListOrphans
from services.provisioner.store import Companies, Orphans
from shared.clients.calcom import Calcom
from shared.clients.retell import Retell
from shared.contracts.envelope import now
from shared.contracts.orphans import PROVIDERS, Kind
from shared.db.orphans import GRACE
from tests.integration.provisioner.harness import World


@dataclass
class Told:
    """What a round reported."""

    unread: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[Kind, int] = field(default_factory=dict)


def retell(world: World) -> Retell:
    return world.providers.retell(world.company, world.retell_key)


def calcom(world: World) -> Calcom:
    return world.providers.calcom(world.company, world.calcom_key, region="default")


async def an_llm(world: World, branch_id: str, company: str | None = None) -> str:
    """As an attempt leaves it whose answer was lost."""
    body = {"start_speaker": "agent", "general_prompt": "Guten Tag"}
    ref = agent_name(company or world.company, branch_id)
    return (await retell(world).create_llm(body, ref=ref)).llm_id


async def an_agent(world: World, branch_id: str, llm_id: str, company: str | None = None) -> str:
    voice = (await retell(world).list_voices())[0].voice_id
    body = {"voice_id": voice, "response_engine": {"type": "retell-llm", "llm_id": llm_id}}
    name = agent_name(company or world.company, branch_id)
    return (await retell(world).create_agent(body, name=name)).agent_id


async def a_webhook(world: World, url: str) -> str:
    return (await calcom(world).create_webhook(url, ["BOOKING_CREATED"], "secret")).id


def a_number(world: World) -> dict[str, Any]:
    digits = int(world.company[-8:], 16) % 10_000_000
    return {"phone_number": f"+49897{digits:07d}", "termination_uri": "askpro.pstn.example.com"}


def rounds(world: World, told: Told, *, every: float = 0.0) -> ListOrphans:
    orphans = Orphans(world.database)
    find = FindOrphans(orphans, Companies(world.database, world.vault), world.providers, world.addresses)

    def unread(company_id: str, provider: str, _: Exception) -> None:
        told.unread.append((company_id, provider))

    return ListOrphans(orphans, find, unread, told.counts.update, every)


async def sweep(world: World) -> Told:
    """One round."""
    told = Told()
    await rounds(world, told)()
    return told


def listed(world: World) -> dict[str, str]:
    """What people see: the reason by id."""
    found = world.rows(
        "select kind, external_id, reason from provider_orphans where company_id = %s and removed_at is null "
        "and last_seen_at - first_seen_at >= %s",
        world.company,
        GRACE,
    )
    return {f"{row['kind']}:{row['external_id']}": row["reason"] for row in found}


async def looked_at(world: World) -> dict[str, str]:
    """What is listed after two rounds with an hour between."""
    await sweep(world)
    age(world)
    await sweep(world)
    return listed(world)


def age(world: World) -> None:
    world.execute(
        "update provider_orphans set first_seen_at = first_seen_at - interval '1 hour', "
        "last_seen_at = last_seen_at - interval '1 hour', removed_at = removed_at - interval '1 hour' "
        "where company_id = %s",
        world.company,
    )


async def remove(world: World, named: str) -> None:
    """A person's wish."""
    kind, _, external_id = named.partition(":")
    assert kind in PROVIDERS
    wish = {"kind": kind, "external_id": external_id, "requested_by": "anna"}
    at = {"requested_at": now().isoformat()}
    await world.tell("orphan.removal_requested", {"company_id": world.company, **wish, **at})


def deeds(world: World) -> list[tuple[str, str, str]]:
    """Of the audit trail: who, what, to what."""
    found = world.rows("select * from audit where target like %s order by id", f"{world.company}/%")
    return [(row["operator"], row["action"], row["target"].partition("/")[2]) for row in found]
