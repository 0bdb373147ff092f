"""Retell's request → who is speaking to whom: from the signed body, never from what a model says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.voice_tools.handlers.identity import caller_identity
from services.voice_tools.values import Call
from shared.contracts.branch import Branch
from shared.contracts.voice import language_of
from shared.contracts.wire import MalformedJsonError, parse_json, searchable
from shared.db.credentials import CompanyCredentials

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Request:
    """A function's or the inbound webhook's body. ``call_id`` None: it names no call."""

    call_id: str | None
    agent_id: str | None
    caller_number: str | None
    our_number: str | None
    turns: int | None
    args: Mapping[str, Any]


def read_request(raw: bytes) -> Request:
    """Whatever is missing is None; a body that is no JSON object is a request without a call."""
    body = _document(raw)
    call = body.get("call")
    if not isinstance(call, dict):
        call = body.get("call_inbound")
    call = call if isinstance(call, dict) else {}
    args = body.get("args")
    numbers = _text(call, "from_number"), _text(call, "to_number")
    outbound = call.get("direction") == "outbound"
    return Request(
        call_id=_text(call, "call_id"),
        agent_id=_text(call, "agent_id"),
        caller_number=numbers[1] if outbound else numbers[0],
        our_number=numbers[0] if outbound else numbers[1],
        turns=_turns(call.get("transcript_object")),
        args=args if isinstance(args, dict) else {},
    )


def conversation(request: Request, company: CompanyCredentials, branch: Branch, now: datetime) -> Call:
    """The call as the functions see it; ``now`` aware."""
    own = (
        request.our_number,
        branch.phone_number,
        branch.transfer_number,
        branch.fallback_number,
        *branch.forwarding_numbers,
    )
    return Call(
        company_id=company.company_id,
        call_id=request.call_id or "",
        branch=branch,
        language=language_of(branch.language),
        caller=caller_identity(request.caller_number, own, branch.address.country),
        turns=request.turns,
        now=now,
        company_language=language_of(company.language),
    )


def _document(raw: bytes) -> dict[str, Any]:
    try:
        value = parse_json(raw)
    except MalformedJsonError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(call: dict[str, Any], name: str) -> str | None:
    value = call.get(name)
    return str(searchable(value))[:_LONGEST] if isinstance(value, str) and value else None


def _turns(transcript: object) -> int | None:
    """What the caller has said so far; None where the request carries no transcript."""
    if not isinstance(transcript, list) or not transcript:
        return None
    return sum(1 for each in transcript if isinstance(each, dict) and each.get("role") == "user")
