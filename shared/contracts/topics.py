"""Topic patterns of AMQP: ``*`` is one word, ``#`` any number of them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)
def matches(pattern: str, key: str) -> bool:
    """Whether the broker routes ``key`` to a queue bound with ``pattern``."""
    return _matches(pattern.split("."), key.split("."))


def queues_for(routes: Iterable[tuple[str, str]], key: str) -> list[str]:
    """The queues, each once and sorted, whose (queue, pattern) matches ``key``."""
    return sorted({queue for queue, pattern in routes if matches(pattern, key)})


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    if not pattern:
        return not words
    head, rest = pattern[0], pattern[1:]
    if head == "#":
        return any(_matches(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and head in {"*", words[0]} and _matches(rest, words[1:])
