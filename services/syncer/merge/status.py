"""The status of a booking: what each webhook claimed, and what a look at Cal.com overruled.

Claims only move up: pending < accepted, rejected < cancelled < rescheduled. (A booking that was rescheduled
is cancelled at Cal.com as well, so rescheduled says more.) Between accepted and rejected the later claim
wins, an equal one changes nothing. An observation overrules the claims that were settled when it was made;
nothing else moves a booking down.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Status = Literal["unknown", "pending", "accepted", "rejected", "cancelled", "rescheduled"]

_RANKS: Final[dict[Status, int]] = {
    "unknown": 0, "pending": 1, "accepted": 2, "rejected": 2, "cancelled": 3, "rescheduled": 4,
}  # fmt: skip
#: Cal.com sends BOOKING_CANCELLED before it writes: a look taken sooner may still show the state before.
_SETTLED_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """A webhook's word. ``at``: its ``createdAt``; ``received``: when it reached us."""

    at: datetime
    received: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """What Cal.com's API said. ``observed_at`` None: nobody noted when; it moves nothing down."""

    status: Status
    updated_at: datetime
    observed_at: datetime | None = None

    def overrules(self, claim: Claim) -> bool:
        """The booking changed after the claim was made, and Cal.com had the time to write it."""
        return (
            self.observed_at is not None
            and self.updated_at > claim.at
            and self.observed_at >= claim.received + _SETTLED_AFTER
        )


#: In the order of arrival.
Claims = Mapping[Status, Claim]


def with_claim(claims: Claims, status: Status, claim: Claim) -> Claims:
    """``claims`` and the latest one of this status; a duplicate with a ``createdAt`` of its own is later."""
    known = claims.get(status)
    if known is not None:
        claim = Claim(max(known.at, claim.at), max(known.received, claim.received))
    return {**claims, status: claim}


def latest(first: Observation | None, second: Observation | None) -> Observation | None:
    """The observation of the newer state; of the same state the one made later."""
    if first is None or second is None:
        return first or second
    return second if _age(second) > _age(first) else first


def resolve(claims: Claims, observation: Observation | None) -> Status:
    """The status that follows from all that is known, whatever the order in which it came."""
    # Of equals ``max`` takes the first: the one that was known before.
    candidates = list(_candidates(claims, observation))
    return max(candidates, key=lambda each: each[:2])[2] if candidates else "unknown"


def _candidates(claims: Claims, observation: Observation | None) -> Iterator[tuple[int, datetime, Status]]:
    for status, claim in claims.items():
        if observation is None or not observation.overrules(claim):
            yield _RANKS[status], claim.at, status
    if observation is not None:
        yield _RANKS[observation.status], observation.updated_at, observation.status


def _age(observation: Observation) -> tuple[datetime, bool, datetime]:
    made_at = observation.observed_at or observation.updated_at
    return observation.updated_at, observation.observed_at is not None, made_at
