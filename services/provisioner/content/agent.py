"""Branch → body of a Retell agent, all but its engine and voice. Each number has its reason."""

from collections.abc import Iterator
from typing import Any, Final

from services.provisioner.content.analysis import analysis_fields
from services.provisioner.content.profile import Profile
from shared.contracts.branch import Branch
from shared.contracts.retell import BASIC_ATTRIBUTES_ONLY
from shared.contracts.voice import language_of

#: What syncer handles; transfers show whether a caller who asked for a person reached one.
_EVENTS: Final = (
    "call_started", "call_ended", "call_analyzed",
    "transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended",
)  # fmt: skip
#: Providers of speech recognition weigh long lists less; names of people and services come first.
_MOST_KEYWORDS: Final = 100
#: Retell has one German and knows no bare language.
_LOCALES: Final = {"de": "de-DE", "en": "en-US"}
_GERMAN: Final = "de-DE"

_SETTINGS: Final[dict[str, Any]] = {
    "webhook_timeout_ms": 10_000,  # ingest answers within 1.5 s; the rest is for a slow network
    "end_call_after_silence_ms": 40_000,  # the default of 10 min is paid for by the company
    "max_call_duration_ms": 600_000,  # no booking takes 10 min; a call that does has gone astray
    "reminder_trigger_ms": 10_000,  # a caller who looks for the diary needs a moment
    "reminder_max_count": 2,
    "interruption_sensitivity": 0.8,  # at 1 a cough in a noisy salon cuts the sentence off
    "denoising_mode": "noise-cancellation",  # without it every noise is an interruption
    "stt_mode": "accurate",  # a wrong name or time costs more than 200 ms
    "begin_message_delay_ms": 400,  # the line is open before the first word is spoken
    "allow_user_dtmf": True,  # a number is typed when speech fails
    "user_dtmf_options": {"digit_limit": 20, "termination_key": "#", "timeout_ms": 5_000},
    # Reading is on by default: Retell would keep a memory of callers who never agreed to it.
    "contact_memory_config": {"enable_read": False, "enable_update": False},
    "opt_in_signed_url": True,  # public links to logs would not expire
    "guardrail_config": {"input_topics": ["platform_integrity_jailbreaking"]},
    "handbook_config": {
        "ai_disclosure": True,
        "echo_verification": True,
        "scope_boundaries": True,
        "smart_matching": True,
        "speech_normalization": True,
        "nato_phonetic_alphabet": False,  # German callers spell with Anton and Berta
        "natural_filler_words": False,
    },
}

#: What Retell stores of a call can be tightened later and never loosened: whose callers are asked begins with
#: all of it, and a no or no answer takes it away. Where nobody is asked nothing may be recorded (§ 201 StGB);
#: webhooks still carry the transcript.
_ASKED: Final = "everything"

#: Keys of the body that name voices; added by whoever has the list of voices.
NAMED_VOICES: Final = ("voice_id", "fallback_voice_ids")


def agent_name(company_id: str, branch_id: str) -> str:
    """The deterministic name by which a half-made agent is found again."""
    return f"askpro/{company_id}/{branch_id}"


def agent_body(branch: Branch, profile: Profile, *, webhook_url: str) -> dict[str, Any]:
    """Body of create-agent and update-agent without ``response_engine`` and voices."""
    return {
        "agent_name": agent_name(branch.company_id, branch.branch_id),
        "language": retell_locale(branch.language),
        "timezone": branch.timezone,
        "webhook_url": webhook_url,
        "webhook_events": list(_EVENTS),
        "boosted_keywords": keywords(branch),
        "post_call_analysis_data": analysis_fields(language_of(branch.language)),
        **_SETTINGS,
        # Unset means for ever. The default of 30 days covers a complaint and a repair.
        "data_storage_retention_days": profile.retention_days,
        "data_storage_setting": _ASKED if profile.asks_consent else BASIC_ATTRIBUTES_ONLY,
    }


def retell_locale(language: str) -> str:
    """``de-AT`` and ``de`` become ``de-DE``; a locale that Retell may know stays."""
    if language.partition("-")[0] == "de":
        return _GERMAN
    return _LOCALES.get(language, language)


def keywords(branch: Branch) -> list[str]:
    """Words that callers of this branch say and a transcriber does not expect, each once."""
    return list(dict.fromkeys(word for word in _words(branch) if word))[:_MOST_KEYWORDS]


def _words(branch: Branch) -> Iterator[str]:
    yield from (member.name for member in branch.staff)
    yield from (service.name for service in branch.services)
    yield from (alias for service in branch.services for alias in service.aliases)
    yield from (branch.name, branch.address.street, branch.address.city)
