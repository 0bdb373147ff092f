"""The endpoints of test cases and their runs."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from infra.simulators.retell import versions
from infra.simulators.retell.access import Call, endpoint, page
from infra.simulators.retell.case_rules import ENGINES, check_batch, check_case
from infra.simulators.retell.case_runs import batch_of, shown_batch, shown_runs, start_batch
from infra.simulators.retell.errors import Refusal
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_DEFAULTS: Document = {"dynamic_variables": {}, "tool_mocks": [], "llm_model": "gpt-4.1"}


def _case(call: Call) -> Document:
    """404, not 422: the document says so for these."""
    case = call.store.get("test-cases", call.path("case_id"))
    if case is None or case["workspace"] != call.owner:
        raise Refusal(404, "The requested resource was not found.")
    return case


def _save(call: Call, definition: Document) -> Document:
    stamped = {**definition, "user_modified_timestamp": call.simulator.clock.milliseconds()}
    case_id = definition["test_case_definition_id"]
    case = {"id": case_id, "workspace": call.owner, "definition": stamped}
    call.store.put("test-cases", case_id, case)
    return stamped


async def _create(call: Call) -> Any:
    body = await call.json()
    check_case(call, body, complete=True)
    made = {
        "test_case_definition_id": versions.new_id("test_case_", 20),
        "type": "simulation",
        "creation_timestamp": call.simulator.clock.milliseconds(),
    }
    return _save(call, {**_DEFAULTS, **_without_null(body), **made})


def _without_null(body: Document) -> Document:
    return {name: value for name, value in body.items() if value is not None}


async def _get(call: Call) -> Any:
    return _case(call)["definition"]


async def _update(call: Call) -> Any:
    case, body = _case(call), await call.json()
    check_case(call, body, complete=False)
    return _save(call, {**case["definition"], **_without_null(body)})


async def _delete(call: Call) -> Any:
    call.store.delete("test-cases", _case(call)["id"])
    return Response(status_code=204)


async def _list(call: Call) -> Any:
    kind, llm_id = call.query("type"), call.query("llm_id")
    name = "llm_id" if kind == "retell-llm" else "conversation_flow_id"
    if kind not in ENGINES:
        raise Refusal(400, "request/query/type must be equal to one of the allowed values")
    if not call.query(name):
        raise Refusal(400, f"request/query must have required property '{name}'")
    mine = [
        case["definition"]
        for case in call.store.all("test-cases")
        if case["workspace"] == call.owner
        and (kind, case["definition"]["response_engine"].get("llm_id")) == ("retell-llm", llm_id)
    ]
    return page(call, mine, "test_case_definition_id")


async def _start(call: Call) -> Any:
    body = await call.json()
    definitions = check_batch(call, body)
    batch = start_batch(call, body["response_engine"], definitions)
    return shown_batch(call.simulator, batch)


async def _batch(call: Call) -> Any:
    return shown_batch(call.simulator, batch_of(call, call.path("batch_id")))


async def _runs(call: Call) -> Any:
    return page(call, shown_runs(call.simulator, batch_of(call, call.path("batch_id"))), "test_case_job_id")


async def _single_run(call: Call) -> Any:
    for batch in call.store.all("test-batches"):
        if batch["workspace"] != call.owner:
            continue
        for run in shown_runs(call.simulator, batch):
            if run["test_case_job_id"] == call.path("run_id"):
                return run
    raise Refusal(404, "The requested resource was not found.")


def case_routes(simulator: Simulator) -> list[Route]:
    """Definitions, batches, runs."""
    table = (
        ("POST", "/create-test-case-definition", _create, 201),
        ("GET", "/get-test-case-definition/{case_id}", _get, 200),
        ("GET", "/v2/list-test-case-definitions", _list, 200),
        ("PUT", "/update-test-case-definition/{case_id}", _update, 200),
        ("DELETE", "/delete-test-case-definition/{case_id}", _delete, 204),
        ("POST", "/create-batch-test", _start, 201),
        ("GET", "/get-batch-test/{batch_id}", _batch, 200),
        ("GET", "/v2/list-test-runs/{batch_id}", _runs, 200),
        ("GET", "/get-test-run/{run_id}", _single_run, 200),
    )
    return [
        Route(path, endpoint(simulator, work, status), methods=[method])
        for method, path, work, status in table
    ]
