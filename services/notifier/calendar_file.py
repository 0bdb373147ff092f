"""An appointment → the calendar file attached to its mails (RFC 5545)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event

from services.notifier.text import one_line


@dataclass(frozen=True, slots=True)
class CalendarKey:
    """``uid`` of the first booking in a chain of reschedulings, ``moves`` along it since."""

    uid: str
    moves: int = 0


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """``uid`` stays over every rescheduling and ``sequence`` grows with each: the entry moves in place."""

    uid: str
    sequence: int
    start: datetime
    end: datetime
    summary: str
    location: str = ""
    cancelled: bool = False

    @property
    def method(self) -> Literal["PUBLISH", "CANCEL"]:
        """What a calendar does with it."""
        return "CANCEL" if self.cancelled else "PUBLISH"


def calendar_file(entry: CalendarEntry, *, now: datetime) -> bytes:
    """UTF-8, lines folded at 75 bytes and ended by CR LF."""
    calendar = Calendar()
    calendar.add("prodid", "-//AskPro//notifier//EN")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method)
    calendar.add_component(_event(entry, now))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: CalendarEntry, now: datetime) -> Event:
    event = Event()
    event.add("uid", one_line(entry.uid))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.start.astimezone(UTC))
    event.add("dtend", entry.end.astimezone(UTC))
    event.add("summary", one_line(entry.summary))
    if entry.location:
        event.add("location", one_line(entry.location))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    return event
