"""``/api/queues``, ``/api/circuits``, ``/api/ledger``, ``/api/health``, ``/api/audit``."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter

from services.ops_console.routes.access import Admin, Operator, Viewer
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import CircuitOut, Deed, Items, Limit
from services.ops_console.routes.views import circuit_out, deed
from services.ops_console.routes.wishes import CircuitWish
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotThereError
from shared.contracts.depths import Depth

router = APIRouter(prefix="/api", tags=["operations"])


@router.get("/queues")
async def list_queues(parts: Given, _: Viewer) -> Items[dict[str, Any]]:
    """What each queue holds. ``unacknowledged`` None: the management API is not configured or away."""
    depths = await parts.depths.read()
    return Items(items=[_queue(depths[name]) for name in sorted(depths)])


@router.get("/circuits")
async def list_circuits(parts: Given, _: Viewer) -> Items[CircuitOut]:
    """Every circuit that was ever opened or forced."""
    return Items(items=[circuit_out(state) for state in await parts.circuits.states()])


@router.post("/circuits/{name}/open")
async def open_circuit(name: str, wish: CircuitWish, parts: Given, person: Operator) -> CircuitOut:
    """Refuse calls through it until the time is over or somebody closes it."""
    return await _force(parts, name, "open", wish, person)


@router.post("/circuits/{name}/close")
async def close_circuit(name: str, wish: CircuitWish, parts: Given, person: Operator) -> CircuitOut:
    """Let calls through again: what waits for it is released on a ramp."""
    await _require(parts, name)
    await parts.circuits.force(name, None, person=person.name, reason=wish.reason, until=None)
    await parts.circuits.close(name, by=person.name, reason=wish.reason)
    await parts.audit.note(person.name, "circuit.closed", f"circuit:{name}", reason=wish.reason)
    return circuit_out(await _require(parts, name))


@router.get("/health")
async def show_health(parts: Given, _: Viewer) -> dict[str, Any]:
    """Everything the platform depends on, asked now."""
    view = await parts.look()
    return {
        "status": view.status,
        "dependencies": [asdict(light) for light in view.dependencies],
        "queues": None if view.queues is None else [_queue(depth) for depth in view.queues],
        "recent": view.recent and {**asdict(view.recent), "error_rate": view.recent.error_rate, "minutes": 5},
        "circuits": None if view.circuits is None else [circuit_out(state) for state in view.circuits],
    }


@router.get("/audit")
async def show_audit(parts: Given, _: Admin, limit: Limit = 100) -> Items[Deed]:
    """Who did what."""
    return Items(items=[deed(entry) for entry in await parts.audit.newest(limit)])


async def _force(
    parts: Parts, name: str, state: Literal["open"], wish: CircuitWish, person: Person
) -> CircuitOut:
    until = datetime.now(UTC) + timedelta(minutes=wish.minutes)
    await parts.circuits.force(name, state, person=person.name, reason=wish.reason, until=until)
    await parts.audit.note(person.name, "circuit.opened", f"circuit:{name}", reason=wish.reason)
    return circuit_out(await _require(parts, name))


async def _require(parts: Parts, name: str) -> Any:
    found = next((state for state in await parts.circuits.states() if state.name == name), None)
    if found is None:
        raise NotThereError(f"No circuit {name} was ever opened; askpro circuits shows those there are.")
    return found


def _queue(depth: Depth) -> dict[str, Any]:
    fields = asdict(depth)
    for internal in ("at_most", "leaving"):
        fields.pop(internal)
    return {"id": fields["queue"], **fields}
