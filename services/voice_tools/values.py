"""What goes between HTTP, handlers and store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.contracts.branch import Branch, Service
from shared.contracts.voice import Language


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``number``: E.164, None where the caller hides it or it is no number of a person."""

    number: str | None = None
    mobile: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The call a function is asked in. ``turns``: what the caller has said so far, None where unknown."""

    company_id: str
    call_id: str
    branch: Branch
    language: Language
    caller: Caller
    turns: int | None
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The branch's."""
        return ZoneInfo(self.branch.timezone)

    def service(self, key: str | None) -> Service | None:
        """By its key, its name or what callers call it."""
        wanted = (key or "").casefold()
        return next((each for each in self.branch.services if wanted in _names(each)), None)


def _names(service: Service) -> set[str]:
    return {name.casefold() for name in (service.key, service.name, *service.aliases)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent gets: ``status`` for its rules, ``say`` to speak, ``next`` to do; never an error."""

    status: str
    say: str
    next: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {"status": self.status, "say": self.say, "next": self.next, **self.fields}


@dataclass(frozen=True, slots=True, order=True)
class FreeSlot:
    """A free time, aware; ``staff_key`` None: whoever is there."""

    start: datetime
    end: datetime
    event_type_id: int = 0
    staff_key: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time as it was offered in this call, by its letter."""

    code: str
    service_key: str
    slot: FreeSlot
    turn: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """An appointment of the caller's. ``code``: by which the agent names it."""

    uid: str
    start: datetime
    name: str
    title: str
    service_key: str | None = None
    event_type_id: int | None = None
    host_name: str | None = None
    code: str = ""
