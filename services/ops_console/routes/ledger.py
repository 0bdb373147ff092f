"""``/api/ledger``: is every accepted event accounted for? Which is not, and send it again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from services.ops_console.routes.access import Operator, Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Limit
from services.ops_console.routes.wishes import SendAgainWish
from shared.db.tables import Delivery

router = APIRouter(prefix="/api/ledger", tags=["ledger"])


class Straggler(BaseModel):
    """A delivery that has waited since ``updated_at``; ``id`` is its event's."""

    id: str
    queue: str
    event_type: str | None
    company_id: str | None
    attempt: int
    first_seen_at: datetime
    updated_at: datetime


class MissingOut(BaseModel):
    """``unaccounted`` of the ``items`` are nowhere, the others merely late."""

    unaccounted: int
    items: list[Straggler]


class Again(BaseModel):
    """``items`` are on their way; ``lost`` are dead letters now, for nobody has their bytes."""

    count: int
    items: list[dict[str, str]]
    lost: list[dict[str, str]]


@router.get("")
async def show_ledger(parts: Given, _: Viewer, since: AwareDatetime | None = None) -> dict[str, Any]:
    """Every accepted event is in each of its queues in exactly one state; the rest is ``unaccounted``.

    ``since``: only what was accepted from then on. The broker counts every 5 s: only what is unaccounted
    in two readings that far apart is lost.
    """
    view = asdict(await parts.keep_ledger(since))
    view.pop("short")
    return {**view, "items": [{"id": line["queue"], **line} for line in view.pop("queues")]}


@router.get("/missing")
async def list_missing(parts: Given, _: Viewer, limit: Limit = 1000) -> MissingOut:
    """Who may be lost: what is overdue in each queue of which the broker holds too few."""
    view, rows = await parts.find_missing(limit)
    return MissingOut(unaccounted=view.unaccounted, items=[_straggler(row) for row in rows])


@router.post("/send-again")
async def send_missing_again(wish: SendAgainWish, parts: Given, person: Operator) -> Again:
    """Send them again from the event log, under their ids: what was done already is not done twice."""
    again = await parts.send_missing(
        wish.queue, wish.ids, by=person.name, per_second=wish.per_second, reason=wish.reason
    )
    return Again(count=len(again.sent), items=_items(again.sent), lost=_items(again.lost))


def _items(ids: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"id": event_id, "queue": queue} for queue, event_id in ids]


def _straggler(row: Delivery) -> Straggler:
    return Straggler(
        id=row.event_id,
        queue=row.queue,
        event_type=row.event_type,
        company_id=row.company_id,
        attempt=row.attempt,
        first_seen_at=row.first_seen_at,
        updated_at=row.updated_at,
    )
