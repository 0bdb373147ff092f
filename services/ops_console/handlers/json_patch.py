"""JSON Patch (RFC 6902): a list of operations on one document, all of them or none."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

#: A person's correction has a handful; each costs a walk through the document.
MOST_OPERATIONS: Final = 1_000
#: Forty copies of the whole into itself would fill the memory.
_LONGEST_COPY: Final = 16_384
_END: Final = "-"


class PatchError(ValueError):
    """``place``: the operation's number, counted from 0; None: the patch as a whole."""

    def __init__(self, reason: str, place: int | None = None) -> None:
        super().__init__(reason if place is None else f"operation {place}: {reason}")
        self.reason = reason
        self.place = place


@dataclass(frozen=True, slots=True)
class Operation:
    """One step. ``source``: ``from`` of move and copy. ``value``: of add, replace and test."""

    op: str
    path: tuple[str, ...]
    source: tuple[str, ...] | None = None
    value: Any = None

    def document(self) -> dict[str, Any]:
        """As RFC 6902 writes it."""
        source = {} if self.source is None else {"from": pointer(self.source)}
        value = {"value": self.value} if self.op in _WITH_VALUE else {}
        return {"op": self.op, "path": pointer(self.path), **source, **value}


def operations_of(patch: Any) -> tuple[Operation, ...]:
    """Raises PatchError where ``patch`` is no JSON Patch."""
    if not isinstance(patch, list):
        raise PatchError("a JSON Patch is a list of operations")
    if len(patch) > MOST_OPERATIONS:
        raise PatchError(f"a patch has at most {MOST_OPERATIONS} operations")
    return tuple(_operation(one, place) for place, one in enumerate(patch))


def applied(document: Any, operations: Sequence[Operation]) -> Any:
    """What becomes of ``document``, which stays as it is. Raises PatchError: nothing is applied then."""
    changed = deepcopy(document)
    for place, operation in enumerate(operations):
        try:
            changed = step(changed, operation)
        except PatchError as error:
            raise PatchError(error.reason, place) from None
    return changed


def step(document: Any, operation: Operation) -> Any:
    """``document`` after one operation; it may be changed in place. Raises PatchError."""
    return _STEPS[operation.op](document, operation)


def found(document: Any, path: Sequence[str]) -> Any:
    """The value at ``path``. Raises PatchError where there is none."""
    value = document
    for depth, name in enumerate(path):
        value = _child(value, name, path[: depth + 1])
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: numbers by value, and ``true`` is not 1."""
    match one, other:
        case (bool(), _) | (_, bool()):
            return one is other
        case dict(), dict():
            return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return bool(one == other)


def pointer(path: Sequence[str]) -> str:
    """RFC 6901: ``/a/b~1c``."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def path_of(text: Any) -> tuple[str, ...]:
    """RFC 6901 read. Raises PatchError where ``text`` is no pointer."""
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f"{text!r} is no path: it begins with / and names each level, such as /start")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in text.split("/")[1:])


def _operation(one: Any, place: int) -> Operation:
    try:
        return _read(one)
    except PatchError as error:
        raise PatchError(error.reason, place) from None


def _read(one: Any) -> Operation:
    if not isinstance(one, dict) or not isinstance(one.get("op"), str) or one["op"] not in _STEPS:
        raise PatchError(f"op is one of {', '.join(_STEPS)}")
    op = one["op"]
    if op in _WITH_VALUE and "value" not in one:
        raise PatchError(f"{op} needs a value")
    source = path_of(one.get("from")) if op in _WITH_SOURCE else None
    path = path_of(one.get("path"))
    if op == "move" and source is not None and path[: len(source)] == source and path != source:
        raise PatchError("nothing can be moved into itself")
    return Operation(op, path, source, one.get("value"))


def _add(document: Any, operation: Operation) -> Any:
    return _inserted(document, operation.path, deepcopy(operation.value))


def _remove(document: Any, operation: Operation) -> Any:
    return _removed(document, operation.path)


def _replace(document: Any, operation: Operation) -> Any:
    found(document, operation.path)
    if not operation.path:
        return deepcopy(operation.value)
    parent, name = found(document, operation.path[:-1]), operation.path[-1]
    parent[int(name) if isinstance(parent, list) else name] = deepcopy(operation.value)
    return document


def _move(document: Any, operation: Operation) -> Any:
    source = operation.source or ()
    value = found(document, source)
    return _inserted(_removed(document, source), operation.path, value)


def _copy(document: Any, operation: Operation) -> Any:
    value = found(document, operation.source or ())
    if len(repr(value)) > _LONGEST_COPY:
        raise PatchError(f"more than {_LONGEST_COPY} characters are not copied")
    return _inserted(document, operation.path, deepcopy(value))


def _test(document: Any, operation: Operation) -> Any:
    if not same(found(document, operation.path), operation.value):
        raise PatchError(f"{pointer(operation.path) or 'the document'} has another value")
    return document


def _inserted(document: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    parent, name = found(document, path[:-1]), path[-1]
    match parent:
        case dict():
            parent[name] = value
        case list():
            parent.insert(len(parent) if name == _END else _index(name, len(parent), path), value)
        case _:
            raise _missing(path)
    return document


def _removed(document: Any, path: Sequence[str]) -> Any:
    found(document, path)
    if not path:
        return None
    parent, name = found(document, path[:-1]), path[-1]
    del parent[int(name) if isinstance(parent, list) else name]
    return document


def _child(value: Any, name: str, path: Sequence[str]) -> Any:
    match value:
        case dict() if name in value:
            return value[name]
        case list():
            return value[_index(name, len(value) - 1, path)]
        case _:
            raise _missing(path)


def _index(name: str, highest: int, path: Sequence[str]) -> int:
    is_number = name.isascii() and name.isdecimal() and (name == "0" or not name.startswith("0"))
    # Not int() first: thousands of digits are none.
    if not is_number or len(name) > len(str(highest)) or int(name) > highest:
        raise _missing(path)
    return int(name)


def _missing(path: Sequence[str]) -> PatchError:
    return PatchError(f"there is nothing at {pointer(path)}")


_STEPS: Final[Mapping[str, Callable[[Any, Operation], Any]]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
_WITH_VALUE: Final = frozenset({"add", "replace", "test"})
_WITH_SOURCE: Final = frozenset({"move", "copy"})
