"""Calls in the store: made, changed while they run, shown as Retell shows them."""

from typing import Any

from infra.simulators.retell import versions
from infra.simulators.retell.errors import unknown_asset
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_SENSITIVE = (
    "transcript", "transcript_object", "transcript_with_tool_calls", "recording_url", "public_log_url",
    "call_analysis",
)  # fmt: skip
_NOT_LISTED = ("transcript", "transcript_object", "transcript_with_tool_calls")


def new_call(simulator: Simulator, workspace: str, fields: Document, call_id: str | None = None) -> Document:
    """Registered, not yet connected."""
    call_id = call_id or versions.new_id("call_", 27)
    call: Document = {"call_type": "phone_call", "call_id": call_id, "call_status": "registered", **fields}
    record = {"id": call_id, "workspace": workspace, "call": call, "functions": [], "finished": False}
    return simulator.store.put("calls", call_id, record)


def record_of(simulator: Simulator, call_id: str, workspace: str | None = None) -> Document:
    """422 for an unknown call and for another workspace's."""
    record = simulator.store.get("calls", call_id)
    if record is None or workspace not in {None, record["workspace"]}:
        raise unknown_asset()
    return record


def change(simulator: Simulator, call_id: str, **changes: Any) -> Document:
    """Changes the call object; the changed record."""
    record = record_of(simulator, call_id)
    return simulator.store.put("calls", call_id, {**record, "call": {**record["call"], **changes}})


def annotate(simulator: Simulator, call_id: str, **notes: Any) -> Document:
    """What only the control API tells of a call; the changed record."""
    return simulator.store.put("calls", call_id, {**record_of(simulator, call_id), **notes})


def finish(simulator: Simulator, call_id: str) -> Document:
    """Everything about this call has been sent once."""
    return annotate(simulator, call_id, finished=True)


def shown(record: Document) -> Document:
    """Get call: absent fields are left out, and what the storage setting does not keep."""
    call = {name: value for name, value in record["call"].items() if value is not None}
    ended = call["call_status"] not in {"registered", "ongoing"}
    if ended and call.get("data_storage_setting") == "basic_attributes_only":
        return {name: value for name, value in call.items() if name not in _SENSITIVE}
    return call


def listed(record: Document) -> Document:
    """List calls: without transcripts."""
    return {name: value for name, value in shown(record).items() if name not in _NOT_LISTED}


def abandon_running(simulator: Simulator) -> None:
    """Calls that a killed process left behind end in error, and their call_ended is lost."""
    for record in simulator.store.all("calls"):
        if record["call"]["call_status"] == "ongoing":
            change(simulator, record["id"], call_status="error", disconnection_reason="error_retell")
            finish(simulator, record["id"])
