"""A branch as it travels: the whole of it, in every ``branch.*`` event."""

from datetime import date, time
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from shared.contracts.wire import searchable

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPELLINGS: Final[tuple[tuple[tuple[str, ...], Weekday], ...]] = (
    (("monday", "montag", "mo", "mon"), "mon"),
    (("tuesday", "dienstag", "di", "tu", "tue"), "tue"),
    (("wednesday", "mittwoch", "mi", "we", "wed"), "wed"),
    (("thursday", "donnerstag", "do", "th", "thu"), "thu"),
    (("friday", "freitag", "fr", "fri"), "fri"),
    (("saturday", "samstag", "sonnabend", "sa", "sat"), "sat"),
    (("sunday", "sonntag", "so", "su", "sun"), "sun"),
)
_SPOKEN_WEEKDAYS: Final[dict[str, Weekday]] = {name: key for names, key in _SPELLINGS for name in names}

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{5,14}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-.]{0,63}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_\-]{0,47}$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]

#: What the columns hold: bigint and integer.
_BIGINT, _INTEGER = 2**63 - 1, 2**31 - 1
Version = Annotated[int, Field(ge=0, le=_BIGINT)]
EventTypeId = Annotated[int, Field(gt=0, le=_BIGINT)]


def _hours(value: Any) -> Any:
    """``"09:00-12:30"`` and ``["09:00", "12:30"]`` are read as an interval."""
    match value:
        case str() if value.count("-") == 1:
            opens, closes = value.split("-")
            return {"opens": opens.strip(), "closes": closes.strip()}
        case [opens, closes]:
            return {"opens": opens, "closes": closes}
        case (
            {"open": opens, "close": closes} | {"from": opens, "to": closes} | {"start": opens, "end": closes}
        ):
            return {"opens": opens, "closes": closes}
        case _:
            return value


class Interval(BaseModel):
    """Opening hours without a break, in wall time. ``closes`` before ``opens`` is after midnight."""

    model_config = ConfigDict(frozen=True)

    opens: time
    closes: time

    @field_validator("closes", mode="before")
    @classmethod
    def _midnight(cls, value: Any) -> Any:
        return "00:00" if value == "24:00" else value


Hours = Annotated[Interval, BeforeValidator(_hours)]


class Address(BaseModel):
    """Postal address. ``subdivision``, such as ``BY`` (ISO 3166-2), decides the holidays."""

    model_config = ConfigDict(frozen=True)

    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "DE"
    subdivision: str | None = None

    def one_line(self) -> str:
        """``Hauptstraße 5, 80331 München``."""
        place = f"{self.postal_code} {self.city}".strip()
        return ", ".join(part for part in (self.street, place) if part)


def _address(value: Any) -> Any:
    """A string is a street; ``zip`` and ``line1`` are common names of other systems."""
    if isinstance(value, str):
        return {"street": value}
    if isinstance(value, dict):
        names = {"zip": "postal_code", "zip_code": "postal_code", "line1": "street", "state": "subdivision"}
        return {names.get(key, key): item for key, item in value.items()}
    return value


class StaffMember(BaseModel):
    """Somebody callers may ask for by name."""

    model_config = ConfigDict(frozen=True)

    key: Key
    name: Name


class EventTypeChoice(BaseModel):
    """The Cal.com event type that books a service with one member of the staff."""

    model_config = ConfigDict(frozen=True)

    staff_key: Key
    event_type_id: EventTypeId


#: Of a service whose length nobody entered.
USUAL_MINUTES: Final = 30


class Service(BaseModel):
    """What can be booked. ``event_type_id`` None: known, but not bookable by phone yet.

    ``length_options``: the lengths in minutes that Cal.com lets one choose from, of its event types by id; of
    its catalogue, so that they do not travel.
    """

    model_config = ConfigDict(frozen=True)

    key: Key
    name: Name
    duration_minutes: int = Field(default=USUAL_MINUTES, gt=0, le=24 * 60)
    price_cents: int | None = Field(default=None, ge=0, le=_INTEGER)
    currency: str = "EUR"
    aliases: tuple[Name, ...] = ()
    ask_back: str | None = None
    event_type_id: EventTypeId | None = None
    staff: tuple[EventTypeChoice, ...] = ()
    length_options: dict[int, tuple[int, ...]] = Field(default_factory=dict, exclude=True)

    @property
    def is_bookable(self) -> bool:
        """There is something at Cal.com that books it; for anything else somebody calls back."""
        return self.event_type_id is not None or bool(self.staff)


