"""Readers for provider JSON: what is odd becomes None, never an error; what cannot be stored is replaced."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from shared.contracts.wire import searchable

_BIGINT: Final = range(-(2**63), 2**63)
_INT4: Final = range(-(2**31), 2**31)
#: Years that a date and every time zone's offset can hold.
YEARS: Final = range(1970, 9999)


class LenientModel(BaseModel):
    """Every field may be absent, null or of another type; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class CamelModel(LenientModel):
    """``LenientModel`` whose fields are camelCase in JSON."""

    model_config = ConfigDict(alias_generator=to_camel)


def text_of(value: Any) -> str | None:
    """A text without NUL and lone surrogates, stripped; None for an empty one and for anything else."""
    if not isinstance(value, str):
        return None
    cleaned: str = searchable(value)
    return cleaned.strip() or None


def word_of(value: Any) -> str | None:
    """``text_of``, also for numbers: ids come as either."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return text_of(str(value) if is_number else value)


def integer_of(value: Any) -> int | None:
    """An integer that a bigint column can hold, also from digits in a text."""
    if isinstance(value, bool):
        return None
    try:
        number = int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None
    return number if number is not None and number in _BIGINT else None


def int4_of(value: Any) -> int | None:
    """``integer_of``, for a column of four bytes."""
    number = integer_of(value)
    return number if number is not None and number in _INT4 else None


def flag_of(value: Any) -> bool | None:
    """True or False, None for anything else."""
    return value if isinstance(value, bool) else None


def instant_of(value: Any) -> datetime | None:
    """``…Z``, ``….000Z`` or ``…+02:00`` as an aware instant in UTC; without an offset it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        instant = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if instant.year in YEARS else None


def milliseconds_of(value: Any) -> datetime | None:
    """Milliseconds since 1970 as an aware instant."""
    return _since_1970(value, 1000)


def seconds_of(value: Any) -> datetime | None:
    """Seconds since 1970 as an aware instant."""
    return _since_1970(value, 1)


def mapping_of(value: Any) -> dict[str, Any]:
    """A JSON object, empty for anything else."""
    return dict(value) if isinstance(value, Mapping) else {}


def mappings_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON array, empty for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def _since_1970(value: Any, units: int) -> datetime | None:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    try:
        instant = datetime.fromtimestamp(number / units, UTC) if number is not None and number > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
    return instant if instant is not None and instant.year in YEARS else None


Text = Annotated[str | None, BeforeValidator(text_of)]
Word = Annotated[str | None, BeforeValidator(word_of)]
Integer = Annotated[int | None, BeforeValidator(integer_of)]
Int4 = Annotated[int | None, BeforeValidator(int4_of)]
Flag = Annotated[bool | None, BeforeValidator(flag_of)]
Instant = Annotated[datetime | None, BeforeValidator(instant_of)]
Milliseconds = Annotated[datetime | None, BeforeValidator(milliseconds_of)]
Seconds = Annotated[datetime | None, BeforeValidator(seconds_of)]
Mapped = Annotated[dict[str, Any], BeforeValidator(mapping_of)]
