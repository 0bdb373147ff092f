"""Everything that a check has looked at, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from services.provisioner.content.profile import Profile
from services.provisioner.content.wanted import Wanted
from services.provisioner.content.webhook import WantedWebhook
from shared.clients.calcom import Webhook
from shared.clients.retell import Agent, Llm, PhoneNumber
from shared.contracts.branch import Branch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unasked:
    """Nobody could find it out: the key is not accepted, or the provider does not answer."""

    why: Literal["key", "silence"]


KeyState = Literal["accepted", "refused", "missing", "unknown"]
Asked: TypeAlias = T | Unasked | None


@dataclass(frozen=True, slots=True)
class EventTypeSeen:
    """An event type as the catalogue has it. ``warning_de``: hours that Cal.com offers beyond ours."""

    bookable: str
    reason_de: str | None = None
    reason_en: str | None = None
    warning_de: str = ""
    warning_en: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """None is what the provider does not have. ``keys`` by provider; ``entered``: the operator's own branch.

    ``is_dialled``: the number's carrier dials a SIP address. ``event_types`` None: the catalogue was never
    read.
    """

    wanted: Wanted
    entered: Branch
    profile: Profile
    keys: Mapping[str, KeyState]
    number: Asked[PhoneNumber]
    is_dialled: bool
    agent: Asked[Agent]
    llm: Asked[Llm]
    webhook: Asked[Webhook]
    wanted_webhook: WantedWebhook
    event_types: Mapping[int, EventTypeSeen] | None
