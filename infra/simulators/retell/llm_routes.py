"""The endpoints of response engines (LLMs)."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from infra.simulators.retell import versions
from infra.simulators.retell.access import Call, endpoint, page
from infra.simulators.retell.errors import Refusal
from infra.simulators.retell.llm_rules import check_llm
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_DEFAULTS: Document = {
    "model_config": {"type": "cascading", "primary": {"model": "gpt-5.6-terra", "tier": "standard"}},
    "general_tools": [],
    "tool_call_strict_mode": False,
}


async def _create(call: Call) -> Any:
    body = await call.json()
    check_llm(body, complete=True)
    llm_id = versions.new_id("llm_", 27)
    asset = versions.create(
        call.simulator, "llms", llm_id, call.owner, {"llm_id": llm_id, **_DEFAULTS, **body}
    )
    return asset["versions"][0]


def _asset(call: Call) -> Document:
    return versions.asset_of(call.simulator, "llms", call.path("llm_id"), call.owner)


async def _get(call: Call) -> Any:
    return versions.version_of(_asset(call), call.query("version"))


async def _update(call: Call) -> Any:
    asset, body = _asset(call), await call.json()
    check_llm(body, complete=False)
    body = {name: value for name, value in body.items() if name != "is_transfer_llm"}
    if "model_config" in body:
        old = versions.version_of(asset, call.query("version"))["model_config"] or {}
        body["model_config"] = {**old, **body["model_config"]}
    return versions.edit(call.simulator, "llms", asset, call.query("version"), body)


async def _list(call: Call) -> Any:
    mine = [each["versions"][-1] for each in call.store.all("llms") if each["workspace"] == call.owner]
    return page(call, mine, "llm_id")


async def _delete(call: Call) -> Any:
    asset = _asset(call)
    users = [
        agent["id"]
        for agent in call.store.all("agents")
        if any(each["response_engine"].get("llm_id") == asset["id"] for each in agent["versions"])
    ]
    if users and call.query("force_delete") != "true":
        raise Refusal(400, f"Cannot delete Retell LLM that is used by agents: {', '.join(users)}")
    call.store.delete("llms", asset["id"])
    return Response(status_code=204)


def llm_routes(simulator: Simulator) -> list[Route]:
    """Create, get, update, list, delete."""
    return [
        Route("/create-retell-llm", endpoint(simulator, _create, 201), methods=["POST"]),
        Route("/get-retell-llm/{llm_id}", endpoint(simulator, _get), methods=["GET"]),
        Route("/update-retell-llm/{llm_id}", endpoint(simulator, _update), methods=["PATCH"]),
        Route("/v2/list-retell-llms", endpoint(simulator, _list), methods=["GET"]),
        Route("/delete-retell-llm/{llm_id}", endpoint(simulator, _delete), methods=["DELETE"]),
    ]
