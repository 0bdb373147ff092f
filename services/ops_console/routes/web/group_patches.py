"""``/dead-letters/patch``: one JSON Patch over a group, seen on real members before anything is sent."""

import json
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.ops_console.routes.choosing import chosen
from services.ops_console.routes.group_patches import preview_out
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_patches import PatchWish
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.store.refusals import NotAllowedError, NotSoundError

router = APIRouter(include_in_schema=False)
#: Fields of ``Chosen``, as the lists' forms and links say them.
_FILTERS: Final = (
    "group", "queue", "company_id", "type", "error", "search", "since", "until", "dead_reason",
)  # fmt: skip
_EXAMPLE: Final = '[\n  {"op": "replace", "path": "/start", "value": "2027-03-02T10:00:00+01:00"}\n]'


@router.get("/dead-letters/patch")
async def begin(request: Request, person: Visitor) -> Response:
    """What the filters of the list choose; the patch is still to be written."""
    if not person.may("operator"):
        raise NotAllowedError(f"That takes the role operator; {person.name} is {person.role}.")
    filters = {name: request.query_params[name] for name in _FILTERS if request.query_params.get(name)}
    return render(request, "group_patch.html", person, filters=filters, patch=_EXAMPLE, preview=None)


@router.post("/dead-letters/patch")
async def preview(request: Request, parts: Given, form: ByOperator) -> Response:
    """What it makes of some of them; from here it is handed to an operation, which asks once more."""
    filters = {name: form.text(name) for name in _FILTERS if form.text(name)}
    patch = patch_of(form.text("patch"))
    wish = _wish({**filters, "patch": patch})
    found = preview_out(await parts.preview_patch(chosen(wish), patch))
    text = json.dumps(patch, indent=2, ensure_ascii=False)
    return render(request, "group_patch.html", form.person, filters=filters, patch=text, preview=found)


def _wish(said: dict[str, Any]) -> PatchWish:
    try:
        return PatchWish.model_validate(said)
    except ValidationError as error:
        problems = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise NotSoundError(problems) from error


def patch_of(text: str) -> list[dict[str, Any]]:
    """What was typed, as a list. Raises NotSoundError where it is none."""
    try:
        patch = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotSoundError(f"That is not JSON: {error}") from error
    if not isinstance(patch, list) or not all(isinstance(one, dict) for one in patch):
        raise NotSoundError("A JSON Patch is a list of operations.")
    return patch
