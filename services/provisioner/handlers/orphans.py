"""What a provider lists and our branches know → what is ours there and of no branch. Nothing is changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.provisioner.content import Addresses, agent_name
from services.provisioner.store import Companies, KnownBranch, Orphan, Orphans, Reason
from shared.clients.calcom import Calcom, Webhook
from shared.clients.providers import Providers
from shared.clients.retell import PhoneNumber, Retell
from shared.contracts.orphans import Kind, Provider, orphan_id


@dataclass(frozen=True, slots=True)
class Thing:
    """Something at a provider, and the name that says whose it is."""

    kind: Kind
    external_id: str
    name: str | None

    def orphaned(self, reason: Reason) -> Orphan:
        """It is nobody's."""
        return Orphan(self.kind, self.external_id, self.name or self.external_id, reason)


@dataclass(frozen=True, slots=True)
class Found:
    """``ids``: of everything that was looked at, as people name it."""

    orphans: tuple[Orphan, ...]
    ids: frozenset[str]

    def orphan(self, wanted: str) -> Orphan | None:
        """The one that people name so."""
        return next((each for each in self.orphans if each.id == wanted), None)


@dataclass(frozen=True, slots=True)
class Family:
    """A company's branches, by the name that is on whatever is made for them.

    What bears another company's name is that company's matter, in whichever workspace it is.
    """

    prefix: str
    branches: Mapping[str, KnownBranch]

    @classmethod
    def of(cls, company_id: str, branches: Iterable[KnownBranch]) -> "Family":
        """All of them, living or not."""
        named = {agent_name(company_id, branch.branch_id): branch for branch in branches}
        return cls(agent_name(company_id, ""), named)

    def claims(self, name: str | None) -> bool:
        """Whether it is a name that we give."""
        return name is not None and name.startswith(self.prefix)

    def living(self) -> list[KnownBranch]:
        """Those that were not given up."""
        return [branch for branch in self.branches.values() if branch.living]

    def lost(self, name: str | None) -> Reason | None:
        """Why nobody has what bears this name; None where its branch lives."""
        branch = self.branches.get(name or "")
        if branch is None:
            return "branch_unknown"
        return None if branch.living else "branch_deleted"

    def made(self, thing: Thing) -> str | None:
        """What the thing's branch has of its kind."""
        branch = self.branches.get(thing.name or "")
        return branch.made.get(thing.kind) if branch else None


@dataclass(frozen=True, slots=True)
class FindOrphans:
    """One company's lists at one provider, read now."""

    orphans: Orphans
    companies: Companies
    providers: Providers
    addresses: Addresses

    async def __call__(self, company_id: str, provider: Provider) -> Found:
        """Raises MissingKeyError, and whatever the provider's client raises."""
        if provider == "retell":
            return await self._at_retell(company_id)
        return await self._at_calcom(company_id)

    async def retell(self, company_id: str) -> Retell:
        """The company's workspace. Raises MissingKeyError."""
        return self.providers.retell(company_id, (await self.companies.keys(company_id)).for_retell())

    async def calcom(self, company_id: str) -> Calcom:
        """The company's account. Raises MissingKeyError."""
        keys = await self.companies.keys(company_id)
        return self.providers.calcom(company_id, keys.for_calcom(), region=keys.region)

    async def _at_retell(self, company_id: str) -> Found:
        retell = await self.retell(company_id)
        agents = [
            Thing("agent", each.agent_id, each.agent_name)
            for each in await retell.list_agents(agent_name(company_id, ""))
        ]
        llms = [Thing("llm", each.llm_id, each.ref) for each in await retell.list_llms()]
        numbers = await retell.list_numbers()
        # After the lists: whatever was made meanwhile is known.
        family = Family.of(company_id, await self.orphans.branches(company_id))
        made = [*orphaned(family, "agent", agents), *orphaned(family, "llm", llms)]
        things = [*agents, *llms, *(_named(number) for number in numbers)]
        return _found([*made, *orphaned_numbers(family, numbers, made)], things)

    async def _at_calcom(self, company_id: str) -> Found:
        webhooks = await (await self.calcom(company_id)).list_webhooks()
        family = Family.of(company_id, await self.orphans.branches(company_id))
        url = self.addresses.webhooks("calcom", company_id)
        path = Addresses("", "").webhooks("calcom", company_id)
        mine = [each for each in webhooks if _address(each).endswith(path)]
        found = orphaned_webhooks(mine, url, anybody=bool(family.living()))
        return _found(found, map(_at, webhooks))


def orphaned(family: Family, kind: Kind, things: Iterable[Thing]) -> Iterator[Orphan]:
    """Agents or LLMs of a branch that is gone, or beside the one that their branch knows."""
    known = {branch.made.get(kind) for branch in family.living()}
    for thing in things:
        if not family.claims(thing.name) or thing.external_id in known:
            continue
        reason = family.lost(thing.name)
        if reason is not None:
            yield thing.orphaned(reason)
        elif family.made(thing) is not None:
            yield thing.orphaned("second")


def orphaned_numbers(
    family: Family, numbers: Sequence[PhoneNumber], made: Sequence[Orphan]
) -> Iterator[Orphan]:
    """Numbers that bear our name, or ring at an orphan, and that no branch and nobody else's agent has."""
    wanted = frozenset[str]().union(*(branch.numbers for branch in family.living()))
    agents = {orphan.external_id: orphan for orphan in made if orphan.kind == "agent"}
    for number in numbers:
        thing = _named(number)
        if number.phone_number in wanted or not number.agent_ids <= agents.keys():
            continue
        if family.claims(thing.name):
            yield thing.orphaned(family.lost(thing.name) or "not_answered")
        elif number.agent_ids:
            yield thing.orphaned("agent_left_over")


def orphaned_webhooks(webhooks: Sequence[Webhook], url: str, *, anybody: bool) -> Iterator[Orphan]:
    """Of those at our path: all where the company has no branch, else all but the first at ``url``.

    None as long as there is none at ``url``: another one may be all that tells us of bookings.
    """
    here = [webhook for webhook in webhooks if webhook.subscriber_url == url]
    if not anybody:
        yield from (_at(webhook).orphaned("no_branch") for webhook in webhooks)
    elif here:
        yield from (_at(webhook).orphaned("second") for webhook in here[1:])
        yield from (_at(each).orphaned("old_address") for each in webhooks if each.subscriber_url != url)


def _named(number: PhoneNumber) -> Thing:
    return Thing("number", number.phone_number, number.nickname)


def _at(webhook: Webhook) -> Thing:
    return Thing("webhook", webhook.id, webhook.subscriber_url)


def _address(webhook: Webhook) -> str:
    return webhook.subscriber_url.partition("?")[0].rstrip("/")


def _found(orphans: Iterable[Orphan], things: Iterable[Thing]) -> Found:
    ids = frozenset(orphan_id(thing.kind, thing.external_id) for thing in things)
    return Found(tuple(orphans), ids)
