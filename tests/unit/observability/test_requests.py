"""Each line of a request says who asked: whoever looks at an error asks that first."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from shared.observability.asgi import RequestContext
from shared.observability.context import Cause, bind, working_on
from shared.observability.logging import get_logger

Lines = list[MutableMapping[str, Any]]


async def _fails(_: Request) -> Response:
    get_logger("test").warning("thing.failed")
    return JSONResponse({})


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as captured:
        yield captured


async def ask(headers: dict[str, str]) -> None:
    app = RequestContext(Starlette(routes=[Route("/thing", _fails)]))
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as http:
        await http.get("/thing", headers=headers)


async def test_each_line_of_a_request_names_address_and_program_of_who_asked(lines: Lines) -> None:
    await ask({"User-Agent": "a" * 5000})
    assert [line["event"] for line in lines] == ["thing.failed", "request.handled"]
    for line in lines:
        assert line["client"] == "203.0.113.7"
        assert line["user_agent"] == "a" * 200


async def test_who_names_no_program_has_none(lines: Lines) -> None:
    await ask({"User-Agent": ""})
    assert all("user_agent" not in line for line in lines)


def test_what_was_learned_on_the_way_is_forgotten_with_the_work(lines: Lines) -> None:
    log = get_logger("test")
    with working_on("outer", Cause(company_id="acme")):
        with working_on("inner", Cause(company_id="other"), queue="q"):
            bind(branch_id="mitte")
        log.info("thing.done")
    log.info("day.over")
    assert [line.get("company_id") for line in lines] == ["acme", None]
    assert all("branch_id" not in line and "queue" not in line for line in lines)
