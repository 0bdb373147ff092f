"""What Retell extracts after a call. What was promised is held against what was really done."""

from typing import Any, Final

from shared.contracts.voice import Language

_OUTCOMES: Final = (
    "booked", "rescheduled", "cancelled", "question", "callback", "transferred", "abandoned", "spam",
)  # fmt: skip

_QUESTIONS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "promised_booking",
        "boolean",
        "Sagte die Assistentin, dass sie einen Termin jetzt fest gebucht hat? Ein Wunsch zählt nicht.",
        "Did the assistant say that it has now firmly booked an appointment? A wish that was noted is none.",
    ),
    (
        "promised_count",
        "number",
        "Wie viele Termine sie als jetzt gebucht bezeichnete, etwa zwei für Mutter und Kind; sonst 0.",
        "How many appointments it called booked now, such as two for mother and child; else 0.",
    ),
    (
        "promised_move",
        "boolean",
        "Sagte die Assistentin, dass sie einen Termin in diesem Gespräch verschoben hat?",
        "Did the assistant say that it has moved an appointment in this call?",
    ),
    (
        "promised_cancellation",
        "boolean",
        "Sagte die Assistentin, dass sie einen Termin in diesem Gespräch abgesagt hat?",
        "Did the assistant say that it has cancelled an appointment in this call?",
    ),
    (
        "promised_callback",
        "boolean",
        "Sagte die Assistentin zu, dass jemand zurückruft?",
        "Did the assistant promise that somebody will call back?",
    ),
    (
        "promised_times",
        "string",
        "Jede dabei zugesagte Zeit als JJJJ-MM-TTTHH:MM, mit Komma; nie die alte eines verschobenen Termins.",
        "Each time promised with it, YYYY-MM-DDTHH:MM, by commas; never the old time of one that was moved.",
    ),
    (
        "promised_when",
        "string",
        "Die Worte der Assistentin zu Tag und Uhrzeit dabei; sonst leer.",
        "The assistant's words for day and time with it; else empty.",
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
