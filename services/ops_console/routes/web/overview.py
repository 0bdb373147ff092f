"""``/``: is everything well? And the circuits that a person may close."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.patience import or_none
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.views import circuit_out
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.visitors import ByOperator, Watcher
from services.ops_console.store.dead_letters import Selection

router = APIRouter(include_in_schema=False)


@router.get("/")
async def overview(request: Request, parts: Given, person: Watcher) -> Response:
    """The whole page; the part that lives is loaded anew every ten seconds where JavaScript is on."""
    return render(request, "overview.html", person, **await _state(parts))


@router.get("/overview/live")
async def overview_live(request: Request, parts: Given, person: Watcher) -> Response:
    """The part that lives."""
    return render(request, "overview_live.html", person, **await _state(parts))


@router.post("/circuits/{name}/close")
async def close_circuit(name: str, parts: Given, form: ByOperator) -> Response:
    """What waits for it is released on a ramp."""
    reason = form.text("reason") or "closed in the console"
    await parts.circuits.force(name, None, person=form.person.name, reason=reason, until=None)
    await parts.circuits.close(name, by=form.person.name, reason=reason)
    await parts.audit.note(form.person.name, "circuit.closed", f"circuit:{name}", reason=reason)
    return back_to("/", "closed", name)


async def _state(parts: Parts) -> dict[str, Any]:
    health, dead, ledger = await asyncio.gather(
        parts.look(), or_none(parts.dead_letters.count(Selection())), or_none(parts.keep_ledger())
    )
    circuits = None if health.circuits is None else [circuit_out(state) for state in health.circuits]
    return {"health": health, "dead": dead, "ledger": ledger, "circuits": circuits}
