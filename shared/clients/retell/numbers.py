"""Phone numbers. German numbers are imported by SIP trunk; only US and Canadian ones can be bought."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from shared.clients.http import Request, in_path
from shared.clients.retell.client import PAGE, Page, RetellClient, RetellObject
from shared.errors import NotFoundError, ProviderRefusedError, UnknownOutcomeError


class InboundAgent(RetellObject):
    """Who answers. Without ``agent_version`` the draft answers: bind to ``latest_published``."""

    agent_id: str
    weight: float = 1.0
    agent_version: str | int | None = None


class ShownTrunk(RetellObject):
    """A trunk as Retell shows it: its password never."""

    termination_uri: str | None = None
    auth_username: str | None = None
    transport: str | None = None


@dataclass(frozen=True, slots=True)
class SipTrunk:
    """A company's own trunk. ``transport``: TLS, TCP or UDP; TCP where it is None."""

    termination_uri: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    transport: str | None = None

    def imported(self) -> dict[str, Any]:
        """As import-phone-number names it."""
        return self._as("sip_trunk_auth_username", "sip_trunk_auth_password")

    def updated(self) -> dict[str, Any]:
        """As update-phone-number names the same; what is left out stays as it was."""
        return self._as("auth_username", "auth_password")

    def _as(self, username: str, password: str) -> dict[str, Any]:
        said = {username: self.username, password: self.password, "transport": self.transport}
        given = {name: value for name, value in said.items() if value is not None}
        return {"termination_uri": self.termination_uri, **given}


class PhoneNumber(RetellObject):
    """``phone_number`` in E.164 is its id."""

    phone_number: str
    phone_number_type: str | None = None
    nickname: str | None = None
    inbound_agents: tuple[InboundAgent, ...] | None = None
    outbound_agents: tuple[InboundAgent, ...] | None = None
    inbound_sms_agents: tuple[InboundAgent, ...] | None = None
    outbound_sms_agents: tuple[InboundAgent, ...] | None = None
    inbound_webhook_url: str | None = None
    fallback_number: str | None = None
    sip_outbound_trunk_config: ShownTrunk | None = None

    @property
    def agent_ids(self) -> frozenset[str]:
        """Of every agent that calls, writes or is reached by it."""
        uses = (self.inbound_agents, self.outbound_agents, self.inbound_sms_agents, self.outbound_sms_agents)
        return frozenset(agent.agent_id for agents in uses for agent in agents or ())

    def answered_by(self, agent_id: str) -> bool:
        """This agent's published version answers alone."""
        agents = self.inbound_agents or ()
        return [(a.agent_id, a.agent_version) for a in agents] == [(agent_id, "latest_published")]


def answered_by(agent_id: str) -> list[dict[str, Any]]:
    """``inbound_agents`` for one agent, in its newest published version; weights sum to 1."""
    return [{"agent_id": agent_id, "weight": 1, "agent_version": "latest_published"}]


_NUMBER: Final = TypeAdapter(PhoneNumber)
_NUMBERS: Final = TypeAdapter(Page[PhoneNumber])


class RetellNumbers(RetellClient):
    """The numbers of a company's workspace."""

    async def get_number(self, number: str) -> PhoneNumber:
        """Raises NotFoundError."""
        return await self._ask(Request("retell.number.get", "GET", _path("get", number)), _NUMBER)

    async def list_numbers(self) -> list[PhoneNumber]:
        """Every number."""

        def page(cursor: str | None) -> Request:
            params = {"limit": PAGE, "pagination_key": cursor}
            return Request("retell.number.list", "GET", "/v2/list-phone-numbers", params)

        return [number async for number in self._all(page, _NUMBERS)]

    async def buy_number(self, body: Mapping[str, Any]) -> PhoneNumber:
        """Costs money. Raises UnknownOutcomeError when one may have been bought: look by ``nickname``."""
        request = Request("retell.number.create", "POST", "/create-phone-number", json=dict(body))
        return await self._ask(request, _NUMBER)

    async def import_number(self, number: str, trunk: SipTrunk, body: Mapping[str, Any]) -> PhoneNumber:
        """``body``: ``inbound_agents``, ``inbound_webhook_url``, ``nickname``."""
        wanted = {**body, **trunk.imported(), "phone_number": number}
        request = Request("retell.number.import", "POST", "/import-phone-number", json=wanted)
        return await self._ask(request, _NUMBER)

    async def update_number(self, number: str, body: Mapping[str, Any]) -> PhoneNumber:
        """Idempotent. Raises NotFoundError."""
        request = Request("retell.number.update", "PATCH", _path("update", number), json=dict(body))
        return await self._ask(request, _NUMBER)

    async def delete_number(self, number: str) -> None:
        """Gives a bought number back for good. Raises NotFoundError."""
        await self._tell(Request("retell.number.delete", "DELETE", _path("delete", number)))

    async def find_number(self, number: str) -> PhoneNumber | None:
        """The number, None where the workspace does not have it."""
        try:
            return await self.get_number(number)
        except NotFoundError:
            return None

    async def ensure_imported(self, number: str, trunk: SipTrunk, body: Mapping[str, Any]) -> PhoneNumber:
        """The number at this trunk with ``body`` applied, imported if missing: it exists once."""
        if await self.find_number(number) is None:
            try:
                return await self.import_number(number, trunk, body)
            except (UnknownOutcomeError, ProviderRefusedError):
                if await self.find_number(number) is None:
                    raise
        return await self.update_number(number, {**body, **trunk.updated()})


def _path(action: str, number: str) -> str:
    return f"/{action}-phone-number/{in_path(number)}"
