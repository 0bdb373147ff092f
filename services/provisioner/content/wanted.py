"""Everything the providers should have for a branch, as data, and its hash: equal hash, nothing to send."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.provisioner.content.agent import agent_body, agent_name
from services.provisioner.content.llm import llm_body
from services.provisioner.content.profile import Profile
from services.provisioner.content.suspended import SUSPENDED_SETTINGS, suspended_llm
from shared.contracts.branch import Branch
from shared.contracts.calcom import TRIGGERS
from shared.contracts.ids import digest


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where providers reach us, without a trailing slash."""

    ingest: str
    voice_tools: str

    def functions(self, company_id: str) -> str:
        """The agent's functions; their names are appended."""
        return f"{self.voice_tools}/functions/{company_id}"

    def inbound(self, company_id: str) -> str:
        """What Retell asks before it answers a call."""
        return f"{self.voice_tools}/calls/inbound/{company_id}"

    def webhooks(self, provider: str, company_id: str) -> str:
        """Where a provider sends a company's events."""
        return f"{self.ingest}/webhooks/{provider}/{company_id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``agent`` lacks engine and voices; ``reference`` is how LLM and agent are found again."""

    branch: Branch
    reference: str
    llm: dict[str, Any]
    agent: dict[str, Any]
    phone_number: str | None
    fallback_number: str | None
    inbound_url: str
    calcom_url: str
    calcom_triggers: tuple[str, ...]

    def hash(self, *credentials: str | None) -> str:
        """Of everything that is sent and of the keys it is sent with: another account has none of it."""
        sent = (self.llm, self.agent, self.branch.voice_id, self.phone_number, self.fallback_number,
                self.inbound_url, self.calcom_url, self.calcom_triggers)  # fmt: skip
        keys = [digest(credential or "") for credential in credentials]
        return digest(orjson.dumps((sent, keys), option=orjson.OPT_SORT_KEYS))

    def title(self) -> str:
        """Title of the published version: shows after a lost answer that it was published."""
        content = orjson.dumps((self.llm, self.agent, self.branch.voice_id), option=orjson.OPT_SORT_KEYS)
        return f"askpro {digest(content)[:16]}"

    def llm_hash(self) -> str:
        """Of what the conversations put to the test."""
        return digest(orjson.dumps(self.llm, option=orjson.OPT_SORT_KEYS))


def wanted_for(branch: Branch, addresses: Addresses, profile: Profile, today: date) -> Wanted:
    """Pure: the same branch, addresses, profile and quarter of the year make the same bodies."""
    company = branch.company_id
    reference = agent_name(company, branch.branch_id)
    return Wanted(
        branch=branch,
        reference=reference,
        llm=_llm(branch, addresses, profile, today),
        agent=_agent(branch, addresses, profile),
        phone_number=branch.phone_number,
        fallback_number=branch.fallback_number,
        inbound_url=addresses.inbound(company),
        calcom_url=addresses.webhooks("calcom", company),
        calcom_triggers=TRIGGERS,
    )


def _llm(branch: Branch, addresses: Addresses, profile: Profile, today: date) -> dict[str, Any]:
    if profile.mode == "suspended":
        return suspended_llm(branch)
    functions_url = addresses.functions(branch.company_id)
    return llm_body(branch, today, functions_url=functions_url, asks_consent=profile.asks_consent)


def _agent(branch: Branch, addresses: Addresses, profile: Profile) -> dict[str, Any]:
    body = agent_body(branch, profile, webhook_url=addresses.webhooks("retell", branch.company_id))
    return body | SUSPENDED_SETTINGS if profile.mode == "suspended" else body
