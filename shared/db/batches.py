"""How many rows one transaction may hold: bodies have up to 5 MiB, and memory and statements an end."""

from collections.abc import Iterable
from typing import Final, TypeVar

Key = TypeVar("Key")

#: Read, sent and written within the statement's 5 s, some three times over in memory.
BATCH_BYTES: Final = 16 * 1024 * 1024


def within(sizes: Iterable[tuple[Key, int]], most: int = BATCH_BYTES) -> list[Key]:
    """Keys of the first ones that together have at most ``most`` bytes; the first one always."""
    keys: list[Key] = []
    for key, size in sizes:
        most -= size
        if keys and most < 0:
            break
        keys.append(key)
    return keys
