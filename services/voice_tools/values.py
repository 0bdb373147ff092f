"""What goes between HTTP, handlers and store."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from shared.contracts.branch import Branch, Service
from shared.contracts.events import BookingRequested
from shared.contracts.voice import About, Language
from shared.errors import AskProError, PermanentError, TransientError

#: Between the services of one appointment; no key has it.
TOGETHER: Final = "+"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``number``: E.164, None where the caller hides it or it is no number of a person."""

    number: str | None = None


class Line:
    """How far the work on one request may go: what the caller was told must stay true.

    Once the caller has heard that it did not work, nothing may begin any more. A line within another one
    begins where both may.
    """

    def __init__(self, within: "Line | None" = None) -> None:
        self.begun = False
        self._closed = False
        self._within = within

    def begin(self) -> bool:
        """To be asked right before what outlives the request; False: the caller was told that it failed."""
        if not self.begun and not self._closed:
            self.begun = self._within is None or self._within.begin()
        return self.begun

    def close(self) -> bool:
        """Time is up. True: nothing has begun, and nothing will."""
        self._closed = not self.begun
        return self._closed


@dataclass(frozen=True, slots=True)
class Call:
    """The call a function is asked in. ``turns``: what the caller has said so far, None where unknown.

    ``company_language``: what the people of the company read, whatever is spoken with the caller.
    ``arrived``: when its request came in, by ``time.monotonic``; budgets are counted from there.
    """

    company_id: str
    call_id: str
    branch: Branch
    language: Language
    caller: Caller
    turns: int | None
    now: datetime
    company_language: Language = "de"
    arrived: float = field(default_factory=time.monotonic)
    line: Line = field(default_factory=Line)

    def left(self, budget: float) -> float:
        """Seconds left of ``budget``, at least 0."""
        return max(0.0, self.arrived + budget - time.monotonic())

    @property
    def zone(self) -> ZoneInfo:
        """The branch's."""
        return ZoneInfo(self.branch.timezone)

    def service(self, key: str | None) -> Service | None:
        """By its key, its name or what callers call it."""
        wanted = (key or "").casefold()
        return next((each for each in self.branch.services if wanted in _names(each)), None)

    def services(self, keys: str) -> list[Service]:
        """Those of an offer: ``schnitt`` is one, ``schnitt+farbe`` are two."""
        found = (self.service(key) for key in keys.split(TOGETHER))
        return [service for service in found if service is not None]

    def length_at(self, event_type_id: int, minutes: int | None) -> int | None:
        """``minutes`` where the event type lets one choose them; else its one length is not to be named."""
        options = (service.length_options.get(event_type_id, ()) for service in self.branch.services)
        return minutes if any(minutes in each for each in options) else None

    def about(self, service_key: str | None, otherwise: str = "") -> About:
        """How a task about the service is worded; ``otherwise``: its name where the branch has no such."""
        names = [service.name for service in self.services(service_key or "")]
        return About(self.company_language, self.branch.timezone, ", ".join(names) or otherwise)


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


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A free time, aware; ``staff_key`` None: whoever is there.

    ``stale``: it was free when the calendar last answered; now it does not.
    """

    start: datetime
    end: datetime
    event_type_id: int = 0
    staff_key: str | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time as it was offered in this call, by its letter."""

    code: str
    service_key: str
    slot: FreeSlot
    turn: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """An offer as the cache has it, for when the database does not answer.

    ``tried``: this call has asked for it before; ``noted``: the broker has the wish.
    """

    offer: Offer
    tried: bool = False
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """An appointment of the caller's. ``code``: by which the agent names it.

    ``awaiting``: the host has not confirmed it yet. ``over``: it will not take place.
    ``turn``: what the caller had said when it was last read out or asked about, as ``Call.turns``; -1 where
    nobody knows, or nothing has to follow. ``phone``: of whom it is for, E.164.
    """

    uid: str
    start: datetime
    name: str
    title: str
    service_key: str | None = None
    event_type_id: int | None = None
    host_name: str | None = None
    code: str = ""
    awaiting: bool = False
    over: bool = False
    turn: int = -1
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of a number: somebody has booked with it, an appointment is still to come."""

    known: bool = False
    coming: bool = False


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer with the number that calls. ``booking_email``: the address Cal.com knows, if any."""

    id: uuid.UUID
    name: str
    booking_email: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What to enter: the event that takes it over where we cannot, and who it is for at Cal.com."""

    request: BookingRequested
    customer_reference: str
    about: About

    @property
    def token(self) -> str:
        """The idempotency key."""
        return self.request.token


@dataclass(frozen=True, slots=True)
class Change:
    """A rescheduling (``start`` is the new one) or a cancellation of an appointment.

    ``slot``: where it moves to; None for a cancellation.
    """

    kind: Literal["reschedule", "cancel"]
    token: str
    company_id: str
    branch_id: str
    call_id: str
    found: Found
    start: datetime
    about: About
    reason: str | None = None
    caller: Caller = Caller()
    slot: FreeSlot | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt at the calendar.

    ``done``: it is in (``uid``); ``awaiting``: in, the host has to confirm; ``taken``: somebody else has it;
    ``refused``: this can never be entered by phone; ``unknown``: sent, no answer; ``away``: nothing was sent.
    ``noted``: the calendar was not asked, our own database does not answer; the broker has the wish.
    Where it is not in, ``reason`` is one word of shared.contracts.voice.tasks, ``detail`` the provider's own.
    """

    kind: Literal["done", "awaiting", "taken", "refused", "unknown", "away", "noted"]
    uid: str | None = None
    detail: str = ""
    reason: str = "no_answer"


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt as its row has it: started, pending, booked, refused, requested.

    A booking that does not stand any more is ``refused``, with its ``uid``: its slot may be tried again.
    ``start``: when it is now, None where that is not known. ``awaiting``: the host has not confirmed it yet.
    ``number``: counts the attempts of a call at one slot, from 1. ``token``: its key, ``name``: a customer's.
    """

    state: str
    uid: str | None = None
    start: datetime | None = None
    awaiting: bool = False
    number: int = 1
    token: str = ""
    name: str = ""


#: What an attempt ends with; ``Attempted``: another one stands in its way.
Result: TypeAlias = Outcome | Attempted


class RefusedError(AskProError):
    """Not a request of Retell's for a company of ours. ``status`` is the answer's."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class StillLookingError(TransientError):
    """The calendar takes longer than a caller waits; the look goes on and the next call finds its result."""


class NoCalendarError(PermanentError):
    """The company has no key for its calendar."""


class TooManyLooksError(PermanentError):
    """The call has looked into the calendar as often as one may."""


class UnknownBranchError(PermanentError):
    """Neither the agent nor the number of the call belongs to a branch that can be read."""

    def __init__(self, agent_id: str | None, number: str | None) -> None:
        super().__init__(f"no branch has the agent {agent_id} or the number {number}")
