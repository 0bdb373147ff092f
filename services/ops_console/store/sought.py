"""What somebody types into a search → a pattern of SQL."""

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from services.ops_console.store.refusals import NotSoundError

#: Of fewer a text index has no entry.
SHORTEST: Final = 3
_NUMBER: Final = re.compile(r"[+(]?[\d\s/()+.\-]+")
_WILD: Final = re.compile(r"([\\%_])")


@dataclass(frozen=True, slots=True)
class Sought:
    """A part of a text, or of a phone number: however that is written, +49, 0049 or 0 before it."""

    pattern: str
    is_number: bool

    def anywhere(self, *columns: Any) -> ColumnElement[bool]:
        """In any of the columns, capitals or not."""
        return or_(*(column.ilike(self.pattern, escape="\\") for column in columns))


def sought(text: str, *, shortest: int = SHORTEST) -> Sought:
    """Raises NotSoundError: fewer characters than ``shortest`` would be found everywhere."""
    is_number = _NUMBER.fullmatch(text.strip()) is not None
    wanted = re.sub(r"\D", "", text).lstrip("0") if is_number else text.strip()
    if len(wanted) < shortest:
        raise NotSoundError(f"Search for at least {shortest} characters.")
    plain = _WILD.sub(r"\\\1", wanted)
    return Sought(f"%{plain}%", is_number)
