"""Answered requests are counted by the minute, whatever becomes of the place where that is written down."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.observability.request_minutes import CountRequests, MinuteCount, RequestMinutes

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_minute_is_whole_each_time_it_is_taken_and_gone_once_it_is_over_and_saved() -> None:
    clock = Clock()
    minutes = RequestMinutes(clock=clock)
    minutes.note(failed=False, slow=True)
    minutes.saved(minutes.unsaved())
    assert minutes.unsaved() == []
    minutes.note(failed=True, slow=False)
    assert minutes.unsaved() == [MinuteCount(NOON, total=2, failed=1, slow=1)]
    clock.now += timedelta(minutes=1)
    minutes.saved(minutes.unsaved())
    assert minutes.unsaved() == []
    assert minutes._counts == {}


def test_what_could_not_be_saved_goes_on_counting_for_a_day_and_not_longer() -> None:
    clock = Clock()
    minutes = RequestMinutes(clock=clock)
    for _ in range(24 * 60 + 10):
        minutes.note(failed=False, slow=False)
        clock.now += timedelta(minutes=1)
    unsaved = minutes.unsaved()
    assert len(unsaved) == 24 * 60
    assert unsaved[0].minute == NOON + timedelta(minutes=10)


async def _answer(request: Request) -> Response:
    if "raise" in request.query_params:
        raise ValueError("a bug")
    return Response(status_code=int(request.query_params["status"]))


@pytest.mark.parametrize(
    ("query", "failed"), [("status=202", 0), ("status=404", 0), ("status=503", 1), ("raise=1", 1)]
)
async def test_what_fails_is_what_is_answered_with_a_5xx_or_not_at_all(query: str, failed: int) -> None:
    minutes = RequestMinutes(clock=Clock())
    counting = Middleware(CountRequests, minutes=minutes, paths=("/webhooks/",), seconds=60.0)
    routes = [Route("/webhooks/{who}", _answer), Route("/health/live", _answer)]
    app = Starlette(routes=routes, middleware=[counting])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
        await client.get(f"/webhooks/calcom?{query}")
        await client.get(f"/health/live?{query}")
    assert minutes.unsaved() == [MinuteCount(NOON, total=1, failed=failed)]


async def test_an_answer_that_comes_later_than_the_objective_is_slow() -> None:
    minutes = RequestMinutes(clock=Clock())
    counting = Middleware(CountRequests, minutes=minutes, paths=("/",), seconds=0.0)
    app = Starlette(routes=[Route("/events", _answer)], middleware=[counting])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
        await client.get("/events?status=202")
    assert minutes.unsaved() == [MinuteCount(NOON, total=1, slow=1)]
