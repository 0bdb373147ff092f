"""``/circuits``: why each is open, what ends that, how many wait; ``/circuits/NAME``: a person's word."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.ops_console.handlers.circuits import CircuitView
from services.ops_console.handlers.patience import or_none
from services.ops_console.routes.endings import ending
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.switching import asked_minutes, minutes_of, why
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.words import Words, language_of
from services.ops_console.store.operators import Person
from shared.resilience.circuit_state import CircuitState

router = APIRouter(include_in_schema=False)
_DEEDS = 10


@router.get("/circuits")
async def circuits(request: Request, parts: Given, person: Visitor, name: str = "") -> Response:
    """All of them; ``name``: to the page of one, also of a key that never failed."""
    if name:
        await parts.switch_circuit.require(name)
        return RedirectResponse(path_of(name), 303)
    return render(request, "circuits.html", person, **await _table(request, parts))


@router.get("/circuits/live")
async def circuits_live(request: Request, parts: Given, person: Visitor) -> Response:
    """The table alone."""
    return render(request, "circuits_table.html", person, **await _table(request, parts))


@router.get("/circuits/{name}")
async def circuit(name: str, request: Request, parts: Given, person: Visitor) -> Response:
    """One, what a person can say of it, and what people have said."""
    return render(request, "circuit.html", person, **await _one(name, request, parts, person))


@router.get("/circuits/{name}/live")
async def circuit_live(name: str, request: Request, parts: Given, person: Visitor) -> Response:
    """How it stands."""
    return render(request, "circuit_live.html", person, **await _one(name, request, parts, person))


@router.post("/circuits/{name}/open")
async def open_circuit(name: str, parts: Given, form: ByOperator) -> Response:
    """Deliveries that need it wait from now on."""
    await parts.switch_circuit.open(name, form.person.name, why(form), minutes_of(form))
    return back_to(path_of(name), "circuit.opened", name)


@router.post("/circuits/{name}/close")
async def close_circuit(name: str, parts: Given, form: ByOperator) -> Response:
    """What waits for it is released on a ramp."""
    await parts.switch_circuit.close(name, form.person.name, why(form), asked_minutes(form))
    return back_to(path_of(name), "closed", name)


@router.post("/circuits/{name}/auto")
async def leave_circuit(name: str, parts: Given, form: ByOperator) -> Response:
    """As the calls decide."""
    await parts.switch_circuit.leave(name, form.person.name, why(form))
    return back_to(path_of(name), "circuit.left", name)


def path_of(name: str) -> str:
    """The page of a circuit."""
    return f"/circuits/{quote(name, safe='')}"


def circuit_rows(views: dict[str, CircuitView], words: Words) -> list[dict[str, Any]]:
    """As a table shows them: those that are open first."""
    ordered = sorted(views.values(), key=lambda view: (not view.is_open, view.state.name))
    return [circuit_row(view, words) for view in ordered]


def circuit_row(view: CircuitView, words: Words) -> dict[str, Any]:
    """One of them."""
    state = view.state
    return {
        "id": state.name,
        "link": path_of(state.name),
        "is_open": view.is_open,
        "forced": state.is_forced,
        "open_since": state.opened_at if view.is_open and not state.is_forced else None,
        "reason": _reason(view),
        "by": state.forced_by if state.is_forced else None,
        "until": state.forced_until if state.is_forced else None,
        "ends": ending(state, words),
        "parked": view.parked,
        "held": view.held,
    }


async def _table(request: Request, parts: Parts) -> dict[str, Any]:
    views = await parts.watch_circuits(await or_none(parts.depths.read()))
    return {"circuits": circuit_rows(views, Words(language_of(request)))}


async def _one(name: str, request: Request, parts: Parts, person: Person) -> dict[str, Any]:
    await parts.switch_circuit.require(name)
    views = await parts.watch_circuits(await or_none(parts.depths.read()))
    view = views.get(name) or CircuitView(CircuitState(name, "credential", "closed", version=0), 0, 0)
    deeds = await parts.audit.of(f"circuit:{name}", _DEEDS) if person.may("operator") else ()
    return {"circuit": circuit_row(view, Words(language_of(request))), "deeds": deeds}


def _reason(view: CircuitView) -> str | None:
    state = view.state
    if state.is_forced:
        return state.forced_reason
    return state.reason if view.is_open else None
