"""A booking's state and what changes it. ``merge`` commutes and repeats without effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from services.syncer.merge.facts import Facts, value_of, with_values
from services.syncer.merge.status import (
    Claim,
    Claims,
    Observation,
    Status,
    latest,
    resolve,
    with_claim,
)

#: What is known of a booking besides its status; each is a column of ``appointments``.
FACTS: Final = (
    "calcom_booking_id", "event_type_id", "title", "start_at", "end_at", "timezone", "location",
    "host_name", "host_email", "attendee_name", "attendee_email", "attendee_phone", "call_id", "token",
    "cancellation_reason", "rescheduled_to", "rescheduled_from", "seats",
)  # fmt: skip


#: What Cal.com may say is no longer there.
CLEARABLE: Final = frozenset({"attendee_phone", "location", "cancellation_reason"})


@dataclass(frozen=True, slots=True)
class Told:
    """What people have been told of a booking, or could know without being told."""

    status: Status
    start: datetime
    no_show: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What one event says of one booking.

    ``at``: its ``createdAt``, None where it claims no status; ``facts_at``: how new its facts are (see
    ``facts.stamp_of``). ``attendance``: whether an attendee, by e-mail, did not come. ``language``: of who
    booked, for whoever is met for the first time; it is no part of the booking. ``clears``: facts of which
    None says that there are none.
    """

    uid: str
    facts: Mapping[str, Any]
    facts_at: int
    status: Status | None = None
    at: datetime | None = None
    received: datetime | None = None
    attendance: Mapping[str, bool] = field(default_factory=dict)
    observation: Observation | None = None
    previous_start: datetime | None = None
    language: str | None = None
    clears: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BookingState:
    """Everything merged so far. ``version`` 0: nothing was known before."""

    claims: Claims = field(default_factory=dict)
    observation: Observation | None = None
    facts: Facts = field(default_factory=dict)
    attendance: Facts = field(default_factory=dict)
    last_event_at: datetime | None = None
    last_webhook_at: datetime | None = None
    told: Told | None = None
    version: int = 0

    @property
    def status(self) -> Status:
        """Where the booking stands."""
        return resolve(self.claims, self.observation)

    @property
    def no_show(self) -> bool:
        """Somebody who was expected did not come."""
        return any(fact.value for fact in self.attendance.values())

    @property
    def start(self) -> datetime | None:
        """When it begins, None while no event has said so."""
        start: datetime | None = value_of(self.facts, "start_at")
        return start

    @property
    def came_from(self) -> str | None:
        """Uid of the booking that this one replaces."""
        uid: str | None = value_of(self.facts, "rescheduled_from")
        return uid


def merge(state: BookingState, change: Change) -> BookingState:
    """``state`` after ``change``; what people are told of it is decided by ``outcomes.tell``."""
    values = {**change.facts, "previous_start": change.previous_start}
    return replace(
        state,
        claims=_claims(state, change),
        observation=latest(state.observation, change.observation),
        facts=with_values(state.facts, values, change.facts_at, change.clears),
        attendance=with_values(state.attendance, change.attendance, change.facts_at),
        last_event_at=_later(state.last_event_at, change.at),
        last_webhook_at=_later(state.last_webhook_at, change.received),
    )


def differences(before: BookingState, after: BookingState) -> dict[str, Any]:
    """What we show of ``after`` and did not show before, by name: the status, an absence, facts."""
    shown, known = _shown(after), _shown(before)
    return {name: value for name, value in shown.items() if value != known[name]}


def _shown(state: BookingState) -> dict[str, Any]:
    facts = {name: value_of(state.facts, name) for name in FACTS}
    return {"status": state.status, "no_show": state.no_show, **facts}


def _claims(state: BookingState, change: Change) -> Claims:
    if change.status is None or change.at is None:
        return state.claims
    return with_claim(state.claims, change.status, Claim(change.at, change.received or change.at))


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    if first is None or second is None:
        return first or second
    return max(first, second)
