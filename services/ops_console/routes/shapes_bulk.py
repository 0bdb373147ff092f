"""What the JSON API answers about bulk operations, and what it takes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.ops_console.routes.wishes import Chosen, Reason, Strict


class QueueOut(BaseModel):
    """Letters of one queue; ``without_bytes`` and ``taken`` (by another operation) are left out of it."""

    queue: str
    letters: int
    without_bytes: int
    taken: int


class OvertakenOut(BaseModel):
    """Of ``looked_at`` letters: an edit of it was done; the appointment, the call is further already."""

    looked_at: int
    edited: int
    appointment: int
    call: int


class PreflightOut(BaseModel):
    """What was found when it was planned. ``seconds``: how long it takes at best."""

    queues: list[QueueOut]
    overtaken: OvertakenOut
    seconds: float


class ObstacleOut(BaseModel):
    """``circuit`` None: nobody consumes the queue."""

    queue: str
    circuit: str | None


class ProgressOut(BaseModel):
    """Letters by what is known of them; together they are ``total``.

    ``chosen``: not sent yet. ``sent``: on their way, no outcome. ``done``. ``failing``: failed, and wait for
    their redelivery. ``failed``: dead again. ``skipped``: not dead any more when their turn came.
    ``cancelled``: never sent.
    """

    total: int
    chosen: int = 0
    sent: int = 0
    done: int = 0
    failing: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0


class OperationOut(BaseModel):
    """A bulk operation. ``level``: messages a second now; ``waits_for``: open circuits that hold it up.

    ``recent``: (done, failed) of each second of late, the newest last. ``stop``: it stopped itself after so
    many failed of so many.
    """

    id: int
    kind: str
    name: str
    state: str
    reason: str | None
    selection: dict[str, Any]
    patch: list[dict[str, Any]] | None
    rate: float
    threshold: float
    minimum: int
    level: float | None
    progress: ProgressOut
    waits_for: list[str]
    recent: list[tuple[int, int]]
    stop: tuple[int, int] | None
    stop_reason: str | None
    preflight: PreflightOut | None
    created_by: str
    created_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    finished_at: datetime | None


class OperationStory(OperationOut):
    """With what it meets at this moment. ``seconds_left``: at best, from now on."""

    seconds_left: float
    obstacles: list[ObstacleOut]


class ItemOut(BaseModel):
    """A letter of an operation. ``id`` is the dead letter's; ``outcome``: why it failed."""

    id: int
    place: int
    queue: str
    state: str
    failures_before: int | None
    new_event_id: str | None
    outcome: str | None
    sent_at: datetime | None
    checked_at: datetime | None


class OperationWish(Chosen):
    """What to do to which letters. It stops itself when more than ``threshold`` of the last hundred failed.

    ``rate``: per second, reached in steps of 1, 2, 5, 10, …; ``minimum``: failures below which it goes on.
    """

    kind: Literal["replay", "discard", "patch-replay"] = "replay"
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    rate: float = Field(default=50.0, gt=0, le=1000)
    threshold: float = Field(default=0.1, ge=0, le=1)
    minimum: int = Field(default=5, ge=1, le=10_000)
    reason: Reason | None = None
    patch: list[dict[str, Any]] | None = Field(default=None, min_length=1, max_length=100)


class DeedWish(Strict):
    """Why; kept with your name. To confirm or resume, also how carefully from now on."""

    reason: Reason | None = None
    rate: float | None = Field(default=None, gt=0, le=1000)
    threshold: float | None = Field(default=None, ge=0, le=1)
    minimum: int | None = Field(default=None, ge=1, le=10_000)
