"""What the JSON API answers about people's deeds."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class AuditOut(BaseModel):
    """A deed. ``before``, ``after``: what it changed; None where it changed nothing that is told."""

    id: int
    at: datetime
    operator: str
    action: str
    target: str
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
