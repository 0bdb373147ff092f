"""``/login`` and ``/logout``."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.ops_console.routes.access import address_of, cookie_of, refuse_other_sites, token_of
from services.ops_console.routes.parts import Given
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import ByViewer, local
from services.ops_console.store.refusals import NotKnownError, TooOftenError

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The form."""
    return render(
        request, "login.html", None, next=local(request.query_params.get("next", "/")), problem=None
    )


@router.post("/login")
async def log_in(
    request: Request,
    parts: Given,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002  # the field's name
) -> Response:
    """A session, and on to where the visitor wanted to go."""
    refuse_other_sites(request)
    try:
        token = await parts.log_in(name, password, address_of(request))
    except (NotKnownError, TooOftenError) as error:
        problem = "too_often" if isinstance(error, TooOftenError) else "wrong"
        return render(request, "login.html", None, status=error.status, next=local(next), problem=problem)
    response = RedirectResponse(local(next), 303)
    response.set_cookie(
        cookie_of(request),
        token,
        max_age=parts.session_seconds,
        httponly=True,
        samesite="lax",
        secure=parts.secure,
    )
    return response


@router.post("/logout")
async def log_out(request: Request, parts: Given, _: ByViewer) -> Response:
    """The session ends here and in the database."""
    token = token_of(request) or ""
    parts.acquaintances.forget(token)
    await parts.operators.close_session(token)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(cookie_of(request), secure=parts.secure, httponly=True, samesite="lax")
    return response
