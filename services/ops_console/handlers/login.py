"""Name and password → a session; both kinds of failure take the same time and say the same."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.ops_console.store.operators import Person, Role
from services.ops_console.store.refusals import NotKnownError, TooOftenError

#: Argon2id as RFC 9106 recommends for memory-constrained machines; about 50 ms on one core.
_HASHER: Final = PasswordHasher()
_WINDOW: Final = timedelta(minutes=15)
_MOST_FAILURES: Final = 10
_REFUSED: Final = "login.refused"


class People(Protocol):
    """Operators and their sessions."""

    async def find(self, name: str) -> tuple[Person, str] | None:
        """The person and the hash of the password."""
        ...

    async def open_session(self, name: str, token: str, lasts: timedelta) -> None:
        """Remember a login."""
        ...


class Watch(Protocol):
    """Counts failures."""

    async def note(self, operator: str, action: str, target: str, **details: Any) -> None:
        """Write one down."""
        ...

    async def count(self, action: str, target: str, within: timedelta) -> int:
        """How many there were lately."""
        ...


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Ten failures in a quarter of an hour from one address for one name, then that pair has to wait."""

    people: People
    watch: Watch

    async def __call__(self, name: str, password: str, address: str) -> Person:
        """Who it is.

        Raises:
            NotKnownError: name or password is wrong.
            TooOftenError: too many failures.
        """
        pair = f"login:{name[:100]} from {address}"
        if await self.watch.count(_REFUSED, pair, _WINDOW) >= _MOST_FAILURES:
            raise TooOftenError("Too many failed logins; wait a quarter of an hour.")
        found = await self.people.find(name)
        fits = await asyncio.to_thread(_fits, found[1] if found else _nobody(), password)
        if found is None or not fits:
            await self.watch.note(name[:100], _REFUSED, pair)
            raise NotKnownError("Name or password is wrong.")
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
        await self.people.open_session(person.name, token, self.lasts)
        return token


class Register(Protocol):
    """Where operators are written."""

    async def put(self, name: str, password_hash: str, role: Role | None) -> Role:
        """Add or change."""
        ...


async def add_operator(register: Register, name: str, password: str, role: Role | None) -> Role:
    """Add an operator or change password and role; returns the role that holds now."""
    return await register.put(name, await asyncio.to_thread(_HASHER.hash, password), role)


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
