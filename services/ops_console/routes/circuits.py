"""``/api/circuits``: who is not called at the moment, why, what waits for it, and a person's word on it."""

from fastapi import APIRouter

from services.ops_console.handlers.circuits import CircuitView
from services.ops_console.handlers.patience import or_none
from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.endings import ending
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.shapes_overview import CircuitOut
from services.ops_console.routes.views import circuit_out
from services.ops_console.routes.wishes import CircuitWish, ClosingWish, Reasoned

router = APIRouter(prefix="/api/circuits", tags=["operations"])


class CircuitLine(CircuitOut):
    """``parked``: deliveries that wait for it in the database; ``ends``: what will end its being open.

    ``held``: what the queues hold that need it, 0 while it lets calls through, None where the broker is away.
    """

    parked: int
    held: int | None
    ends: str | None


@router.get("")
async def list_circuits(parts: Given, _: Viewer) -> Items[CircuitLine]:
    """Every dependency's, and each key's that was ever opened or forced, or whose key was changed."""
    views = await parts.watch_circuits(await or_none(parts.depths.read()))
    return Items(items=[_line(view) for view in views.values()])


@router.post("/{name}/open")
async def open_circuit(name: str, wish: CircuitWish, parts: Given, person: Operator) -> CircuitLine:
    """Refuse calls through it until the time is over or somebody closes it.

    A dependency's, a key's of a company that there is, or one that was open before.
    """
    return _line(await parts.switch_circuit.open(name, person.name, wish.reason, wish.minutes))


@router.post("/{name}/close")
async def close_circuit(name: str, wish: ClosingWish, parts: Given, person: Operator) -> CircuitLine:
    """Let calls through again: what waits for it is released on a ramp.

    It opens again when calls fail again; with ``minutes`` not before they are over.
    """
    return _line(await parts.switch_circuit.close(name, person.name, wish.reason, wish.minutes))


@router.post("/{name}/auto")
async def leave_circuit(name: str, wish: Reasoned, parts: Given, person: Operator) -> CircuitLine:
    """Take a person's word back: from now on it is again as the calls decide."""
    return _line(await parts.switch_circuit.leave(name, person.name, wish.reason))


def _line(view: CircuitView) -> CircuitLine:
    fields = circuit_out(view.state).model_dump()
    return CircuitLine(**fields, parked=view.parked, held=view.held, ends=ending(view.state))
