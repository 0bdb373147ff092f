"""``/queues``: what each holds; ``/queues/NAME``: how that was, and a person who pauses it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.queues import QueueView
from services.ops_console.handlers.spans import SPANS
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.queues import queue_of, seconds_since
from services.ops_console.routes.web.charts import Chart, drawn
from services.ops_console.routes.web.rendering import back_to, render
from services.ops_console.routes.web.spoken import age, rate
from services.ops_console.routes.web.switching import minutes_of, why
from services.ops_console.routes.web.visitors import ByOperator, Visitor
from services.ops_console.routes.web.words import Words, language_of
from services.ops_console.store.operators import Person
from shared.contracts.names import pause_of

router = APIRouter(include_in_schema=False)
_DEEDS = 10
#: Series of a queue, and the word above its chart.
_SERIES = (
    ("queue.held", "chart.held"),
    ("queue.arriving", "chart.arriving"),
    ("queue.settled", "chart.settled"),
)


@router.get("/queues")
async def queues(request: Request, parts: Given, person: Visitor) -> Response:
    """What each holds."""
    return render(request, "queues.html", person, **await _table(request, parts))


@router.get("/queues/live")
async def queues_live(request: Request, parts: Given, person: Visitor) -> Response:
    """The table alone."""
    return render(request, "queues_table.html", person, **await _table(request, parts))


@router.get("/queues/{name}")
async def queue(name: str, request: Request, parts: Given, person: Visitor, span: str = "hour") -> Response:
    """One, how it was over the last hour or day, and what people have done to it."""
    return render(request, "queue.html", person, **await _one(name, request, parts, person, span))


@router.get("/queues/{name}/live")
async def queue_live(
    name: str, request: Request, parts: Given, person: Visitor, span: str = "hour"
) -> Response:
    """How it stands."""
    return render(request, "queue_live.html", person, **await _one(name, request, parts, person, span))


@router.post("/queues/{name}/pause")
async def pause_queue(name: str, parts: Given, form: ByOperator) -> Response:
    """Nothing of it is handled until the time is over."""
    await parts.pause_queue.pause(name, form.person.name, why(form), minutes_of(form))
    return back_to(path_of(name), "queue.paused", name)


@router.post("/queues/{name}/resume")
async def resume_queue(name: str, parts: Given, form: ByOperator) -> Response:
    """It goes on at once."""
    await parts.pause_queue.resume(name, form.person.name, why(form))
    return back_to(path_of(name), "queue.resumed", name)


def path_of(name: str) -> str:
    """The page of a queue."""
    return f"/queues/{quote(name, safe='')}"


def queue_rows(views: Sequence[QueueView], words: Words) -> list[dict[str, Any]]:
    """As a table shows them: what is paused first, then what holds most."""
    ordered = sorted(views, key=lambda view: (view.pause is None, -view.depth.held, view.depth.queue))
    return [queue_row(view, words) for view in ordered]


def queue_row(view: QueueView, words: Words) -> dict[str, Any]:
    """One of them."""
    depth, pause = view.depth, view.pause
    return {
        "queue": depth.queue,
        "link": path_of(depth.queue),
        "ready": depth.ready,
        "unacknowledged": depth.unacknowledged,
        "oldest": age(words, seconds_since(view.oldest)),
        "arriving": rate(depth.arriving),
        "settled": rate(depth.settled),
        "consumers": depth.consumers,
        "exact": depth.exact,
        "parked": view.parked,
        "pausable": view.pausable,
        "paused": pause is not None,
        "by": pause and pause.forced_by,
        "reason": pause and pause.forced_reason,
        "until": pause and pause.forced_until,
    }


async def _table(request: Request, parts: Parts) -> dict[str, Any]:
    return {"queues": queue_rows(await parts.watch_queues(), Words(language_of(request)))}


async def _one(name: str, request: Request, parts: Parts, person: Person, span: str) -> dict[str, Any]:
    row = queue_row(await queue_of(parts, name), Words(language_of(request)))
    deeds = await parts.audit.of(pause_of(name), _DEEDS) if person.may("operator") else ()
    charts = [await _chart(parts, series, name, word, span) for series, word in _SERIES]
    return {"queue": row, "charts": charts, "deeds": deeds, "span": span, "page": path_of(name)}


async def _chart(parts: Parts, series: str, label: str, word: str, span: str) -> Chart:
    chosen, now = SPANS.get(span, SPANS["hour"]), datetime.now(UTC)
    points = await parts.samples.line(series, label, now - chosen.length, chosen.step)
    return drawn(word, points, chosen, now)
