"""A day at several companies: bookings, calls, subscriptions, branches and wishes, as senders tell them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, Final

from tests.faults.messages import Claim, Company, Message, calcom, internal, retell, stripe

_HOURS: Final = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
_SLOTS_A_DAY: Final = 6


@dataclass(frozen=True, slots=True)
class Day:
    """``webhooks`` and ``branch_events``: at least so many, whole stories; ``wishes``: bookings by phone."""

    companies: Sequence[Company]
    webhooks: int
    branch_events: int
    wishes: int

    def messages(self, seed: int) -> list[Message]:
        """In the order of sending: each story near together, every third of them out of order."""
        chance = random.Random(seed)  # noqa: S311  # an order, not a secret
        stories = [*self._webhooks(chance), *self._branches(), *self._wishes()]
        chance.shuffle(stories)
        for story in stories[::3]:
            chance.shuffle(story)
        return _interleaved(stories)

    def _webhooks(self, chance: random.Random) -> Iterator[list[Message]]:
        sent = number = 0
        companies = cycle(self.companies)
        while sent < self.webhooks:
            number, company = number + 1, next(companies)
            tell = chance.choices((_booking, _call, _subscription), weights=(6, 3, 1))[0]
            story = tell(company, number)
            sent += len(story)
            yield story

    def _branches(self) -> Iterator[list[Message]]:
        """Four of five are only entered; of the others one is changed twice and one is given up."""
        sent = number = 0
        companies = cycle(self.companies)
        while sent < self.branch_events:
            number, company = number + 1, next(companies)
            story = list(_branch(company, number))
            sent += len(story)
            yield story

    def _wishes(self) -> Iterator[list[Message]]:
        for number, company in zip(range(self.wishes), cycle(self.companies), strict=False):
            yield [_wish(company, number // len(self.companies))]


def _interleaved(stories: list[list[Message]], side_by_side: int = 8) -> list[Message]:
    """Eight stories at a time, one message of each in turn."""
    order = []
    for place in range(0, len(stories), side_by_side):
        group = [list(story) for story in stories[place : place + side_by_side]]
        while any(group):
            order += [story.pop(0) for story in group if story]
    return order


def _booking(company: Company, number: int) -> list[Message]:
    """Made; then, by turns, nothing, cancelled, moved, moved and cancelled."""
    uid, moved = f"booking-{number}", f"booking-{number}-moved"
    story = [calcom(company, "BOOKING_CREATED", _payload(uid, number), _appointment(company, uid, 2))]
    last = uid
    if number % 4 >= 2:
        payload = _payload(moved, number + 1) | {"rescheduleUid": uid}
        claims = _appointment(company, moved, 2), _appointment(company, uid, 4)
        story.append(calcom(company, "BOOKING_RESCHEDULED", payload, *claims))
        last = moved
    if number % 2:
        payload = _payload(last, number) | {"cancellationReason": "krank"}
        story.append(calcom(company, "BOOKING_CANCELLED", payload, _appointment(company, last, 3)))
    return story


def _appointment(company: Company, uid: str, rank: int) -> Claim:
    state = {2: "accepted", 3: "cancelled", 4: "rescheduled"}[rank]
    return Claim("appointments", f"{company.id}/{uid}", rank, state)


def _payload(uid: str, number: int) -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(days=30, hours=number)
    return {
        "uid": uid, "bookingId": number, "eventTypeId": 7, "title": "Haarschnitt", "status": "ACCEPTED",
        "startTime": start.isoformat(), "endTime": (start + timedelta(minutes=30)).isoformat(),
        "organizer": {"name": "Steffi", "email": "steffi@example.org", "timeZone": "Europe/Berlin"},
        "attendees": [{"name": "Ana", "email": f"ana{number}@example.org", "timeZone": "Europe/Berlin"}],
    }  # fmt: skip


def _call(company: Company, number: int) -> list[Message]:
    """Started, ended, analyzed."""
    call_id, started = f"call-{number}", 1_790_000_000_000 + number
    known = {"call_id": call_id, "direction": "inbound", "start_timestamp": started}
    ended = known | {"call_status": "ended", "end_timestamp": started + 60_000, "transcript": "Agent: Hallo"}
    told = {
        "call_started": known | {"call_status": "ongoing"},
        "call_ended": ended,
        "call_analyzed": ended | {"call_analysis": {"call_summary": "Ein Termin."}},
    }
    row = f"{company.id}/{call_id}"
    return [
        retell(company, event, call, Claim("calls", row, rank, event.removeprefix("call_")))
        for rank, (event, call) in enumerate(told.items(), start=1)
    ]


def _subscription(company: Company, number: int) -> list[Message]:
    """Begun, paid, overdue; each later than the one before by Stripe's clock."""
    identity = f"sub_{number}"
    told = (("created", "incomplete"), ("updated", "active"), ("updated", "past_due"))
    return [
        stripe(
            _stripe_event(company, identity, f"customer.subscription.{kind}", rank, status),
            Claim("subscriptions", identity, rank, status),
        )
        for rank, (kind, status) in enumerate(told, start=1)
    ]


def _stripe_event(company: Company, identity: str, kind: str, rank: int, status: str) -> dict[str, Any]:
    thing = {
        "id": identity, "customer": f"cus_{company.id}", "status": status,
        "metadata": {"company_id": company.id},
    }  # fmt: skip
    created = 1_790_000_000 + rank
    return {"id": f"evt_{identity}_{rank}", "type": kind, "created": created, "data": {"object": thing}}


def _branch(company: Company, number: int) -> Iterator[Message]:
    changes = 3 if number % 10 == 0 else 1
    for version in range(1, changes + 1):
        type_ = "branch.created" if version == 1 else "branch.updated"
        yield _branch_event(company, number, version, type_, _whole_branch(number, version), "provisioned")
    if number % 10 == 5:
        yield _branch_event(company, number, changes + 1, "branch.deleted", {}, "deleted")


def _branch_event(
    company: Company, number: int, version: int, type_: str, data: dict[str, Any], state: str
) -> Message:
    branch = f"branch-{number}"
    identity = {"company_id": company.id, "branch_id": branch, "version": version}
    claim = Claim("branches", f"{company.id}/{branch}", version, state)
    return internal(f"{branch}-{version}", type_, company, identity | data, claim)


def _whole_branch(number: int, version: int) -> dict[str, Any]:
    services = [{"key": "schnitt", "name": "Herrenhaarschnitt", "duration_minutes": 30}]
    return {"name": f"Salon {number}.{version}", "opening_hours": _HOURS, "services": services}


def _wish(company: Company, number: int) -> Message:
    token = f"wish-{number}"
    data = {
        "company_id": company.id, "token": token, "branch_id": "branch-1", "call_id": f"wished-{number}",
        "service_key": "schnitt", "event_type_id": company.event_type, "start": _slot(number).isoformat(),
        "duration_minutes": 30, "timezone": "Europe/Berlin",
        "customer": {"name": "Ana Ruiz", "phone": "+491701234567"},
        "booking_email": f"k-{token}@termine.example",
    }  # fmt: skip
    claim = Claim("wishes", f"{company.id}/{token}", 1, "accepted")
    return internal(f"{company.id}-{token}", "booking.requested", company, data, claim)


def _slot(number: int) -> datetime:
    """Half hours from 9:00 UTC, on workdays, beginning in a few days."""
    day = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=3)
    for _ in range(number // _SLOTS_A_DAY + 1):
        day += timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))
    return day + timedelta(minutes=30 * (number % _SLOTS_A_DAY))
