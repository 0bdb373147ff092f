"""A call's state: started < ended < analyzed. What a later stage says outranks what an earlier one said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from services.syncer.merge.facts import Fact, Facts, with_values
from shared.contracts.retell import RetellCall
from shared.contracts.unspoken import without_words

Stage = Literal["started", "ended", "analyzed"]
#: kept: we have it; not_stored: Retell has none; dropped: the caller refused; None: unknown yet.
TranscriptState = Literal["kept", "not_stored", "dropped"]

#: Stages by how much they know; empty: nothing yet.
RANKS: Final[dict[str, int]] = {"": 0, "started": 1, "ended": 2, "analyzed": 3}
_STAGES: Final[dict[str, Stage]] = {"retell.call_ended": "ended", "retell.call_analyzed": "analyzed"}
#: What is known of a call besides its stage; each is a column of ``calls``.
FACTS: Final = (
    "agent_id", "direction", "from_number", "to_number", "started_at", "ended_at", "duration_ms",
    "disconnection_reason", "transcript", "recording_url", "summary", "analysis",
)  # fmt: skip
_WORDS: Final = frozenset({"transcript", "recording_url", "summary"})


@dataclass(frozen=True, slots=True)
class CallChange:
    """What one event says of a call. ``transfers``: entries by the id of the event that told of them.

    ``is_whole``: what is not in it, Retell does not have. ``is_stored``: whether Retell keeps what was said,
    None where it does not say. ``is_refused``: the analysis found that the caller did not want it kept.
    """

    call_id: str
    stage: Stage
    facts: Mapping[str, Any]
    transfers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_whole: bool = False
    is_stored: bool | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class CallState:
    """Everything merged so far. ``stage`` and ``told`` are empty, ``version`` 0 before the first event."""

    stage: Stage | Literal[""] = ""
    facts: Facts = field(default_factory=dict)
    transfers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    told: Stage | Literal[""] = ""
    version: int = 0
    transcript_state: TranscriptState | None = None

    @property
    def is_over(self) -> bool:
        """Whether somebody spoke with the agent and does so no longer."""
        return RANKS[self.stage] > RANKS["started"] and bool(self.facts.keys() & {"started_at", *_WORDS})


def merge(state: CallState, change: CallChange) -> CallState:
    """``state`` after ``change``; commutes, and repeats without effect."""
    facts = with_values(state.facts, change.facts, RANKS[change.stage])
    return replace(
        state,
        stage=max(state.stage, change.stage, key=RANKS.__getitem__),
        facts=facts,
        transfers={**change.transfers, **state.transfers},
        transcript_state=_transcript_state(state, change, has_one="transcript" in facts),
    )


def silenced(state: CallState) -> CallState:
    """``state`` without what was said in the call, as text, sound or summary."""
    facts = {name: fact for name, fact in state.facts.items() if name not in _WORDS}
    if (analysis := facts.get("analysis")) is not None:
        facts["analysis"] = Fact(without_words("retell.call_analyzed", analysis.value), analysis.at)
    return replace(state, facts=facts, transcript_state="dropped")


def tell(state: CallState) -> tuple[CallState, bool]:
    """``state`` with everything told, and whether that is news: each stage from the end on, once."""
    if state.stage == state.told:
        return state, False
    return replace(state, told=state.stage, version=state.version + 1), RANKS[state.stage] > RANKS["started"]


def stage_of(event_type: str) -> Stage:
    """The stage that a webhook tells of; transfers happen while the call runs."""
    return _STAGES.get(event_type, "started")


def observed_stage(call: RetellCall, *, analyzed: bool) -> Stage:
    """The stage of a call that was fetched."""
    if call.is_running:
        return "started"
    return "analyzed" if analyzed else "ended"


def _transcript_state(state: CallState, change: CallChange, *, has_one: bool) -> TranscriptState | None:
    if has_one:
        return "kept"
    return "not_stored" if change.is_whole else state.transcript_state


def facts_of(call: RetellCall, analysis: dict[str, Any] | None) -> dict[str, Any]:
    """What Retell says of a call, by column."""
    return {
        "agent_id": call.agent_id,
        "direction": call.direction,
        "from_number": call.from_number,
        "to_number": call.to_number,
        "started_at": call.start_timestamp,
        "ended_at": call.end_timestamp,
        "duration_ms": call.lasted_ms,
        "disconnection_reason": call.disconnection_reason,
        "transcript": call.transcript,
        "recording_url": call.recording_url,
        "summary": call.call_analysis.call_summary,
        "analysis": analysis,
    }
