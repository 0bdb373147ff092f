"""A person's correction of a document that was shown with parts hidden: what is hidden stays as it is."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from services.ops_console.handlers.json_patch import Operation, PatchError, found, pointer, same, step
from services.ops_console.handlers.masking import is_marked

#: Of what is between the same beginning and end: finding out what moved costs the product of both lengths.
_LONGEST_COMPARED: Final = 500
_READS: Final = frozenset({"test", "copy", "move"})
_NOTHING: Final = object()


class HiddenError(PatchError):
    """It asks for something that is not shown: nobody can say what it stands for, and nobody is told."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A document and how it was shown: the same but for what is hidden."""

    true: Any
    shown: Any

    def after(self, operations: Sequence[Operation]) -> "Sight":
        """Both with ``operations`` applied; a new value is shown as it was written.

        Raises:
            PatchError: an operation does not fit, or reads, or leads through, what is hidden.
        """
        sight = Sight(deepcopy(self.true), deepcopy(self.shown))
        for place, operation in enumerate(operations):
            try:
                sight = sight._step(operation)
            except PatchError as error:
                raise type(error)(error.reason, place) from None
        return sight

    def _step(self, operation: Operation) -> "Sight":
        if is_marked(operation.value):
            raise HiddenError("a value stands for something that is not shown")
        shown = step(self.shown, operation) if operation.op not in _READS else None
        if operation.op in _READS:
            self._read(operation)
            shown = step(self.shown, operation)
        return Sight(step(self.true, operation), shown)

    def _read(self, operation: Operation) -> None:
        source = operation.path if operation.source is None else operation.source
        is_shown = same(found(self.shown, source), found(self.true, source))
        if not is_shown and not self._stays_in_its_list(operation):
            raise HiddenError(f"what is at {pointer(source)} is not shown")

    def _stays_in_its_list(self, operation: Operation) -> bool:
        """What only changes its place is hidden by the same names as before."""
        source = operation.source
        if source is None or source[:-1] != operation.path[:-1]:
            return False
        return bool(source) and isinstance(found(self.true, source[:-1]), list)


def differences(sight: Sight, after: Any, path: tuple[str, ...] = ()) -> Iterator[Operation]:
    """What turns ``sight.shown`` into ``after``, as operations that fit ``sight.true`` too.

    Raises:
        HiddenError: elements of a list look alike and are not, and it cannot be told which of them is meant.
    """
    match sight.shown, after:
        case dict(), dict():
            yield from _of_objects(sight, after, path)
        case list(), list():
            yield from _of_lists(sight, after, path)
        case shown, _ if not same(shown, after):
            yield Operation("replace", path, value=after)


def _of_objects(sight: Sight, after: dict[str, Any], path: tuple[str, ...]) -> Iterator[Operation]:
    for key in sight.shown:
        if key not in after:
            yield Operation("remove", (*path, key))
    for key, item in after.items():
        if key in sight.shown:
            yield from differences(_inside(sight, key), item, (*path, key))
        else:
            yield Operation("add", (*path, key), value=item)


def _of_lists(sight: Sight, after: list[Any], path: tuple[str, ...]) -> Iterator[Operation]:
    """From the end to the beginning, so that places stay what they are."""
    for first, last, others in reversed(list(_stretches(sight, after))):
        pairs = list(zip_longest(range(first, last), others, fillvalue=_NOTHING))
        for offset, (place, item) in reversed(list(enumerate(pairs))):
            here = (*path, str(first + offset))
            if place is _NOTHING:
                yield Operation("add", (*path, str(last)), value=item)
            elif item is _NOTHING:
                yield Operation("remove", here)
            else:
                yield from differences(_inside(sight, first + offset), item, here)


def _stretches(sight: Sight, after: list[Any]) -> Iterator[tuple[int, int, list[Any]]]:
    """(from, to, what stands there now) of each stretch that changed."""
    if _is_in_place(sight.shown, after):
        yield 0, len(after), after
        return
    before, now = [repr(item) for item in sight.shown], [repr(item) for item in after]
    head = _alike(before, now)
    tail = _alike(before[head:][::-1], now[head:][::-1])
    middle, put = before[head : len(before) - tail], now[head : len(now) - tail]
    if max(len(middle), len(put)) > _LONGEST_COMPARED:
        raise HiddenError("a list that long is corrected by a JSON Patch, which names the places")
    for tag, first, last, start, end in SequenceMatcher(None, middle, put, autojunk=False).get_opcodes():
        if tag != "equal":
            for place in range(head + first, head + last):
                _require_distinct(sight, before, place)
            yield head + first, head + last, after[head + start : head + end]


def _alike(one: list[str], other: list[str]) -> int:
    """How many they have in common at the beginning."""
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
                min(len(one), len(other)))  # fmt: skip


def _is_in_place(shown: list[Any], after: list[Any]) -> bool:
    """As many as before, and none that was there stands at another place."""
    if len(shown) != len(after):
        return False
    changed = [item for item, other in zip(after, shown, strict=True) if not same(item, other)]
    were_there = set(map(repr, shown))
    return not any(is_marked(item) and repr(item) in were_there for item in changed)


def _require_distinct(sight: Sight, before: list[str], place: int) -> None:
    alike = [other for other, text in enumerate(before) if text == before[place]]
    if not all(same(sight.true[place], sight.true[other]) for other in alike):
        raise HiddenError("these elements look alike and are not: say which by a JSON Patch")


def _inside(sight: Sight, key: Any) -> Sight:
    """Below a part that is hidden whole there is nothing to compare with."""
    true = sight.true[key] if isinstance(sight.true, dict | list) else None
    return Sight(true, sight.shown[key])
