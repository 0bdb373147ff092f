"""What can still be changed of a call."""

import json
from typing import Any

from infra.simulators.retell import calls
from infra.simulators.retell.access import Call, Work
from infra.simulators.retell.catalogue import STORAGE
from infra.simulators.retell.checks import an_object, one_of, refuse, texts
from infra.simulators.retell.errors import Refusal
from infra.simulators.retell.phone import Phone
from infra.simulators.store import Document

_UPDATABLE = {"custom_attributes", "data_storage_setting", "metadata"}
_MOST_METADATA = 50_000


def update_live(phone: Phone) -> Work:
    """Of a call that goes on now."""

    async def work(call: Call) -> Any:
        record = calls.record_of(call.simulator, call.path("call_id"), call.owner)
        line = phone.live.get(record["id"])
        if line is None:
            raise Refusal(400, "Call is not ongoing")
        body = await call.json()
        an_object(body, "fields_to_override", "call_control")
        changes = _overrides(record["call"], body.get("fields_to_override") or {})
        control = body.get("call_control") or {}
        context = _context(control)
        line.change(**changes)
        if context:
            line.dialogue.inject(context)
            if control.get("trigger_response"):
                # A model would use its own words; that it speaks now is what matters.
                line.dialogue.speak("agent", context)
        return calls.shown(calls.record_of(call.simulator, record["id"]))

    return work


def _context(control: Document) -> str | None:
    context = control.get("additional_context")
    if context is not None and not (isinstance(context, str) and context):
        raise refuse("call_control.additional_context", "must NOT have fewer than 1 characters")
    return context


def _overrides(call: Document, fields: Document) -> Document:
    changes = _kept(call, fields)
    if "override_dynamic_variables" in fields:
        texts(fields, "override_dynamic_variables")
        old = call.get("retell_llm_dynamic_variables") or {}
        changes["retell_llm_dynamic_variables"] = {**old, **(fields["override_dynamic_variables"] or {})}
    return changes


def _kept(call: Document, fields: Document) -> Document:
    """What is stored of the call: metadata, and the storage setting, which can only become tighter."""
    changes: Document = {}
    if (wanted := fields.get("data_storage_setting")) is not None:
        one_of(fields, "data_storage_setting", STORAGE)
        if STORAGE.index(wanted) < STORAGE.index(call.get("data_storage_setting") or "everything"):
            raise Refusal(400, "data_storage_setting cannot be downgraded to a less restrictive setting")
        changes["data_storage_setting"] = wanted
    if "metadata" in fields:
        an_object(fields, "metadata")
        if len(json.dumps(fields["metadata"])) > _MOST_METADATA:
            raise refuse("metadata", "must not be larger than 50 kB")
        changes["metadata"] = fields["metadata"]
    return changes


async def update_call(call: Call) -> Any:
    """Of a call that is over."""
    body = await call.json()
    for name in body:
        if name not in _UPDATABLE:
            raise refuse(name, "must NOT be there: the endpoint has no such property")
    # Attributes that the dashboard does not define are not saved, and here it defines none.
    _check_attributes(body)
    record = calls.record_of(call.simulator, call.path("call_id"), call.owner)
    if record["call"]["call_status"] in {"registered", "ongoing"}:
        raise Refusal(400, "Call has not ended, use update-live-call")
    return calls.shown(calls.change(call.simulator, record["id"], **_kept(record["call"], body)))


def _check_attributes(body: Document) -> None:
    an_object(body, "custom_attributes")
    for name, value in (body.get("custom_attributes") or {}).items():
        if not isinstance(value, str | int | float):
            raise refuse(f"custom_attributes.{name}", "must be string, number or boolean")
