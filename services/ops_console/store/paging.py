"""Lists that are walked by key: a page costs the same at any position, and nothing shifts between two pages.

The cursor names the last row that was shown. It is opaque: whoever makes one up is told that it is none.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from services.ops_console.store.refusals import NotSoundError

Row = TypeVar("Row")

#: A cursor of ours has a few dozen characters.
_LONGEST: Final = 1_000
_READ: Final[Mapping[type, Callable[[Any], Any]]] = {
    datetime: lambda value: _aware(datetime.fromisoformat(value)),
    uuid.UUID: uuid.UUID,
    int: lambda value: _of(int, value),
    # Half a surrogate pair is no text that could be sent to the database.
    str: lambda value: _of(str, value).encode().decode(),
}


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of those behind them; None: these were the last."""

    rows: Sequence[Row]
    next: str | None


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of a list: ``columns`` that name a row together and are never null, an index behind them."""

    columns: tuple[InstrumentedAttribute[Any] | ColumnElement[Any], ...]
    descending: bool = True

    def page(self, query: Any, cursor: str | None, limit: int) -> Any:
        """``query`` from behind ``cursor`` on, one row more than ``limit``: it shows whether more follow.

        Raises:
            NotSoundError: the cursor is none of this list.
        """
        order = [column.desc() if self.descending else column.asc() for column in self.columns]
        if cursor is not None:
            key, last = tuple_(*self.columns), tuple_(*self.decoded(cursor), types=self._types())
            query = query.where(key < last if self.descending else key > last)
        return query.order_by(*order).limit(limit + 1)

    def cut(self, rows: Sequence[Row], limit: int) -> Page[Row]:
        """The page of what ``page`` found; rows have the columns as attributes."""
        kept = rows[:limit]
        return Page(kept, self.of_row(kept[-1]) if len(rows) > limit else None)

    def of_row(self, row: Any) -> str:
        """The cursor that stands at ``row``."""
        return self.encoded([getattr(row, str(column.key)) for column in self.columns])

    def encoded(self, values: Sequence[Any]) -> str:
        """The cursor of a key, also of one that no row has: a jump."""
        return base64.urlsafe_b64encode(json.dumps(list(map(_plain, values))).encode()).decode().rstrip("=")

    def decoded(self, cursor: str) -> list[Any]:
        """The key.

        Raises:
            NotSoundError: the cursor is none of this list.
        """
        try:
            values = json.loads(base64.urlsafe_b64decode(cursor[:_LONGEST] + "=" * (-len(cursor) % 4)))
            pairs = zip(self._kinds(), _of(list, values), strict=True)
            return [_READ[kind](value) for kind, value in pairs]
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise NotSoundError(
                "The cursor is none of this list; leave it out for the first page."
            ) from error

    def _kinds(self) -> list[type]:
        return [column.type.python_type for column in self.columns]

    def _types(self) -> list[Any]:
        return [column.type for column in self.columns]


def _plain(value: Any) -> Any:
    match value:
        case int() | str():
            return value
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(value)
    return value


def _of(kind: type[Row], value: Any) -> Row:
    # A bool is an int to Python.
    if type(value) is not kind:
        raise TypeError(value)
    return value
