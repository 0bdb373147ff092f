"""Variables of the prompt, and what stands in their place when a call begins without ours.

A variable without a value would be spoken with its braces: every one has a default.
"""

from typing import Final

from shared.contracts.voice import Language

_DEFAULTS: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "heute": "siehe die Zeitangabe davor",
        "kalender": "Der Kalender fehlt gerade: Frage bei jedem Tag nach Wochentag und Datum.",
        "offen_jetzt": "unbekannt",
        "hinweis_des_tages": "keiner",
        "anrufer_nummer_bekannt": "nein",
    },
    "en": {
        "heute": "see the time before",
        "kalender": "The calendar is missing just now: ask for weekday and date of every day.",
        "offen_jetzt": "unknown",
        "hinweis_des_tages": "none",
        "anrufer_nummer_bekannt": "nein",
    },
}


def default_variables(language: Language) -> dict[str, str]:
    """Every variable of the prompt with a value."""
    return dict(_DEFAULTS[language])
