"""What the JSON API answers about requests that ingest refused."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.ops_console.routes.shapes import Items


class RejectedOut(BaseModel):
    """``company_id`` None: the sender is nobody's, or nobody looked; ``path`` says whom it named.

    ``size``: of the whole body in bytes; ``cut``: not all of it was kept, and it cannot be taken in again.
    ``reingested_at``: when it was accepted after all, as ``event_id``.
    """

    id: str
    received_at: datetime
    provider: str
    path: str
    company_id: str | None
    status: int
    reason: str
    size: int
    cut: bool
    reingested_at: datetime | None
    reingested_by: str | None
    event_id: str | None


class RejectedPage(Items[RejectedOut]):
    """``next``: the cursor of what came before these; None: nothing did."""

    next: str | None


class RejectedStory(RejectedOut):
    """``payload``: the parsed body (redacted); ``raw``: the bytes as text where they do not parse."""

    headers: dict[str, Any]
    payload: Any
    raw: str | None


class Reingested(BaseModel):
    """``event_id``: of the event that it became; None for a test ping, which becomes none.

    ``refused``: of several, why this one stays so.
    """

    id: str
    event_id: str | None
    refused: str | None = None


class ReingestWish(BaseModel):
    """At most so many that a request is answered soon; a script asks again for more."""

    ids: list[str] = Field(min_length=1, max_length=50)
