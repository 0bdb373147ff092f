"""``/api/circuits``: who is not called at the moment, why, what waits for it, and a person's word on it."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from fastapi import APIRouter

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.shapes import Items
from services.ops_console.routes.shapes_overview import CircuitOut
from services.ops_console.routes.views import circuit_out
from services.ops_console.routes.wishes import CircuitWish, ClosingWish, Reasoned
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotThereError
from shared.clients.providers import STRIPE_CREDENTIAL
from shared.resilience.circuit_state import CircuitState
from shared.resilience.policies import POLICIES

router = APIRouter(prefix="/api/circuits", tags=["operations"])
#: Each company has a key of its own there.
_WITH_KEYS: Final = ("calcom", "retell")


class CircuitLine(CircuitOut):
    """``parked``: deliveries that wait for it in the database; ``ends``: what will end its being open.

    Deliveries that are held at it stay in their queue: ``unacknowledged`` of ``/api/queues``.
    """

    parked: int
    ends: str | None


@router.get("")
async def list_circuits(parts: Given, _: Viewer) -> Items[CircuitLine]:
    """Every dependency's, and each key's that was ever opened or forced, or whose key was changed."""
    parked = await parts.circuits.parked()
    return Items(items=[_line(state, parked.get(name, 0)) for name, state in (await _states(parts)).items()])


@router.post("/{name}/open")
async def open_circuit(name: str, wish: CircuitWish, parts: Given, person: Operator) -> CircuitLine:
    """Refuse calls through it until the time is over or somebody closes it.

    A dependency's, a key's of a company that there is, or one that was open before.
    """
    await _require(parts, name)
    return await _force(parts, name, "open", wish.minutes, wish.reason, person)


@router.post("/{name}/close")
async def close_circuit(name: str, wish: ClosingWish, parts: Given, person: Operator) -> CircuitLine:
    """Let calls through again: what waits for it is released on a ramp.

    It opens again when calls fail again; with ``minutes`` not before they are over.
    """
    await _require(parts, name)
    if wish.minutes is not None:
        return await _force(parts, name, "closed", wish.minutes, wish.reason, person)
    await parts.circuits.force(name, None, person=person.name, reason=wish.reason, until=None)
    await parts.circuits.close(name, by=person.name, reason=wish.reason)
    return await _noted(parts, name, "circuit.closed", wish.reason, person)


@router.post("/{name}/auto")
async def leave_circuit(name: str, wish: Reasoned, parts: Given, person: Operator) -> CircuitLine:
    """Take a person's word back: from now on it is again as the calls decide."""
    await _require(parts, name)
    await parts.circuits.force(name, None, person=person.name, reason=wish.reason, until=None)
    return await _noted(parts, name, "circuit.left", wish.reason, person)


async def _force(
    parts: Parts, name: str, state: Literal["open", "closed"], minutes: float, reason: str, person: Person
) -> CircuitLine:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    await parts.circuits.force(name, state, person=person.name, reason=reason, until=until)
    deed = "circuit.opened" if state == "open" else "circuit.closed"
    return await _noted(parts, name, deed, reason, person)


async def _noted(parts: Parts, name: str, deed: str, reason: str, person: Person) -> CircuitLine:
    await parts.audit.note(person.name, deed, f"circuit:{name}", reason=reason)
    return _line((await _states(parts))[name], (await parts.circuits.parked()).get(name, 0))


async def _states(parts: Parts) -> dict[str, CircuitState]:
    """By name; a dependency that never opened has no row."""
    rows = {state.name: state for state in await parts.circuits.states()}
    closed = {name: CircuitState(name, "dependency", "closed", version=0) for name in POLICIES}
    return dict(sorted((closed | rows).items()))


async def _require(parts: Parts, name: str) -> None:
    """A typo would become a circuit that no call ever looks at.

    Raises:
        NotThereError: no dependency, no key of a company that there is, and never open before.
    """
    if name == STRIPE_CREDENTIAL or name in await _states(parts):
        return
    provider, _, company_id = name.partition(":")
    if provider not in _WITH_KEYS or not company_id:
        raise NotThereError(
            f"There is no circuit {name}; askpro circuits shows those there are,"
            " and a company's keys are calcom:COMPANY and retell:COMPANY."
        )
    await parts.companies.show(company_id)


def _line(state: CircuitState, parked: int) -> CircuitLine:
    return CircuitLine(**circuit_out(state).model_dump(), parked=parked, ends=_ends(state))


def _ends(state: CircuitState) -> str | None:
    """For a person; None where nothing holds calls back."""
    if state.is_forced:
        until = "" if state.forced_until is None else f" at {state.forced_until:%Y-%m-%d %H:%M} UTC"
        return f"{state.forced_by}'s word ends{until}, or is taken back"
    if state.state == "closed":
        return None
    if state.rest_left is None:
        return "a new key, or a person who closes it"
    if state.kind == "credential":
        return f"by itself in {max(0.0, state.rest_left):.0f} s"
    if (state.probe_left or 0.0) > 0:
        return f"the probe of {state.probe_by}"
    return "the next call, as a probe" if state.rest_left <= 0 else f"a probe in {state.rest_left:.0f} s"
