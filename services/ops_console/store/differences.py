"""Two documents → what is told of a change: only what is not in both."""

from collections.abc import Iterator
from typing import Any, Final

_NOTHING: Final = object()


def changes(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON pointer → value of every leaf that is not in both, as it was and as it is."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return (
        {place: value for place, value in old.items() if _differs(value, new.get(place, _NOTHING))},
        {place: value for place, value in new.items() if _differs(value, old.get(place, _NOTHING))},
    )


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """JSON pointer and value of everything that has nothing below it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not value or not isinstance(value, dict | list):
        yield path, value
    for name, item in items:
        yield from leaves(item, f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}")


def _differs(one: Any, other: Any) -> bool:
    # By their texts: to Python 1 and True are one.
    return repr(one) != repr(other)
