"""What Retell offers: voices, languages, models, kinds of tools."""

from typing import Any


def _voice(voice_id: str, name: str, provider: str, gender: str, accent: str) -> dict[str, Any]:
    return {
        "voice_id": voice_id,
        "voice_name": name,
        "provider": provider,
        "gender": gender,
        "accent": accent,
        "age": "Young",
        "preview_audio_url": f"https://retell-utils-public.example.com/{voice_id}.mp3",
    }


VOICES: tuple[dict[str, Any], ...] = (
    _voice("11labs-Adrian", "Adrian", "elevenlabs", "male", "American"),
    _voice("11labs-Carola", "Carola", "elevenlabs", "female", "German"),
    _voice("11labs-Otto", "Otto", "elevenlabs", "male", "German"),
    _voice("cartesia-Lena", "Lena", "cartesia", "female", "German"),
    _voice("openai-Alloy", "Alloy", "openai", "female", "American"),
    _voice("retell-Marissa", "Marissa", "platform", "female", "American"),
)
_LANGUAGES_TEXT = (
    "en-US en-IN en-GB en-AU en-NZ de-DE es-ES es-419 hi-IN fr-FR fr-CA ja-JP pt-PT pt-BR zh-CN ru-RU "
    "it-IT ko-KR nl-NL nl-BE pl-PL tr-TR vi-VN ro-RO bg-BG ca-ES th-TH da-DK fi-FI el-GR hu-HU id-ID "
    "no-NO sk-SK sv-SE lt-LT lv-LV cs-CZ ms-MY af-ZA ar-SA az-AZ bs-BA cy-GB fa-IR fil-PH gl-ES he-IL "
    "hr-HR hy-AM is-IS kk-KZ kn-IN mk-MK mr-IN ne-NP sl-SI sr-RS sw-KE ta-IN ur-IN yue-CN uk-UA"
)
LANGUAGES = frozenset(_LANGUAGES_TEXT.split())
_MODELS_TEXT = (
    "gpt-4.1 gpt-4.1-mini gpt-5 gpt-5-mini gpt-5-nano gpt-5.1 gpt-5.2 gpt-5.4 gpt-5.4-mini gpt-5.4-nano "
    "gpt-5.5 gpt-5.6-terra gpt-5.6-luna gpt-6-astra gpt-6-sol gpt-6.1-sol gpt-6-luna claude-4.6-sonnet "
    "claude-5-opus claude-5.5-opus claude-5-sonnet claude-5.5-sonnet claude-5.5-haiku claude-4.5-haiku "
    "gemini-3.0-flash gemini-3.1-flash-lite gemini-3.5-flash gemini-3.5-flash-lite gemini-3.6-flash "
    "gemini-3.7-flash gemini-3.8-flash gemini-4-argon"
)
MODELS = frozenset(_MODELS_TEXT.split())
_TOOL_TYPES_TEXT = (
    "custom end_call transfer_call agent_swap press_digit send_sms extract_dynamic_variable code mcp "
    "bridge_transfer cancel_transfer integration_app"
)
TOOL_TYPES = frozenset(_TOOL_TYPES_TEXT.split())
# Retell took its built-in Cal.com tools away on 2026-10-31.
REMOVED_TOOL_TYPES = frozenset({"check_availability_cal", "book_appointment_cal"})
USUAL_EVENTS = ("call_started", "call_ended", "call_analyzed")
EVENTS = frozenset(
    {
        *USUAL_EVENTS,
        "transcript_updated",
        "transfer_started",
        "transfer_bridged",
        "transfer_cancelled",
        "transfer_ended",
    }
)
STORAGE = ("everything", "everything_except_pii", "basic_attributes_only")
