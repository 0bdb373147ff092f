"""Who is asking: by HTTP Basic or by a session's cookie; and may that person do this?"""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from services.ops_console.handlers.login import is_csrf_token
from services.ops_console.routes.parts import parts_of
from services.ops_console.store.operators import Person, Role
from services.ops_console.store.refusals import NotAllowedError, NotKnownError
from shared.observability.context import bind

_COOKIE: Final = "askpro_session"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def person_of(request: Request) -> Person:
    """Who is asking.

    Raises:
        NotKnownError: nobody is logged in, or name and password do not fit.
        TooOftenError: too many failed logins.
        NotAllowedError: another site made this browser ask.
    """
    parts = parts_of(request)
    refuse_other_sites(request)
    if (header := request.headers.get("authorization")) is not None:
        name, password = _basic(header)
        person = await parts.authenticate(name, password, address_of(request))
        parts.acquaintances.met(header, person)
    else:
        person = await _of_session(request)
    bind(operator=person.name)
    return person


async def visitor_of(request: Request) -> Person | None:
    """Who looks at a page, None where nobody is logged in."""
    token = token_of(request)
    return await _holder(token, request) if token else None


def cookie_of(request: Request) -> str:
    """The session's cookie. Behind https no other host of the domain can set one of that name."""
    return f"__Host-{_COOKIE}" if parts_of(request).secure else _COOKIE


def token_of(request: Request) -> str | None:
    """The session's token."""
    return request.cookies.get(cookie_of(request))


def refuse_other_sites(request: Request) -> None:
    """Raises NotAllowedError where a browser says that another site is behind a change."""
    if request.method not in _SAFE and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise NotAllowedError("Another site may not do that.")


def address_of(request: Request) -> str:
    """Of the other end of the connection; what a header claims is not believed."""
    return request.client.host if request.client else "unknown"


@dataclass(frozen=True, slots=True)
class Require:
    """A dependency: the person, if the role is enough."""

    role: Role

    async def __call__(self, request: Request) -> Person:
        """Raises NotAllowedError, and what ``person_of`` raises."""
        person = await person_of(request)
        if not person.may(self.role):
            raise NotAllowedError(f"That takes the role {self.role}; {person.name} is {person.role}.")
        return person


Viewer = Annotated[Person, Depends(Require("viewer"))]
Operator = Annotated[Person, Depends(Require("operator"))]
Admin = Annotated[Person, Depends(Require("admin"))]


async def _of_session(request: Request) -> Person:
    token = token_of(request)
    person = await _holder(token, request) if token else None
    if token is None or person is None:
        raise NotKnownError("Log in, or send name and password by HTTP Basic.")
    if request.method not in _SAFE and not is_csrf_token(token, request.headers.get(CSRF_HEADER, "")):
        raise NotAllowedError(f"The header {CSRF_HEADER} is missing or belongs to another session.")
    return person


async def _holder(token: str, request: Request) -> Person | None:
    parts = parts_of(request)
    person = await parts.operators.of_session(token, used=not _asks_by_itself(request))
    if person is None:
        parts.acquaintances.forget(token)
    else:
        parts.acquaintances.met(token, person)
    return person


def _asks_by_itself(request: Request) -> bool:
    """A part of a page that is loaded anew every few seconds: nobody need be there."""
    return request.method == "GET" and "hx-request" in request.headers and "hx-boosted" not in request.headers


def _basic(header: str) -> tuple[str, str]:
    scheme, _, word = header.partition(" ")
    try:
        name, colon, password = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        scheme, name, colon, password = "", "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise NotKnownError("Send name and password by HTTP Basic.")
    return name, password
