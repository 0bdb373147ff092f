"""Retell's webhooks, and looks at Retell → calls."""

from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from services.syncer.handlers.tenant import company_of
from services.syncer.merge.call import CallChange, facts_of, observed_stage, stage_of
from shared.contracts.envelope import Envelope
from shared.contracts.events import CallAuditDue, CallObserved, RecordingRefused
from shared.contracts.retell import RetellCall, TransferNews, analysis_of, call_of
from shared.contracts.wire import searchable
from shared.errors import InvalidEventError

_TRANSFER = "retell.transfer_"


class _Recording(TypedDict):
    is_stored: bool | None
    is_refused: bool


class CallRecords(Protocol):
    """Where calls are merged."""

    async def merge(self, company_id: str, change: CallChange) -> None:
        """Merge and tell."""
        ...


@dataclass(frozen=True, slots=True)
class SyncCall:
    """Merge what a webhook says of a call; a call that was not connected begins with its end."""

    calls: CallRecords

    async def __call__(self, event: Envelope) -> None:
        company_id = company_of(event)
        call = call_of(event.data)
        if call.call_id is None:
            raise InvalidEventError(f"{event.type}: call_id is missing")
        facts = facts_of(call, analysis_of(event.data))
        change = CallChange(call.call_id, stage_of(event.type), facts, _transfers(event), **_recording(call))
        await self.calls.merge(company_id, change)


@dataclass(frozen=True, slots=True)
class SyncObservedCall:
    """Merge what repair has seen at Retell."""

    calls: CallRecords

    async def __call__(self, event: CallObserved) -> None:
        call, analysis = call_of(event.call), analysis_of(event.call)
        stage = observed_stage(call, analyzed=analysis is not None)
        is_whole = event.whole or not call.has_transcript
        facts = facts_of(call, analysis)
        change = CallChange(event.call_id, stage, facts, is_whole=is_whole, **_recording(call))
        await self.calls.merge(event.company_id, change)


class Silences(Protocol):
    """Where calls are kept."""

    async def silence(self, company_id: str, call_id: str) -> None:
        """Drop what was said in it."""
        ...


@dataclass(frozen=True, slots=True)
class SilenceCall:
    """A refusal that comes after the call was written down: what was said goes, that it was called stays."""

    calls: Silences

    async def __call__(self, event: RecordingRefused) -> None:
        await self.calls.silence(event.company_id, event.call_id)


class Audits(Protocol):
    """Where calls are held against what came of them."""

    async def audit(self, company_id: str, call_id: str) -> None:
        """For the last time."""
        ...


@dataclass(frozen=True, slots=True)
class AuditCall:
    """call.audit_due: what was still on its way after the call has had its time."""

    calls: Audits

    async def __call__(self, event: CallAuditDue) -> None:
        await self.calls.audit(event.company_id, event.call_id)


def _recording(call: RetellCall) -> _Recording:
    stored = None if call.data_storage_setting is None else call.has_transcript
    return {"is_stored": stored, "is_refused": call.call_analysis.refuses_recording}


def _transfers(event: Envelope) -> dict[str, dict[str, Any]]:
    if not event.type.startswith(_TRANSFER):
        return {}
    news = TransferNews.model_validate(event.data)
    entry = {
        "id": event.id,
        "event": event.type.removeprefix("retell."),
        "at": event.attributes.time.isoformat(),
        "destination": searchable(news.transfer_destination),
        "option": searchable(news.transfer_option),
    }
    return {event.id: entry}
