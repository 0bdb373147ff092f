"""`take`, `skip` and the pagination object of lists."""

from typing import Any

from infra.simulators.calcom.access import Call
from infra.simulators.calcom.errors import validation

_MOST = 250
_USUAL = 100


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = call.query(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        raise validation((name, f"{name} must be a number between {least} and {most}"))
    return int(text)


def page(call: Call, items: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The asked part and the pagination object; 400 for more than 250."""
    take = _number(call, "take", _USUAL, 1, _MOST)
    skip = _number(call, "skip", 0, 0, 10**9)
    part = items[skip : skip + take]
    remaining = max(0, len(items) - skip - len(part))
    pagination = {
        "totalItems": len(items),
        "remainingItems": remaining,
        "returnedItems": len(part),
        "itemsPerPage": take,
        "currentPage": skip // take + 1,
        "totalPages": -(-len(items) // take),
        "hasNextPage": remaining > 0,
        "hasPreviousPage": skip > 0,
    }
    return part, pagination
