"""What becomes of a circuit's row: pure decisions, apart from the transactions that carry them out."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, extract, func, literal_column, or_

from shared.db.tables import Circuit
from shared.resilience.circuit_state import CircuitState, Forcing, Kind, Opening

INTERVAL: Final[ColumnElement[Any]] = literal_column("interval '1 second'")
#: Whose first part is followed by the company that the key belongs to.
_KEYS: Final = ("calcom:", "retell:")
#: Ours, and a chat's hook: a person's word on them would be lost on a dependency of that name.
_KEYS_OF_NOBODY: Final = ("stripe:", "hook:")


def _left(column: Any) -> Any:
    """Seconds by the database's clock: processes need not agree on the time."""
    return extract("epoch", column - func.clock_timestamp())


COLUMNS: Final = (
    Circuit.name,
    Circuit.kind,
    Circuit.state,
    Circuit.version,
    Circuit.reason,
    Circuit.company_id,
    Circuit.opened_at,
    Circuit.rest_seconds,
    Circuit.probe_by,
    Circuit.forced,
    Circuit.forced_by,
    Circuit.forced_reason,
    Circuit.forced_until,
    _left(Circuit.rest_until).label("rest_left"),
    _left(Circuit.probe_until).label("probe_left"),
    _left(Circuit.forced_until).label("forced_left"),
)

#: A probe may begin: the rest is over, no other probe is on its way, no person says otherwise.
ENDED: Final = (
    Circuit.rest_until <= func.clock_timestamp(),
    or_(Circuit.probe_until.is_(None), Circuit.probe_until <= func.clock_timestamp()),
    or_(Circuit.forced.is_(None), Circuit.forced_until <= func.clock_timestamp()),
)


def state_of(row: Row[Any]) -> CircuitState:
    """A row as the processes know it."""
    values = dict(row._mapping)  # noqa: SLF001  # the documented way to a mapping
    for name in ("rest_left", "probe_left", "forced_left"):
        values[name] = None if values[name] is None else float(values[name])
    return CircuitState(**values)


def told_open(circuit: CircuitState | Row[Any]) -> bool:
    """What was told last. A person's word counts more than what was found, and until its end is told."""
    return bool((circuit.forced or circuit.state) == "open")


def opened(row: Row[Any] | None, opening: Opening) -> dict[str, Any] | None:
    """The columns that change; None where the row says as much already."""
    if opening.probe and row is not None and row.state != "open":
        return None
    if row is None or row.state != "open":
        return {**_rest(opening), "kind": opening.kind, "company_id": opening.company_id} | {
            "state": "open",
            "reason": opening.reason,
            "opened_at": func.clock_timestamp(),
        }
    if opening.kind == "dependency":
        return _rest(opening) if row.probe_by == opening.by else None
    return {**_rest(opening), "reason": opening.reason} if _lasts_longer(row, opening) else None


def _lasts_longer(row: Row[Any], opening: Opening) -> bool:
    if row.rest_left is None:
        return False
    return opening.rest is None or opening.rest > float(row.rest_left)


def _rest(opening: Opening) -> dict[str, Any]:
    until = None if opening.rest is None else func.clock_timestamp() + INTERVAL * opening.rest
    return {"rest_until": until, "rest_seconds": opening.rest, "probe_by": None, "probe_until": None}


def closed(reason: str) -> dict[str, Any]:
    """The columns of a circuit that closes."""
    return {
        "state": "closed",
        "reason": reason[:500],
        "rest_until": None,
        "rest_seconds": None,
        "probe_by": None,
        "probe_until": None,
    }


def forced(forcing: Forcing) -> dict[str, Any]:
    """The columns of a person's word; all empty when it is taken back."""
    holds = forcing.state is not None
    return {
        "forced": forcing.state,
        "forced_by": forcing.person if holds else None,
        "forced_reason": forcing.reason if holds else None,
        "forced_until": forcing.until if holds else None,
    }


def said(row: Row[Any] | None, forcing: Forcing) -> dict[str, Any]:
    """The columns that a person's word changes, with those of what is over with it."""
    over = forcing.closes and row is not None and row.state == "open"
    return forced(forcing) | (closed(f"{forcing.reason} ({forcing.person})") if over else {})


def shown(circuit: CircuitState | Row[Any]) -> dict[str, Any]:
    """What the audit trail keeps of a circuit."""
    until = circuit.forced_until
    return {
        "state": circuit.state,
        "forced": circuit.forced,
        "forced_by": circuit.forced_by,
        "forced_until": None if until is None else until.isoformat(),
    }


def forced_kind(name: str) -> dict[str, Any]:
    """What a row needs besides when a person's word is the first that is heard of a circuit."""
    kind: Kind = "credential" if name.startswith(_KEYS + _KEYS_OF_NOBODY) else "dependency"
    company = name.split(":")[1] if name.startswith(_KEYS) else None
    return {"kind": kind, "state": "closed", "company_id": company}
