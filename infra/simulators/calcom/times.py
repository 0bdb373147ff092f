"""Times as Cal.com reads and writes them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

# Room for adding an offset or a series to a time without leaving what a datetime can hold.
_CENTURIES = range(1900, 9000)
_ZONES = available_timezones()


def iso(moment: datetime) -> str:
    """`2026-01-01T09:00:00.000Z`, the form of API answers."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def iso_now() -> str:
    """The real time, for error envelopes."""
    return iso(datetime.now(UTC))


def iso_in(moment: datetime, zone: str) -> str:
    """`2026-01-01T10:00:00.000+01:00`, with `Z` only in UTC: the form of slots."""
    if zone == "UTC":
        return iso(moment)
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")


def iso_seconds(moment: datetime) -> str:
    """`2026-01-01T09:00:00Z`, the form of most webhook payloads."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_offset(moment: datetime) -> str:
    """`2026-01-01T09:00:00+00:00`, the form of BOOKING_CANCELLED."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def parse(text: object) -> datetime | None:
    """UTC; a time without offset is taken as UTC. None when it is no ISO 8601 time of these centuries."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in _CENTURIES:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_bound(text: str, *, end: bool) -> datetime | None:
    """A bound of a range: a bare date means its first, or its last, moment in UTC."""
    moment = parse(text)
    if moment is None or "T" in text:
        return moment
    return datetime.combine(moment.date(), time.max if end else time.min, UTC)


def at(day: date, clock: str, zone: str) -> datetime:
    """The wall clock `HH:MM` of that day in that zone; 24:00 is the next midnight's last minute."""
    hour, minute = (int(part) for part in clock.split(":")[:2])
    return datetime.combine(day, time(min(hour, 23), minute if hour < 24 else 59), ZoneInfo(zone))  # noqa: PLR2004


def is_zone(name: object) -> bool:
    """A name of the IANA database."""
    return isinstance(name, str) and name in _ZONES
