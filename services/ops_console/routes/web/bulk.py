"""``/operations``: what is done to many dead letters, planned, begun, watched and interrupted."""

from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.ops_console.handlers.operations import Deed
from services.ops_console.routes.bulk import planned, story
from services.ops_console.routes.choosing import chosen
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes_bulk import DeedWish, OperationStory, OperationWish, ProgressOut
from services.ops_console.routes.views_bulk import item_out, operation_out
from services.ops_console.routes.web.group_patches import patch_of
from services.ops_console.routes.web.listing import PAGE
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Submitted, Visitor
from services.ops_console.store.operations import Bounds
from services.ops_console.store.refusals import NotSoundError

router = APIRouter(include_in_schema=False)
_STATES: Final = ("", *(name for name in ProgressOut.model_fields if name != "total"))
_MINUTE: Final = 60
#: Fields of ``Chosen`` that a page's filters fill.
_CHOOSING: Final = (
    "queue", "company_id", "type", "error", "group", "search", "since", "until", "dead_reason",
)  # fmt: skip
_CAREFULLY: Final = ("reason", "rate", "threshold", "minimum")


@router.get("/operations")
async def operations(request: Request, parts: Given, person: Visitor, before: int | None = None) -> Response:
    """Newest first."""
    rows = [operation_out(row) for row in await parts.operations.list(None, PAGE, before)]
    older = rows[-1].id if len(rows) == PAGE else None
    return render(request, "operations.html", person, rows=rows, filters={}, older=older)


@router.post("/operations/plan")
async def plan(parts: Given, form: ByOperator) -> Response:
    """What a page's filters choose; nothing happens until the plan is confirmed on its own page."""
    return await plan_of(parts, form, form.text("kind") or "replay")


@router.get("/operations/{operation_id}")
async def operation(
    operation_id: int, request: Request, parts: Given, person: Visitor, letters: str = "", after: int = 0
) -> Response:
    """How far it is, and its letters by outcome."""
    return render(
        request,
        "operation.html",
        person,
        **_context(await story(parts, await parts.operations.show(operation_id))),
        **await _letters(parts, operation_id, letters, after),
        states=_STATES,
    )


@router.get("/operations/{operation_id}/live")
async def operation_live(operation_id: int, request: Request, parts: Given, person: Visitor) -> Response:
    """The part of the page that lives while something moves."""
    told = await story(parts, await parts.operations.show(operation_id))
    return render(request, "operation_live.html", person, **_context(told))


@router.get("/operations/{operation_id}/letters")
async def operation_letters(
    operation_id: int, request: Request, parts: Given, person: Visitor, letters: str = "", after: int = 0
) -> Response:
    """Its list of letters, which follows more slowly."""
    told = operation_out(await parts.operations.show(operation_id))
    context = await _letters(parts, operation_id, letters, after)
    return render(request, "operation_letters.html", person, operation=told, **context)


@router.post("/operations/{operation_id}/{deed}")
async def decide(operation_id: int, deed: Deed, parts: Given, form: ByOperator) -> Response:
    """Confirm, pause, resume, cancel."""
    wish = _wish(DeedWish, _said(form, _CAREFULLY))
    bounds = Bounds(wish.rate, wish.threshold, wish.minimum)
    await parts.decide(operation_id, deed, by=form.person.name, reason=wish.reason, bounds=bounds)
    return back_to(f"/operations/{operation_id}", f"operation.{deed}")


async def plan_of(parts: Parts, form: Submitted, kind: str) -> RedirectResponse:
    """Plan what ``form`` chooses, and lead to its page."""
    said = {name: form.text(name) for name in _CHOOSING if form.text(name)}
    patch = {"patch": patch_of(form.text("patch"))} if form.text("patch") else {}
    wish = _wish(OperationWish, {"kind": kind, **said, **_said(form, (*_CAREFULLY, "name")), **patch})
    row = await parts.plan(planned(wish, chosen(wish)), by=form.person.name)
    return RedirectResponse(f"/operations/{row.id}", 303)


async def _letters(parts: Parts, operation_id: int, state: str, start: int) -> dict[str, Any]:
    rows = await parts.operations.items(operation_id, state or None, PAGE, start)
    after = rows[-1].place if len(rows) == PAGE else None
    return {"items": [item_out(row) for row in rows], "shown": state, "start": start, "after": after}


def _context(told: OperationStory) -> dict[str, Any]:
    return {"operation": told, "left": _lasting(told.seconds_left or _planned_seconds(told))}


def _planned_seconds(told: OperationStory) -> float:
    return told.preflight.seconds if told.preflight and told.state == "planned" else 0.0


def _lasting(seconds: float) -> str:
    """Rounded as people say it, in units that both languages write alike."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _MINUTE * _MINUTE:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _MINUTE / _MINUTE:.1f} h"


def _said(form: Submitted, names: tuple[str, ...]) -> dict[str, Any]:
    """What was filled in; a share of failures is written in percent."""
    said: dict[str, Any] = {name: form.text(name) for name in names if form.text(name)}
    try:
        if "threshold" in said:
            said["threshold"] = float(said["threshold"]) / 100
    except ValueError as error:
        raise NotSoundError(f"{said['threshold']!r} is no number.") from error
    return said


def _wish(shape: type[Any], fields: dict[str, Any]) -> Any:
    try:
        return shape.model_validate(fields, strict=False)
    except ValidationError as error:
        problems = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise NotSoundError(problems) from error
