"""Name and password → a session; both kinds of failure take the same time and say the same."""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.ops_console.store.operators import Person, Role
from services.ops_console.store.refusals import NotKnownError

#: Argon2id as RFC 9106 recommends for memory-constrained machines; about 50 ms on one core, and 64 MiB.
_HASHER: Final = PasswordHasher()
#: So much of it at a time that the process has breath for everything else.
_AT_ONCE: Final = 2
#: Commands and scripts send their password with each request.
_MOST_VERIFIED: Final = 1_000


class People(Protocol):
    """Operators and their sessions."""

    async def find(self, name: str) -> tuple[Person, str] | None:
        """The person and the hash of the password."""
        ...

    async def open_session(self, name: str, token: str, lasts: timedelta, address: str) -> None:
        """Remember a login."""
        ...


class Watch(Protocol):
    """Counts failures."""

    async def begin(self, name: str, address: str) -> int:
        """Count one before it is known to be one. Raises TooOftenError."""
        ...

    async def succeeded(self, attempt: int) -> None:
        """It was none."""
        ...


class Verified:
    """Which password fitted which hash, in memory, under a key of its own: neither of them is in it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def add(self, password_hash: str, password: str) -> None:
        """It fits."""
        self._seen[self._mark(password_hash, password)] = None
        while len(self._seen) > _MOST_VERIFIED:
            self._seen.popitem(last=False)

    def knows(self, password_hash: str, password: str) -> bool:
        """Whether it was found to fit; another password or another hash is another question."""
        return self._mark(password_hash, password) in self._seen

    def _mark(self, password_hash: str, password: str) -> bytes:
        whole = f"{password_hash}\n{password}".encode(errors="surrogatepass")
        return hmac.new(self._key, whole, hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Counted before it is looked at, so that a hundred attempts at once are no way around the limits."""

    people: People
    watch: Watch
    verified: Verified = field(default_factory=Verified)
    _door: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def __call__(self, name: str, password: str, address: str) -> Person:
        """Who it is.

        Raises:
            NotKnownError: name or password is wrong.
            TooOftenError: too many failures.
        """
        found = await self.people.find(name)
        if found is not None and self.verified.knows(found[1], password):
            return found[0]
        # The door also keeps connections to the database free for those who are in.
        async with self._door:
            attempt = await self.watch.begin(name, address)
            fits = await asyncio.to_thread(_fits, found[1] if found else _nobody(), password)
            if found is None or not fits:
                raise NotKnownError("Name or password is wrong.")
            await self.watch.succeeded(attempt)
        self.verified.add(found[1], password)
        return found[0]


@dataclass(frozen=True, slots=True)
class LogIn:
    """A session lasts ``lasts``; its cookie is 256 random bits, of which only the hash is kept."""

    authenticate: Authenticate
    people: People
    lasts: timedelta

    async def __call__(self, name: str, password: str, address: str) -> str:
        """The session's token. Raises what ``Authenticate`` raises."""
        person = await self.authenticate(name, password, address)
        token = secrets.token_urlsafe(32)
        await self.people.open_session(person.name, token, self.lasts, address)
        return token


class Register(Protocol):
    """Where operators are written."""

    async def put(self, name: str, password_hash: str, role: Role | None, by: str) -> Role:
        """Add or change."""
        ...


async def add_operator(
    register: Register, name: str, password: str, role: Role | None, by: str = "askpro"
) -> Role:
    """Add an operator or change password and role; returns the role that holds now."""
    return await register.put(name, await asyncio.to_thread(_HASHER.hash, password), role, by)


def csrf_token(session_token: str) -> str:
    """What a form of this session carries; nobody who lacks the cookie can compute it."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(session_token: str, given: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(csrf_token(session_token).encode(), given.encode(errors="replace"))


@cache
def _nobody() -> str:
    """Verified where there is no such person, so that the time does not tell."""
    return _HASHER.hash(secrets.token_hex(16))


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
