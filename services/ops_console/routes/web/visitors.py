"""Who looks at a page; who is not logged in is sent to the login and back."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from services.ops_console.handlers.login import is_csrf_token
from services.ops_console.routes.access import refuse_other_sites, token_of, visitor_of
from services.ops_console.routes.watching import person_or_acquaintance
from services.ops_console.store.operators import Person, Role
from services.ops_console.store.refusals import NotAllowedError
from shared.errors import PermanentError
from shared.observability.context import bind


class LoginNeededError(PermanentError):
    """Nobody is logged in. ``path``: where the visitor wanted to go."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


async def to_login(request: Request, error: Exception) -> Response:
    """The handler of LoginNeededError. A part of a page that is loaded anew sends the whole page there."""
    if "hx-request" in request.headers and "hx-boosted" not in request.headers:
        page = urlsplit(request.headers.get("hx-current-url", ""))
        return Response(status_code=204, headers={"HX-Redirect": f"/login?next={quote(page.path or '/')}"})
    path = error.path if isinstance(error, LoginNeededError) else "/"
    return RedirectResponse(f"/login?next={quote(path)}", 303)


async def _visitor(request: Request) -> Person:
    person = await visitor_of(request)
    if person is None:
        query = f"?{request.url.query}" if request.url.query else ""
        raise LoginNeededError(request.url.path + query if request.method == "GET" else "/")
    bind(operator=person.name)
    return person


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form that was sent from a page of ours, by somebody who may."""

    person: Person
    fields: dict[str, str]

    def text(self, name: str) -> str:
        """A field, empty where it is missing."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class _Form:
    role: Role

    async def __call__(self, request: Request) -> Submitted:
        person = await _visitor(request)
        refuse_other_sites(request)
        form = await request.form()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if not is_csrf_token(token_of(request) or "", fields.get("csrf", "")):
            raise NotAllowedError("This form belongs to another session; go back and load the page again.")
        if not person.may(self.role):
            raise NotAllowedError(f"That takes the role {self.role}; {person.name} is {person.role}.")
        return Submitted(person, fields)


async def _watcher(request: Request) -> Person:
    return await person_or_acquaintance(request, token_of(request) or "", _visitor)


async def _admin(request: Request) -> Person:
    person = await _visitor(request)
    if not person.may("admin"):
        raise NotAllowedError(f"That takes the role admin; {person.name} is {person.role}.")
    return person


AdminVisitor = Annotated[Person, Depends(_admin)]
#: A visitor who is let in while the database is away, if they were a short while ago.
Watcher = Annotated[Person, Depends(_watcher)]
Visitor = Annotated[Person, Depends(_visitor)]
ByOperator = Annotated[Submitted, Depends(_Form("operator"))]
ByAdmin = Annotated[Submitted, Depends(_Form("admin"))]
ByViewer = Annotated[Submitted, Depends(_Form("viewer"))]


def local(path: str) -> str:
    """``path`` if it leads to a page of ours, else ``/``: nobody is sent elsewhere after the login."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
