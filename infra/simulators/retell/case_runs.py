"""Runs of test cases. There is no model here: control decides, else what can be seen of the engine does."""

from typing import Any

from infra.simulators.retell import versions
from infra.simulators.retell.access import Call
from infra.simulators.retell.errors import Refusal
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

OUTCOMES = ("pass", "fail", "error")
#: The name under which control decides on every test case that it does not name.
ANY_CASE = "*"


def start_batch(call: Call, engine: Document, definitions: list[Document]) -> Document:
    """Each case's outcome is settled now and told when the time of a run is over."""
    llm = versions.asset_of(call.simulator, "llms", engine["llm_id"], call.owner)
    if engine.get("version") is None:
        engine = {**engine, "version": llm["versions"][-1]["version"]}
    tools = _tools(llm, engine["version"])
    batch: Document = {
        "id": versions.new_id("test_batch_", 20),
        "workspace": call.owner,
        "engine": engine,
        "at": call.simulator.clock.milliseconds(),
        "runs": [_run(call.simulator, definition, tools) for definition in definitions],
    }
    return call.store.put("test-batches", batch["id"], batch)


def _tools(llm: Document, version: Any) -> set[str] | None:
    """What the engine's version can call; None where there is no such version."""
    for each in llm["versions"]:
        if each["version"] == version:
            return {tool["name"] for tool in each.get("general_tools") or []}
    return None


def _run(simulator: Simulator, definition: Document, tools: set[str] | None) -> Document:
    status, explanation = _outcome(simulator, definition, tools)
    run_id = versions.new_id("test_case_job_", 20)
    return {"id": run_id, "definition": definition, "status": status, "explanation": explanation}


def _outcome(simulator: Simulator, definition: Document, tools: set[str] | None) -> tuple[str, str]:
    for name in (definition["name"], ANY_CASE):
        if decided := simulator.store.get("test-outcomes", name):
            return decided["status"], decided["explanation"]
    if tools is None:
        return "error", "The version of the response engine does not exist."
    mocked = {mock["tool_name"] for mock in definition["tool_mocks"]}
    if lacking := sorted(mocked - tools):
        return "fail", f"The response engine has no tool named {', '.join(lacking)}."
    return "pass", "All metrics are met."


def batch_of(call: Call, batch_id: str) -> Document:
    """404, as the document has it, for an unknown one and another workspace's."""
    batch = call.store.get("test-batches", batch_id)
    if batch is None or batch["workspace"] != call.owner:
        raise Refusal(404, "The requested resource was not found.")
    return batch


def shown_batch(simulator: Simulator, batch: Document) -> Document:
    """Nothing is counted before the end."""
    over = _state(simulator, batch) is None
    told = [run["status"] for run in batch["runs"]] if over else []
    return {
        "test_case_batch_job_id": batch["id"],
        "status": "complete" if over else "in_progress",
        "response_engine": batch["engine"],
        **{f"{outcome}_count": told.count(outcome) for outcome in OUTCOMES},
        "total_count": len(batch["runs"]),
        **_timestamps(simulator, batch),
    }


def shown_runs(simulator: Simulator, batch: Document) -> list[Document]:
    """Each is `pending`, then `in_progress`, then how it ended."""
    state = _state(simulator, batch)
    return [
        {
            "test_case_job_id": run["id"],
            "status": state or run["status"],
            "test_case_definition_id": run["definition"]["test_case_definition_id"],
            "test_case_definition_snapshot": run["definition"],
            "transcript_snapshot": None,
            "result_explanation": None if state else run["explanation"],
            **_timestamps(simulator, batch),
        }
        for run in batch["runs"]
    ]


def _state(simulator: Simulator, batch: Document) -> str | None:
    """None when it is over. The clock alone decides, so that a restart in between changes nothing."""
    elapsed, whole = simulator.clock.milliseconds() - batch["at"], _milliseconds(simulator)
    if elapsed >= whole:
        return None
    return "pending" if elapsed < whole / 2 else "in_progress"


def _milliseconds(simulator: Simulator) -> int:
    return int(float(simulator.settings["test_seconds"]) * 1000)


def _timestamps(simulator: Simulator, batch: Document) -> Document:
    now = simulator.clock.milliseconds()
    changed = min(now, batch["at"] + _milliseconds(simulator))
    return {"creation_timestamp": batch["at"], "user_modified_timestamp": changed}
