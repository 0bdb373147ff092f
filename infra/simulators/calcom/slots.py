"""Which times are free: schedule hours minus bookings, reservations, notice and window, per host."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from infra.simulators.calcom.event_types import seats_of
from infra.simulators.calcom.times import at, iso_in, parse
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


_Taken: TypeAlias = tuple[Span, Document]


def span_of(booking: Document) -> Span:
    """The time that a booking takes."""
    start, end = parse(booking["start"]), parse(booking["end"])
    assert start is not None and end is not None  # noqa: S101, PT018 - we wrote them
    return Span(start, end)


def opening_hours(schedule: Document, day: date) -> list[Span]:
    """The spans of one day; an override of that date replaces its usual hours."""
    overrides = [entry for entry in schedule["overrides"] if entry["date"] == day.isoformat()]
    weekday = _WEEKDAYS[day.weekday()]
    entries = overrides or [entry for entry in schedule["availability"] if weekday in entry["days"]]
    zone = schedule["timeZone"]
    spans = [Span(at(day, entry["startTime"], zone), at(day, entry["endTime"], zone)) for entry in entries]
    return [span for span in spans if span.start < span.end]


def blocks(event_type: Document, booking: Document, ignored: str | None) -> bool:
    """An unconfirmed booking blocks nothing, unless its event type says so."""
    if booking["uid"] == ignored:
        return False
    policy = event_type["confirmationPolicy"] or {}
    pending = booking["status"] == "pending" and policy.get("blockUnconfirmedBookingsInBooker", False)
    return bool(booking["status"] == "accepted" or (pending and booking["eventTypeId"] == event_type["id"]))


class Availability:
    """One event type's free times at this moment."""

    def __init__(self, simulator: Simulator, event_type: Document, ignored: str | None = None) -> None:
        self._simulator = simulator
        self._event_type = event_type
        self._now = simulator.clock.now()
        store = simulator.store
        self._busy = self._busy_hosts(store.all("bookings"), ignored)
        self._seated = self._taken_seats(store.all("bookings")) if seats_of(event_type) else {}
        self._reserved = {
            parse(entry["slotStart"])
            for entry in store.all("reservations")
            if entry["eventTypeId"] == event_type["id"] and _until(entry) > self._now
        }

    def _taken_seats(self, bookings: list[Document]) -> dict[datetime, Document]:
        """What a slot of this event type says beside its start, by start."""
        return {
            span_of(booking).start: {
                "attendeesCount": len(booking["attendees"]),
                "bookingUid": booking["uid"],
            }
            for booking in bookings
            if booking["eventTypeId"] == self._event_type["id"] and booking["status"] == "accepted"
        }

    def free_hosts(self, span: Span) -> list[Document]:
        """Who has nothing else at that time."""
        return [host for host in self._event_type["hosts"] if self._is_free(host, span)]

    def _unreserved_hosts(self, span: Span) -> list[Document]:
        """A reservation of a round robin is written for its first host only."""
        hosts: list[Document] = self._event_type["hosts"]
        if span.start not in self._reserved:
            return hosts
        return hosts[1:] if self._event_type["schedulingType"] == "roundRobin" else []

    def _busy_hosts(self, bookings: list[Document], ignored: str | None) -> dict[int, list[_Taken]]:
        busy: dict[int, list[_Taken]] = {host["userId"]: [] for host in self._event_type["hosts"]}
        now = iso_in(self._now - timedelta(days=1), "UTC")
        for booking in bookings:
            if booking["end"] > now and blocks(self._event_type, booking, ignored):
                for host in booking["hosts"]:
                    busy.get(host["id"], []).append((span_of(booking), booking))
        return busy

    def _is_free(self, host: Document, span: Span) -> bool:
        wide = Span(
            span.start - timedelta(minutes=self._event_type["beforeEventBuffer"]),
            span.end + timedelta(minutes=self._event_type["afterEventBuffer"]),
        )
        return not any(self._collides(taken, wide, span) for taken in self._busy[host["userId"]])

    def _collides(self, entry: _Taken, wide: Span, span: Span) -> bool:
        taken, booking = entry
        # A seated event type shares its own start time until the seats are used up.
        shared = seats_of(self._event_type) and booking["eventTypeId"] == self._event_type["id"]
        if shared and taken.start == span.start:
            return len(booking["attendees"]) >= (seats_of(self._event_type) or 0)
        return taken.overlaps(wide)

    def hosts_for(self, span: Span) -> list[Document]:
        """All hosts of a collective, else the free one booked longest ago; [] if nobody could hold it."""
        free = self.free_hosts(span)
        if self._event_type["schedulingType"] == "collective":
            everybody = len(free) == len(self._event_type["hosts"])
            return free if everybody else []
        return sorted(free, key=self._last_booked)[:1]

    def _last_booked(self, host: Document) -> int:
        return max((booking["id"] for _, booking in self._busy[host["userId"]]), default=0)

    def is_open(self, span: Span) -> bool:
        """Within the schedule's hours."""
        day = span.start.astimezone(ZoneInfo(self._event_type["schedule"]["timeZone"])).date()
        hours = opening_hours(self._event_type["schedule"], day)
        return any(opened.contains(span) for opened in hours)

    def is_bookable_now(self, start: datetime) -> bool:
        """Neither too soon nor too far away."""
        notice = timedelta(minutes=self._event_type["minimumBookingNotice"])
        return start >= self._now + notice and _within(self._event_type, start, self._now)

    def slots(self, asked: Span, minutes: int) -> Iterator[Span]:
        """Free spans that start within the asked one, in order."""
        zone = ZoneInfo(self._event_type["schedule"]["timeZone"])
        day, last = asked.start.astimezone(zone).date(), asked.end.astimezone(zone).date()
        while day <= last:
            for opened in opening_hours(self._event_type["schedule"], day):
                yield from (span for span in self._steps(opened, minutes) if self._is_offered(span, asked))
            day += timedelta(days=1)

    def _steps(self, opened: Span, minutes: int) -> Iterator[Span]:
        step = timedelta(minutes=self._event_type["slotInterval"] or minutes)
        start, end, length = (
            opened.start.astimezone(UTC),
            opened.end.astimezone(UTC),
            timedelta(minutes=minutes),
        )
        while start + length <= end:
            yield Span(start, start + length)
            start += step

    def _is_offered(self, span: Span, asked: Span) -> bool:
        return (
            asked.start <= span.start <= asked.end
            and self.is_bookable_now(span.start)
            and self._is_held_by_nobody(span)
        )

    def _is_held_by_nobody(self, span: Span) -> bool:
        able = {host["userId"] for host in self.hosts_for(span)}
        if self._event_type["schedulingType"] == "roundRobin":
            able = {host["userId"] for host in self.free_hosts(span)}
        return bool(able & {host["userId"] for host in self._unreserved_hosts(span)})

    def by_day(
        self, asked: Span, minutes: int, zone: str, *, ranges: bool
    ) -> dict[str, list[dict[str, Any]]]:
        days: dict[str, list[dict[str, Any]]] = {}
        for span in self.slots(asked, minutes):
            slot: dict[str, Any] = {"start": iso_in(span.start, zone)}
            if ranges:
                slot["end"] = iso_in(span.end, zone)
            slot |= self._seated.get(span.start, {})
            days.setdefault(span.start.astimezone(ZoneInfo(zone)).date().isoformat(), []).append(slot)
        return days


def _until(reservation: Document) -> datetime:
    until = parse(reservation["reservationUntil"])
    assert until is not None  # noqa: S101 - we wrote it
    return until


def _within(event_type: Document, start: datetime, now: datetime) -> bool:
    window = event_type["bookingWindow"]
    window = window[0] if isinstance(window, list) and window else window
    if not window or window.get("disabled"):
        return True
    if window["type"] == "range":
        first, last = window["value"]
        return str(first)[:10] <= start.date().isoformat() <= str(last)[:10]
    days = window["value"] * (7 / 5 if window["type"] == "businessDays" else 1)
    return start <= now + timedelta(days=days)
