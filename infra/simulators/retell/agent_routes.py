"""The endpoints of agents and their versions."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from infra.simulators.retell import versions
from infra.simulators.retell.access import Call, endpoint, page
from infra.simulators.retell.agent_rules import check_agent
from infra.simulators.retell.checks import an_object, one_of, required, text
from infra.simulators.retell.errors import Refusal
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_DEFAULTS: Document = {
    "channel": "voice",
    "language": "en-US",
    "webhook_timeout_ms": 10_000,
    "timezone": "America/Los_Angeles",
    "data_storage_setting": "everything",
    "max_call_duration_ms": 3_600_000,
    "end_call_after_silence_ms": 600_000,
}


_TITLES = ("version_title", "version_description")


def _asset(call: Call) -> Document:
    return versions.asset_of(call.simulator, "agents", call.path("agent_id"), call.owner)


def _with_engine_version(call: Call, body: Document) -> Document:
    """An engine named without a version means its newest."""
    engine = body.get("response_engine")
    if not engine or engine["type"] != "retell-llm" or engine.get("version") is not None:
        return body
    llm = versions.asset_of(call.simulator, "llms", engine["llm_id"], call.owner)
    return {**body, "response_engine": {**engine, "version": llm["versions"][-1]["version"]}}


async def _create(call: Call) -> Any:
    body = await call.json()
    check_agent(call.store, call.owner, body, complete=True)
    agent_id = versions.new_id("agent_", 26)
    fields = {"agent_id": agent_id, **_DEFAULTS, **_with_engine_version(call, body)}
    asset = versions.create(call.simulator, "agents", agent_id, call.owner, fields)
    return asset["versions"][0]


async def _get(call: Call) -> Any:
    return versions.version_of(_asset(call), call.query("version"))


async def _update(call: Call) -> Any:
    asset, body = _asset(call), await call.json()
    check_agent(call.store, call.owner, body, complete=False)
    changes = _with_engine_version(call, body)
    return versions.edit(call.simulator, "agents", asset, call.query("version"), changes)


def _check_filter(body: Document) -> str | None:
    an_object(body, "filter_criteria")
    criteria = body.get("filter_criteria") or {}
    an_object(criteria, "channel")
    text(criteria, "query")
    channel = criteria.get("channel")
    if channel is None:
        return None
    required(channel, "type", "op", "value")
    one_of(channel, "type", ("string",))
    one_of(channel, "op", ("eq", "ne", "sw", "ew", "co"))
    one_of(channel, "value", ("voice", "chat"))
    return str(channel["value"])


async def _list(call: Call) -> Any:
    body = await call.json()
    channel = _check_filter(body)
    mine = [each["versions"][-1] for each in call.store.all("agents") if each["workspace"] == call.owner]
    query = str((body.get("filter_criteria") or {}).get("query") or "").lower()
    items = [
        _item(each)
        for each in mine
        if channel in {None, each["channel"]} and query in (each.get("agent_name") or "").lower()
    ]
    return page(call, items, "agent_id")


def _item(agent: Document) -> Document:
    return {
        "agent_id": agent["agent_id"],
        "agent_name": agent.get("agent_name") or "",
        "channel": agent["channel"],
        "is_suspended": False,
        "tags": {},
        "user_modified_timestamp": agent["last_modification_timestamp"],
    }


async def _versions(call: Call) -> Any:
    names = ("version", "is_published", "last_modification_timestamp", "base_version", "version_title",
             "version_description")  # fmt: skip
    items = [{name: each[name] for name in names if name in each} for each in _asset(call)["versions"]]
    return page(call, items, "version")


async def _new_version(call: Call) -> Any:
    body = await call.json()
    required(body, "base_version")
    asset = _asset(call)
    base = versions.version_of(asset, body["base_version"])
    untitled = {name: value for name, value in base.items() if name not in _TITLES}
    return versions.branch(call.simulator, "agents", asset, untitled, _new_engine_version(call, base))


def _new_engine_version(call: Call, base: Document) -> Document:
    """A published engine version gets a draft of its own, or the new draft could not change its prompt."""
    engine = base["response_engine"]
    if engine["type"] != "retell-llm":
        return {}
    llm = versions.asset_of(call.simulator, "llms", engine["llm_id"], call.owner)
    used = versions.version_of(llm, engine["version"])
    if not used["is_published"]:
        return {}
    draft = versions.branch(call.simulator, "llms", llm, used, {})
    return {"response_engine": {**engine, "version": draft["version"]}}


async def _publish(call: Call) -> Any:
    body = await call.json()
    required(body, "version")
    asset = _asset(call)
    version = versions.version_of(asset, body["version"])
    if version["is_published"]:
        raise Refusal(400, f"Version {body['version']} is already published")
    _publish_engine(call, version["response_engine"])
    titles: Document = {name: body[name] for name in _TITLES if name in body}
    versions.replace(call.simulator, "agents", asset, {**version, **titles, "is_published": True})


def _publish_engine(call: Call, engine: Document) -> None:
    if engine["type"] != "retell-llm":
        return
    llm = versions.asset_of(call.simulator, "llms", engine["llm_id"], call.owner)
    version = versions.version_of(llm, engine["version"])
    versions.replace(call.simulator, "llms", llm, {**version, "is_published": True})


async def _delete_version(call: Call) -> Any:
    asset = _asset(call)
    gone = versions.version_of(asset, call.query("version"))
    left = [each for each in asset["versions"] if each["version"] != gone["version"]]
    if not left:
        raise Refusal(400, "Cannot delete the only version of an agent")
    call.store.put("agents", asset["id"], {**asset, "versions": left})
    return Response(status_code=204)


async def _delete(call: Call) -> Any:
    call.store.delete("agents", _asset(call)["id"])
    return Response(status_code=204)


def agent_routes(simulator: Simulator) -> list[Route]:
    """Agents, their versions, publishing."""
    return [
        Route("/create-agent", endpoint(simulator, _create, 201), methods=["POST"]),
        Route("/get-agent/{agent_id}", endpoint(simulator, _get), methods=["GET"]),
        Route("/update-agent/{agent_id}", endpoint(simulator, _update), methods=["PATCH"]),
        Route("/v2/list-agents", endpoint(simulator, _list), methods=["POST"]),
        Route("/list-agent-versions/{agent_id}", endpoint(simulator, _versions), methods=["GET"]),
        Route("/create-agent-version/{agent_id}", endpoint(simulator, _new_version, 201), methods=["POST"]),
        Route("/publish-agent-version/{agent_id}", endpoint(simulator, _publish), methods=["POST"]),
        Route("/delete-agent-version/{agent_id}", endpoint(simulator, _delete_version), methods=["DELETE"]),
        Route("/delete-agent/{agent_id}", endpoint(simulator, _delete), methods=["DELETE"]),
    ]
