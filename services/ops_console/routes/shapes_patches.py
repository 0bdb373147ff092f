"""What the JSON API answers about a patch of many dead letters."""

from typing import Any

from pydantic import BaseModel

from services.ops_console.routes.shapes_edits import DiffLine, FaultOut
from services.ops_console.routes.wishes import Chosen


class PatchWish(Chosen):
    """``patch``: a JSON Patch (RFC 6902) of the data of each, as it is shown."""

    patch: list[dict[str, Any]]


class MemberOut(BaseModel):
    """A dead letter and what the patch makes of it.

    ``verdict``: fits, unfit (``why``), breaks (its contract: ``faults``), unchanged.
    """

    id: int
    company_id: str | None
    verdict: str
    why: str | None
    faults: list[FaultOut]
    diff: list[DiffLine]


class PatchPreview(BaseModel):
    """``found``: how many there are, at most 10,000; ``counts``: of those ``tried``, by verdict.

    ``items``: real ones: the latest, the first, and some between.
    """

    found: int
    tried: int
    counts: dict[str, int]
    items: list[MemberOut]
