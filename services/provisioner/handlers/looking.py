"""What there is of a branch: asked of the providers and of our own tables; no provider is told anything."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from services.provisioner.content import Addresses, Profile, Wanted, wanted_for, webhook_of
from services.provisioner.content.findings import Asked, KeyState, Seen, Unasked
from services.provisioner.handlers.lookup import existing
from services.provisioner.handlers.numbers import is_dialled
from services.provisioner.store import Checks, Companies, Keys, Profiles, Target, Trunks
from shared.clients.calcom import Calcom, Webhook
from shared.clients.providers import Providers
from shared.clients.retell import Agent, Llm, PhoneNumber, Retell
from shared.contracts.branch import Branch
from shared.contracts.catalogue import event_types_of
from shared.errors import AskProError, CredentialOpenError, CredentialRejectedError

T = TypeVar("T")
#: What callers hear, whatever draft there is.
_LIVE: Final = "latest_published"


@dataclass(frozen=True, slots=True)
class Desk:
    """A branch as it is wanted, and as it was entered; whom to ask about it, None where there is no key."""

    branch: Branch
    entered: Branch
    wanted: Wanted
    profile: Profile
    day: date
    retell: Retell | None
    calcom: Calcom | None
    keys: Keys


@dataclass(frozen=True, slots=True)
class Look:
    """Never raises for what a provider does: what cannot be found out is ``Unasked``."""

    companies: Companies
    profiles: Profiles
    trunks: Trunks
    checks: Checks
    providers: Providers
    addresses: Addresses
    today: Callable[[], date]

    async def desk(self, target: Target) -> Desk:
        """The company's keys and profile as they are now."""
        branch = target.branch
        company_id, day = branch.company_id, self.today()
        keys, profile = await self.companies.keys(company_id), await self.profiles.of(company_id)
        retell, calcom = keys.retell, keys.calcom
        return Desk(
            branch,
            target.entered,
            wanted_for(branch, self.addresses, profile, day),
            profile,
            day,
            retell=self.providers.retell(company_id, retell) if retell else None,
            calcom=self.providers.calcom(company_id, calcom, region=keys.region) if calcom else None,
            keys=keys,
        )

    async def __call__(self, desk: Desk) -> Seen:
        branch = desk.branch
        agent, number = await self.agent(desk), await _number(desk)
        webhook = webhook_of(
            branch.company_id,
            self.addresses,
            secret=(await self.companies.secrets(branch.company_id)).current,
            account=desk.keys.account if desk.keys.calcom else "",
        )
        trunk = await self.trunks.of(branch.company_id, branch.termination_uri)
        return Seen(
            desk.wanted,
            desk.entered,
            desk.profile,
            keys=await self._keys(desk),
            number=number,
            is_dialled=isinstance(number, PhoneNumber) and is_dialled(number, trunk),
            agent=agent,
            llm=await _llm(desk, agent),
            webhook=await _webhook(desk),
            wanted_webhook=webhook,
            event_types=await self.checks.event_types(
                branch.company_id, branch.branch_id, event_types_of(desk.entered)
            ),
        )

    async def agent(self, desk: Desk) -> Asked[Agent]:
        """The branch's agent as callers hear it."""
        agent_id = await self.checks.agent_of(desk.branch.company_id, desk.branch.branch_id)
        if desk.retell is None or agent_id is None:
            return Unasked("key") if desk.retell is None else None
        return await asked(desk.retell.get_agent(agent_id, version=_LIVE))

    async def _keys(self, desk: Desk) -> dict[str, KeyState]:
        retell, calcom, region = desk.keys.retell, desk.keys.calcom, desk.keys.region
        return {
            "retell": await _key(self.providers.probe_retell(retell) if retell else None),
            "calcom": await _key(self.providers.probe_calcom(calcom, region) if calcom else None),
        }


async def asked(asking: Awaitable[T]) -> Asked[T]:
    """The answer, None where the provider does not have it."""
    try:
        return await existing(asking)
    except (CredentialRejectedError, CredentialOpenError):
        return Unasked("key")
    except AskProError:
        return Unasked("silence")


async def _key(probe: Awaitable[None] | None) -> KeyState:
    if probe is None:
        return "missing"
    try:
        await probe
    except CredentialRejectedError:
        return "refused"
    except AskProError:
        return "unknown"
    return "accepted"


async def _number(desk: Desk) -> Asked[PhoneNumber]:
    number = desk.branch.phone_number
    if desk.retell is None or number is None:
        return Unasked("key") if desk.retell is None else None
    return await asked(desk.retell.get_number(number))


async def _llm(desk: Desk, agent: Asked[Agent]) -> Asked[Llm]:
    """Of the version that callers hear."""
    if not isinstance(agent, Agent) or desk.retell is None or agent.llm_id is None:
        return agent if isinstance(agent, Unasked) else None
    return await asked(
        desk.retell.get_llm(agent.llm_id, version=(agent.response_engine or {}).get("version"))
    )


async def _webhook(desk: Desk) -> Asked[Webhook]:
    if desk.calcom is None:
        return Unasked("key")
    return await asked(desk.calcom.find_webhook(desk.wanted.calcom_url))
