"""What the JSON API answers about edits of dead letters."""

from typing import Any

from pydantic import BaseModel


class FaultOut(BaseModel):
    """``field``: its place in the data, such as ``payload.uid``; empty: the data as a whole."""

    field: str
    message: str


class DiffLine(BaseModel):
    """``kind``: gone, came, same (around a change) or place (what is between is the same)."""

    kind: str
    text: str


class EditOut(BaseModel):
    """How far an edit is; ``id`` is the dead letter's.

    ``step``: 0: nothing is kept yet. ``type``: None: the old message is no event; give data and type.
    ``has_contract``: False: nobody says what such an event needs. ``faults``: what breaks its contract.
    ``patch``: all that was changed, as a JSON Patch. ``before``, ``after``: the data, as it is shown.
    ``locked``: attributes and headers that the copy takes over as they are.
    """

    id: int
    step: int
    type: str | None
    has_contract: bool
    is_changed: bool
    faults: list[FaultOut]
    patch: list[dict[str, Any]]
    diff: list[DiffLine]
    before: Any
    after: Any
    locked: dict[str, Any]


class Edited(BaseModel):
    """The id of the event that replaces the dead letter."""

    id: int
    event_id: str
