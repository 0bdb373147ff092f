"""Who was let in a short while ago: whoever asks whether the database is away cannot be looked up in it."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeVar

from services.ops_console.store.operators import Person

#: As long as a change of the password or the role may go unnoticed on the health page.
_KEPT_SECONDS: Final = 300.0
#: Nothing else counts failures while the database is away; as many as it would let through.
_MOST_MISSES: Final = 10
_MISSES_SECONDS: Final = 900.0
#: Made-up names and addresses must not fill the memory.
_MOST: Final = 1_000

T = TypeVar("T")


class Acquaintances:
    """Of this process, in memory. Kept by an HMAC under a key of its own: no password, no cookie is in it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._people: OrderedDict[bytes, tuple[Person, float]] = OrderedDict()
        self._misses: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def met(self, shown: str, person: Person) -> None:
        """The database has just confirmed who showed this (a header, a cookie)."""
        _put(self._people, self._hash(shown), (person, self._clock() + _KEPT_SECONDS))

    def forget(self, shown: str) -> None:
        """Logged out, or no longer known."""
        self._people.pop(self._hash(shown), None)

    def recall(self, shown: str, address: str) -> Person | None:
        """Who showed this in the last five minutes; None also for an address that guessed too often."""
        misses, until = self._misses.get(address, (0, 0.0))
        if until < self._clock():
            misses, until = 0, self._clock() + _MISSES_SECONDS
        person, known_until = self._people.get(self._hash(shown), (None, 0.0))
        if misses >= _MOST_MISSES:
            return None
        if person is None or known_until < self._clock():
            _put(self._misses, address, (misses + 1, until))
            return None
        return person

    def _hash(self, shown: str) -> bytes:
        return hmac.new(self._key, shown.encode(errors="surrogateescape"), hashlib.sha256).digest()


Key = TypeVar("Key")


def _put(table: OrderedDict[Key, T], key: Key, value: T) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > _MOST:
        table.popitem(last=False)
