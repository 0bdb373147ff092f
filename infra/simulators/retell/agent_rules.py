"""What Retell refuses in an agent."""

from typing import Any
from zoneinfo import available_timezones

from infra.simulators.retell.catalogue import EVENTS, LANGUAGES, STORAGE, VOICES
from infra.simulators.retell.checks import (
    a_url,
    an_object,
    list_of_texts,
    number_between,
    objects,
    one_of,
    refuse,
    required,
    text,
)
from infra.simulators.retell.errors import Refusal, unknown_asset
from infra.simulators.store import Document, Store

_RANGES: dict[str, tuple[float, float]] = {
    "ambient_sound_volume": (0, 2),
    "backchannel_frequency": (0, 1),
    "begin_message_delay_ms": (0, 5000),
    "data_storage_retention_days": (1, 730),
    "end_call_after_silence_ms": (10_000, 10**9),
    "interruption_sensitivity": (0, 1),
    "max_call_duration_ms": (60_000, 7_200_000),
    "reminder_max_count": (0, 10**9),
    "responsiveness": (0, 1),
    "ring_duration_ms": (5000, 300_000),
    "voice_speed": (0.5, 2),
    "voice_temperature": (0, 2),
    "volume": (0, 2),
    "webhook_timeout_ms": (1, 10**9),
}
_CHOICES = {
    "data_storage_setting": STORAGE,
    "denoising_mode": ("no-denoise", "noise-cancellation", "noise-and-background-speech-cancellation"),
    "stt_mode": ("fast", "accurate", "custom"),
    "vocab_specialization": ("general", "medical"),
    "timezone": frozenset(available_timezones()),
}
_ANALYSIS_TYPES = {"string", "enum", "boolean", "number", "system-presets"}


def check_agent(store: Store, workspace: str, body: Document, *, complete: bool) -> None:
    """`complete`: a new agent, which must have an engine and a voice."""
    if complete:
        required(body, "response_engine", "voice_id")
    text(body, "agent_name", "voice_id")
    an_object(body, "response_engine")
    objects(body, "post_call_analysis_data")
    _check_voices(body)
    _check_language(body.get("language"))
    for name, (least, most) in _RANGES.items():
        number_between(body, name, least, most)
    for name, allowed in _CHOICES.items():
        one_of(body, name, allowed)
    a_url(body, "webhook_url")
    _check_events(body.get("webhook_events"))
    _check_analysis(body.get("post_call_analysis_data") or [])
    if (engine := body.get("response_engine")) is not None:
        _check_engine(store, workspace, engine)


def _check_voices(body: Document) -> None:
    providers = {voice["voice_id"]: voice["provider"] for voice in VOICES}
    list_of_texts(body, "fallback_voice_ids")
    fallbacks = body.get("fallback_voice_ids") or []
    for voice in [body.get("voice_id"), *fallbacks]:
        if voice is not None and voice not in providers:
            raise Refusal(400, f"Voice {voice} not found from voice list.")
    if any(providers[voice] == providers.get(body.get("voice_id")) for voice in fallbacks):
        raise refuse("fallback_voice_ids", "must be from another provider than voice_id")


def _check_language(language: Any) -> None:
    wanted = language if isinstance(language, list) else [language] if language is not None else []
    for each in wanted:
        if each not in list(LANGUAGES):
            raise refuse("language", f"must be equal to one of the allowed values, not {each!r}")


def _check_events(events: Any) -> None:
    if events is None:
        return
    if not isinstance(events, list) or any(event not in list(EVENTS) for event in events):
        raise refuse("webhook_events", "must be equal to one of the allowed values")


def _check_analysis(fields: list[Document]) -> None:
    for field in fields:
        required(field, "type", "name")
        text(field, "type", "name")
        if field["type"] not in _ANALYSIS_TYPES:
            raise refuse("post_call_analysis_data", f"unknown type {field['type']!r}")
        if field["type"] == "enum" and not field.get("choices"):
            raise refuse("post_call_analysis_data", "an enum needs choices")


def _check_engine(store: Store, workspace: str, engine: Document) -> None:
    required(engine, "type")
    one_of(engine, "type", ("retell-llm", "custom-llm", "conversation-flow"))
    if engine["type"] != "retell-llm":
        return
    required(engine, "llm_id")
    text(engine, "llm_id")
    llm = store.get("llms", engine["llm_id"])
    if llm is None or llm["workspace"] != workspace:
        raise unknown_asset()
    version = engine.get("version")
    if version is not None and not any(each["version"] == version for each in llm["versions"]):
        raise Refusal(400, f"Version {version} of the response engine does not exist")
