"""``/api/objectives``, ``/api/samples``: how ingest keeps its promise, and the figures as they were."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from services.ops_console.handlers.objectives import Score
from services.ops_console.handlers.spans import SPANS
from services.ops_console.routes.access import Viewer
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes import Items

router = APIRouter(prefix="/api", tags=["operations"])


class ScoreOut(BaseModel):
    """Of a span: requests, those with a 5xx, those that came too late; shares from 0 to 1, None without any.

    ``*_left``: the share of what may fail that is left, below 0 when it is overdrawn.
    """

    id: str
    total: int
    failed: int
    slow: int
    available: float | None
    prompt: float | None
    available_left: float | None
    prompt_left: float | None


class PointOut(BaseModel):
    """The mean of a while that began at ``at``."""

    id: datetime
    at: datetime
    value: float


@router.get("/objectives")
async def show_objectives(parts: Given, _: Viewer) -> Items[ScoreOut]:
    """What ingest answered over an hour, a day and 30 days: 99.9 % without a 5xx, 99 % within 1.5 s."""
    return Items(items=[_score(name, score) for name, score in (await parts.scores()).items()])


@router.get("/samples")
async def list_samples(
    series: str, parts: Given, _: Viewer, label: str = "", span: Literal["hour", "day"] = "hour"
) -> Items[PointOut]:
    """One point for each half minute of the last hour, or each ten minutes of the last day, where measured.

    ``series``: queue.held, queue.arriving, queue.settled, error_rate, dead, circuits.open, light. ``label``:
    a queue's or a dependency's name; without it all together, where that makes sense.
    """
    chosen, now = SPANS[span], datetime.now(UTC)
    points = await parts.samples.line(series, label, now - chosen.length, chosen.step)
    return Items(items=[PointOut(id=point.at, at=point.at, value=point.value) for point in points])


def _score(name: str, score: Score) -> ScoreOut:
    shares = {key: value for key, value in asdict(score).items() if key != "answered"}
    return ScoreOut(id=name, **asdict(score.answered), **shares)
