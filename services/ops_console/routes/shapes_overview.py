"""What the JSON API answers about queues and circuits."""

from datetime import datetime

from pydantic import BaseModel


class CircuitOut(BaseModel):
    """A circuit; ``id`` is its name. ``forced``: a person's word, until ``forced_until``."""

    id: str
    kind: str
    state: str
    reason: str | None
    company_id: str | None
    opened_at: datetime | None
    rest_left: float | None
    forced: str | None
    forced_by: str | None
    forced_reason: str | None
    forced_until: datetime | None
