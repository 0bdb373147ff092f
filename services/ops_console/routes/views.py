"""What the rows of several subjects need to become shapes."""

from dataclasses import asdict
from typing import Any

from services.ops_console.handlers.masking import visible
from services.ops_console.routes.shapes_overview import CircuitOut
from shared.contracts.wire import MalformedJsonError, parse_json, searchable
from shared.db.tables import Base
from shared.resilience.circuit_state import CircuitState


def columns(row: Base) -> dict[str, Any]:
    """What was read of a row, by column."""
    return {key: value for key, value in vars(row).items() if not key.startswith("_")}


def circuit_out(state: CircuitState) -> CircuitOut:
    """A circuit by its name."""
    return CircuitOut(id=state.name, **only(CircuitOut, asdict(state)))


def content_of(body: bytes | None, *, revealed: bool = False) -> tuple[Any, str | None]:
    """(parsed and redacted, None), or (None, the bytes as they are) where they are no JSON."""
    if body is None:
        return None, None
    try:
        return visible(searchable(parse_json(body, max_depth=1000)), revealed=revealed), None
    except MalformedJsonError:
        return None, visible(body.decode(errors="backslashreplace"), revealed=revealed)


def without_stack(error: dict[str, Any]) -> dict[str, Any]:
    """For lists: the stack is long."""
    return {key: value for key, value in error.items() if key != "stack"}


def only(model: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Those that ``model`` has."""
    return {name: fields[name] for name in model.model_fields if name in fields}
