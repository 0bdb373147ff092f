"""Retell's calls, as webhooks and as the API tell them, read leniently."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from shared.contracts.lenient import (
    Flag,
    Integer,
    LenientModel,
    Mapped,
    Milliseconds,
    Text,
    mapping_of,
    text_of,
)
from shared.contracts.wire import searchable

#: The tightest of Retell's settings for what it stores of a call: nothing that was said.
BASIC_ATTRIBUTES_ONLY: Final = "basic_attributes_only"

_RUNNING: Final = frozenset({"registered", "ongoing"})
#: A model that fills in a text answers with a word, or with a word and its reason.
_AFTER_A_WORD: Final = re.compile(r"[,.;:(]")
_NO: Final = frozenset({"nein", "no", "refused", "declined", "abgelehnt"})


class CallAnalysis(LenientModel):
    """What Retell made of the call afterwards."""

    call_summary: Text = None
    in_voicemail: Flag = None
    call_successful: Flag = None
    custom_analysis_data: Mapped = Field(default_factory=dict)

    @property
    def refuses_recording(self) -> bool:
        """Whether the caller said no to it, by the field that our agents ask for."""
        said = self.custom_analysis_data.get("recording_consent")
        first = _AFTER_A_WORD.split(text_of(said) or "", maxsplit=1)[0]
        return said is False or first.strip().casefold() in _NO


Analysis = Annotated[CallAnalysis, BeforeValidator(mapping_of)]


class RetellCall(LenientModel):
    """A call. Absent until known: end, duration, transcript and recording come with call_ended."""

    call_id: Text = None
    agent_id: Text = None
    call_status: Text = None
    direction: Text = None
    from_number: Text = None
    to_number: Text = None
    start_timestamp: Milliseconds = None
    end_timestamp: Milliseconds = None
    duration_ms: Integer = None
    disconnection_reason: Text = None
    data_storage_setting: Text = None
    transcript: Text = None
    recording_url: Text = None
    call_analysis: Analysis = CallAnalysis()
    metadata: Mapped = Field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Whether somebody may still be on the line."""
        return (self.call_status or "") in _RUNNING

    @property
    def has_transcript(self) -> bool:
        """Whether Retell keeps one, to be fetched; unless it is told otherwise it keeps everything."""
        return self.data_storage_setting != BASIC_ATTRIBUTES_ONLY

    @property
    def lasted_ms(self) -> int | None:
        """Its duration; computed where only start and end are known."""
        if self.duration_ms is not None or not (self.start_timestamp and self.end_timestamp):
            return self.duration_ms
        return round((self.end_timestamp - self.start_timestamp).total_seconds() * 1000)


class TransferNews(LenientModel):
    """What a transfer event says besides the call; ``transfer_option`` keeps Retell's own spelling."""

    transfer_destination: Any = None
    transfer_option: Any = None


def call_of(data: Any) -> RetellCall:
    """The call in a webhook's body (``call``) or an object of the API."""
    body = mapping_of(data)
    return RetellCall.model_validate(mapping_of(body.get("call")) or body)


def analysis_of(data: Any) -> dict[str, Any] | None:
    """The analysis as Retell wrote it, storable as jsonb; None before there is one."""
    body = mapping_of(data)
    call = mapping_of(body.get("call")) or body
    analysis: dict[str, Any] = searchable(mapping_of(call.get("call_analysis")))
    return analysis or None
