"""Which of the named days the caller does not want: a word that is overlooked here books the wrong day."""

import re
from dataclasses import dataclass
from typing import Final

_ATOM: Final = r"@\d+@"
#: Between a word such as "nicht" or "ab" and its day.
TO: Final = r"(?:(?:am|an|den|dem|der|im|in|auf|zum|gleich|schon|erst|mehr|noch|unbedingt|on|the) )*"
#: Expressions beside each other are about one day, or are listed.
#: Each separator can be read in one way only: with two, a long list took minutes.
GROUP: Final = rf"{_ATOM}(?:(?: ?, ?| (?:und |oder |or |and )?|){TO}{_ATOM})*"
_NOT: Final = r"(?:nicht|kein\w*|außer|ohne|bloß nicht|nur nicht|nie|not|except|no|never)"
_BEFORE: Final = re.compile(rf"\b{_NOT} {TO}({GROUP})")
_INSTEAD: Final = re.compile(rf"\b(?:anstatt|statt|anstelle|instead of) {TO}({_ATOM})")
_MOVED: Final = re.compile(rf"\b(?:von|vom|from) {TO}({_ATOM})(?= (?:auf|to) {TO}@)")
_ANY_NOT: Final = re.compile(
    r"\b(?:nicht|nie|niemals|kein\w*|außer|ohne|weder|schlecht|ungern|ungünstig|unmöglich|schwierig|doof|blöd|"
    r"arbeiten|urlaub|verreist|verhindert|weg|belegt|not|except|never|can't|cannot|don't|doesn't|won't|neither|"
    r"away|no(?= @))\b"
)
#: "Not before" is from, "not after" is until: no negation of a day.
_BOUNDS: Final = (
    (re.compile(r"\b(?:anything|everything|any day) but\b"), "except"),
    (re.compile(r"\bnicht (?:vor|früher als)\b|\bnot before\b"), "ab"),
    (re.compile(r"\bnicht (?:nach|später als)\b|\bnot (?:after|later than)\b"), "bis"),
)
#: Where one statement ends. A comma between two expressions of one day parts nothing.
_END: Final = re.compile(
    rf"[.;!?]+|,(?! ?{TO}@)|\b(?:sondern|aber|lieber|besser|dann|dafür|eher|but|rather|instead)\b"
)
_NUMBER: Final = re.compile(r"@(\d+)@")


@dataclass(frozen=True, slots=True)
class Parted:
    """``text``: what is left of the wish. ``refused``: marks of what is not wanted.

    ``unclear``: something is not wanted, and the words do not say what.
    """

    text: str
    refused: frozenset[int]
    unclear: bool = False


def part(text: str) -> Parted:
    """Marks in ``text`` that stand under a "not", and the text without them."""
    for pattern, written in _BOUNDS:
        text = pattern.sub(written, text)
    kept: list[str] = []
    refused: set[int] = set()
    unclear = False
    for statement in _END.split(text):
        left, without = _of_statement(statement)
        kept.append(left)
        refused |= without
        unclear = unclear or (not without and _ANY_NOT.search(left) is not None)
    return Parted(" ; ".join(kept), frozenset(refused), unclear)


def marks(text: str) -> list[int]:
    """In the order they stand."""
    return [int(number) for number in _NUMBER.findall(text)]


def _of_statement(statement: str) -> tuple[str, set[int]]:
    refused: set[int] = set()
    for pattern in (_INSTEAD, _MOVED):
        refused |= _named(pattern, statement)
        statement = pattern.sub(" ", statement)
    before = _BEFORE.search(statement)
    if before is not None and not marks(statement[: before.start()]):
        refused |= set(marks(before[1]))
        statement = statement[: before.start()] + statement[before.end() :]
    if _ANY_NOT.search(statement):
        # "Dienstag nicht Mittwoch": whatever stands there may be what is not wanted.
        return (_NUMBER.sub(" ", statement) if marks(statement) else statement), refused | set(
            marks(statement)
        )
    return statement, refused


def _named(pattern: re.Pattern[str], statement: str) -> set[int]:
    return {number for match in pattern.finditer(statement) for number in marks(match[1])}
