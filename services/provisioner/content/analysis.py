"""What Retell extracts after a call. ``appointment_promised`` is compared with what was really booked."""

from typing import Any, Final

from shared.contracts.voice import Language

_OUTCOMES: Final = (
    "booked", "rescheduled", "cancelled", "question", "callback", "transferred", "abandoned", "spam",
)  # fmt: skip

_QUESTIONS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "appointment_promised",
        "boolean",
        "Hat die Assistentin gesagt, dass ein Termin gebucht, verschoben oder abgesagt ist?",
        "Did the assistant say that an appointment is booked, moved or cancelled?",
    ),
    (
        "promised_when",
        "string",
        "Tag und Uhrzeit, die die Assistentin dabei genannt hat; sonst leer.",
        "Day and time the assistant named with it; else empty.",
    ),
    (
        "callback_wanted",
        "boolean",
        "Möchte der Anrufer zurückgerufen werden?",
        "Does the caller want to be called back?",
    ),
    ("reason", "string", "Das Anliegen in einem Satz.", "What the caller wanted, in one sentence."),
    (
        "ai_disclosed",
        "boolean",
        "Hat die Assistentin gesagt, dass sie eine KI ist?",
        "Did the assistant say that it is an AI?",
    ),
    (
        "recording_consent",
        "string",
        "Hat der Anrufer einer Aufnahme zugestimmt (ja), sie abgelehnt (nein) oder nichts gesagt (leer)?",
        "Did the caller agree to a recording (yes), refuse it (no), or say nothing (empty)?",
    ),
    (
        "caller_frustrated",
        "boolean",
        "War der Anrufer hörbar verärgert oder ungeduldig?",
        "Was the caller audibly annoyed or impatient?",
    ),
)
_SUMMARY: Final[dict[Language, str]] = {
    "de": "Fasse das Gespräch auf Deutsch in höchstens drei Sätzen zusammen: Wunsch, Ergebnis, Offenes.",
    "en": "Summarise the call in English, three sentences at most: wish, result, open points.",
}
_URGENCY: Final[dict[Language, str]] = {
    "de": "urgent nur bei Schmerzen, Unfall oder Gefahr.",
    "en": "urgent only for pain, an accident or danger.",
}
_OUTCOME: Final[dict[Language, str]] = {
    "de": "Womit das Gespräch endete.",
    "en": "How the call ended.",
}


def analysis_fields(language: Language) -> list[dict[str, Any]]:
    """Body of ``post_call_analysis_data``."""
    place = 2 if language == "de" else 3
    asked = [{"type": row[1], "name": row[0], "description": row[place]} for row in _QUESTIONS]
    return [
        {"type": "system-presets", "name": "call_summary", "description": _SUMMARY[language]},
        _choice("outcome", _OUTCOME[language], _OUTCOMES),
        _choice("urgency", _URGENCY[language], ("normal", "urgent")),
        *asked,
    ]


def _choice(name: str, description: str, choices: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "enum", "name": name, "description": description, "choices": list(choices)}