def _service(value: Any) -> Any:
    """A plain string is a service of that name; the key comes from the name where none is given."""
    value = {"name": value} if isinstance(value, str) else value
    if not isinstance(value, dict):
        return value
    names = {
        "duration": "duration_minutes",
        "length": "duration_minutes",
        "length_minutes": "duration_minutes",
    }
    renamed = {names.get(key, key): item for key, item in value.items()}
    return {"key": key_of(str(renamed.get("name", ""))), **renamed}


class SpecialDay(BaseModel):
    """A day that differs from the week: no ``hours`` means closed."""

    model_config = ConfigDict(frozen=True)

    day: date
    hours: tuple[Hours, ...] = ()
    note: str = ""


class Branch(BaseModel):
    """The whole branch. ``version``: the newest wins; milliseconds since 1970 where nobody counted.

    ``phone_number`` in E.164; ``termination_uri`` of a SIP trunk where the number must be imported;
    ``fallback_number`` rings while Retell itself is away; ``assistant_name``: what the agent calls itself.
    ``forwarding_numbers``: lines of the shop that are forwarded to the agent, so never a caller's own.
    ``transfer_hours``: when somebody picks up; where none are given, while it is open.
    By phone one books at least ``booking_notice_minutes`` before and at most ``booking_horizon_days`` ahead.
    How a trunk logs in stays out of here: a branch travels in events, and these are kept and shown.
    What no column holds in a text, NUL and half an emoji, is replaced by U+FFFD.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    company_id: Identifier
    branch_id: Identifier
    version: Version | None = None
    name: Name
    language: Locale = "de-DE"
    timezone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*$")] = (
        "Europe/Berlin"
    )
    address: Annotated[Address, BeforeValidator(_address)] = Address()
    opening_hours: dict[Weekday, tuple[Hours, ...]] = Field(default_factory=dict)
    special_days: tuple[SpecialDay, ...] = ()
    services: tuple[Annotated[Service, BeforeValidator(_service)], ...] = ()
    staff: tuple[StaffMember, ...] = ()
    phone_number: E164 | None = None
    termination_uri: str | None = None
    assistant_name: Name | None = None
    fallback_number: E164 | None = None
    transfer_number: E164 | None = None
    voice_id: str | None = None
    forwarding_numbers: tuple[E164, ...] = ()
    transfer_hours: dict[Weekday, tuple[Hours, ...]] = Field(default_factory=dict)
    booking_notice_minutes: int | None = Field(default=None, ge=0, le=60 * 24 * 30)
    booking_horizon_days: int | None = Field(default=None, ge=1, le=366)
    cancellation_notice_hours: int | None = Field(default=None, ge=0, le=24 * 30)
    emergency_instruction: str | None = None
    notification_email: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        return searchable(value)

    @field_validator("opening_hours", "transfer_hours", mode="before")
    @classmethod
    def _weekdays(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {_weekday(key): _intervals(item) for key, item in value.items()}

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        require_zone(value)
        return value


def require_zone(name: str) -> None:
    """Refuse a time zone that the IANA database does not know.

    Raises:
        ValueError: with the name, which pydantic turns into a field error.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  # 3 ms of import, rarely needed

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone") from error


def key_of(name: str) -> str:
    """``"Waschen & Föhnen"`` → ``waschen-foehnen``: the key by which the agent names a service."""
    plain = name.lower().translate(_UMLAUTS)
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in plain).split()
    return "-".join(words)[:48].strip("-") or "service"


def _weekday(key: object) -> object:
    if isinstance(key, int) or (isinstance(key, str) and key.isdigit() and int(key) < len(WEEKDAYS)):
        return WEEKDAYS[int(key)] if 0 <= int(key) < len(WEEKDAYS) else key
    return _SPOKEN_WEEKDAYS.get(str(key).strip().lower(), key)


def _intervals(value: Any) -> Any:
    """None, an empty value and ``closed`` are a closed day; a single interval needs no list."""
    match value:
        case None | "" | "closed" | "geschlossen":
            return []
        case str():
            return [part.strip() for part in value.split(",")]
        case dict() | [str(), str()] if _is_interval(value):
            return [value]
        case _:
            return value


def _is_interval(value: Any) -> bool:
    # ["09:00", "18:00"] is one interval, ["09:00-12:00", "13:00-18:00"] are two.
    return isinstance(value, dict) or not any("-" in item for item in value)
