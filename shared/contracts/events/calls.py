"""Phone calls and what callers asked for."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime

from shared.contracts.events.base import OwnEvent


class CallRecorded(OwnEvent):
    """A call ended (``stage`` ended) or was analyzed (``stage`` analyzed)."""

    type: ClassVar[str] = "call.recorded"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "call_id", "version")

    company_id: str
    call_id: str
    version: int
    stage: Literal["ended", "analyzed"]
    branch_id: str | None = None
    from_number: str | None = None
    started_at: datetime | None = None
    duration_seconds: float | None = None
    disconnection_reason: str | None = None
    summary: str | None = None
    outcome: str | None = None


class CallbackRequested(OwnEvent):
    """A caller wants to be called back, or has to be. ``urgency`` urgent goes out at once.

    ``kind``: callback (somebody asked for it), wish (one that could not be entered), promise (a broken one).
    """

    type: ClassVar[str] = "callback.requested"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "callback_id")

    company_id: str
    callback_id: str
    branch_id: str | None = None
    branch_name: str | None = None
    call_id: str | None = None
    reason: str
    urgency: Literal["normal", "urgent"] = "normal"
    kind: Literal["callback", "wish", "promise"] = "callback"
    phone: str | None = None
    customer_name: str | None = None
    preferred_time: str | None = None


class PromiseBroken(OwnEvent):
    """The agent promised something that does not exist. ``kinds``: booking, move, cancellation, callback."""

    type: ClassVar[str] = "promise.broken"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "call_id")

    company_id: str
    call_id: str
    branch_id: str | None = None
    promise: str
    kinds: tuple[str, ...] = ()


class CallAuditDue(OwnEvent):
    """Something promised in a call was still on its way: by now it is there, or the promise is broken."""

    type: ClassVar[str] = "call.audit_due"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "call_id")

    company_id: str
    call_id: str


class RecordingRefused(OwnEvent):
    """A caller does not want to be recorded: of what was said nothing is kept. Each refusal is an event.

    ``told_by``: the caller, on the phone; their silence, where a yes was needed; the analysis afterwards.
    """

    type: ClassVar[str] = "recording.refused"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "call_id", "refused_at")

    company_id: str
    call_id: str
    refused_at: AwareDatetime
    told_by: Literal["caller", "silence", "analysis"] = "caller"


class CallObserved(OwnEvent):
    """Repair found a call; ``call`` is Retell's. ``whole``: fetched alone, as lists leave transcripts out."""

    type: ClassVar[str] = "call.observed"
    identity: ClassVar[tuple[str, ...]] = ("company_id", "call_id", "call_status", "whole")

    company_id: str
    call_id: str
    call_status: str
    whole: bool = False
    call: dict[str, Any]
