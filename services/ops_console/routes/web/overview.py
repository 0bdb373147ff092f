"""``/``: is everything well, and how was it over the last hour or day?"""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.ops_console.handlers.health import ERROR_RATE_LIMIT
from services.ops_console.handlers.overview import OverviewView
from services.ops_console.handlers.patience import or_none
from services.ops_console.handlers.spans import SPANS, Span
from services.ops_console.routes.parts import Given, Parts
from services.ops_console.routes.web.charts import Chart, drawn
from services.ops_console.routes.web.circuits import circuit_rows
from services.ops_console.routes.web.queues import queue_rows
from services.ops_console.routes.web.rendering import render
from services.ops_console.routes.web.spoken import percent
from services.ops_console.routes.web.visitors import Watcher
from services.ops_console.routes.web.words import Words, language_of
from shared.contracts.objectives import INGEST

router = APIRouter(include_in_schema=False)
#: Ingest counts by the minute.
_A_MINUTE = timedelta(minutes=1)
#: Series over all labels, the word above its chart, and whether it is a share.
_CHARTS = (
    ("queue.held", "chart.held", False),
    ("error_rate", "chart.error_rate", True),
    ("dead", "chart.dead", False),
)


@router.get("/")
async def overview(request: Request, parts: Given, person: Watcher, span: str = "hour") -> Response:
    """The whole page; the part that lives is loaded anew every few seconds where JavaScript is on."""
    return render(
        request, "overview.html", person, **await _state(request, parts, span, parts.overview.anew())
    )


@router.get("/overview/live")
async def overview_live(request: Request, parts: Given, person: Watcher, span: str = "hour") -> Response:
    """The part that lives."""
    return render(
        request, "overview_live.html", person, **await _state(request, parts, span, parts.overview())
    )


async def _state(
    request: Request, parts: Parts, span: str, looking: Awaitable[OverviewView]
) -> dict[str, Any]:
    words, chosen = Words(language_of(request)), SPANS.get(span, SPANS["hour"])
    view, charts = await asyncio.gather(looking, _charts(parts, chosen))
    return {
        "view": view,
        "charts": charts,
        "span": chosen.name,
        "page": "/",
        "queues": None
        if view.queues is None
        else queue_rows([one for one in view.queues if _tells(one)], words),
        "circuits": None if view.circuits is None else circuit_rows(dict(view.circuits), words),
        "troubles": list(_troubles(view, words)),
        "percent": percent,
        "objective": INGEST,
    }


def _troubles(view: OverviewView, words: Words) -> Iterator[str]:
    """What is behind a verdict that is not well."""
    for light in view.health.dependencies:
        if light.ok is False:
            yield words("trouble.dark", light.name)
    for name, circuit in (view.circuits or {}).items():
        if circuit.is_open:
            yield words("trouble.circuit", name)
    for queue in view.queues or ():
        if queue.pause is not None:
            yield words("trouble.paused", queue.depth.queue)
    if view.health.recent is None:
        yield words("trouble.unread")
    elif view.health.recent.error_rate > ERROR_RATE_LIMIT:
        yield words("trouble.errors", f"{view.health.recent.error_rate * 100:.1f} %")


def _tells(view: Any) -> bool:
    """A queue that is empty, taken care of and not paused says nothing at a first glance."""
    return bool(view.depth.held or view.pause or view.parked or not view.depth.consumers)


async def _charts(parts: Parts, span: Span) -> list[Chart]:
    return [await _drawn(parts, *line, span) for line in _CHARTS] + [await _requests(parts, span)]


async def _drawn(parts: Parts, series: str, word: str, share: bool, span: Span) -> Chart:  # noqa: FBT001  # of a table
    now = datetime.now(UTC)
    points = await or_none(parts.samples.line(series, "", now - span.length, span.step))
    return drawn(word, points or (), span, now, share=share)


async def _requests(parts: Parts, span: Span) -> Chart:
    now, span = datetime.now(UTC), replace(span, step=max(span.step, _A_MINUTE))
    points = await or_none(parts.samples.requests("webhook_ingest", now - span.length, span.step))
    return drawn("chart.requests", points or (), span, now)
