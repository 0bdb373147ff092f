"""Variables of a call: the agent's prompt names them, the answer to the inbound webhook fills them in.

A variable without a value is spoken with its braces. Each therefore has a static value: the agent's default,
and the answer while database or cache are away. Values are strings; ``ja`` and ``nein`` in each language.
"""

from typing import Final

from shared.contracts.voice.words import Language

STATIC_VARIABLES: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "heute": "siehe die Zeitangabe davor",
        "kalender": "Der Kalender fehlt gerade: Frage bei jedem Tag nach Wochentag und Datum.",
        "offen_jetzt": "unbekannt",
        "verbinden_moeglich": "unbekannt",
        "hinweis_des_tages": "keiner",
        "anrufer_nummer_bekannt": "nein",
        "anrufer_bekannt": "nein",
        "naechster_termin_vorhanden": "nein",
        "leistungen": "siehe oben",
        "team": "siehe oben",
    },
    "en": {
        "heute": "see the time before",
        "kalender": "The calendar is missing just now: ask for weekday and date of every day.",
        "offen_jetzt": "unknown",
        "verbinden_moeglich": "unknown",
        "hinweis_des_tages": "none",
        "anrufer_nummer_bekannt": "nein",
        "anrufer_bekannt": "nein",
        "naechster_termin_vorhanden": "nein",
        "leistungen": "see above",
        "team": "see above",
    },
}

#: Where callers are asked for a recording; the first sentence says it before they say anything.
RECORDING_VARIABLES: Final[dict[Language, dict[str, str]]] = {
    "de": {"aufnahme_hinweis": "Eine Aufnahme behalten wir nur, wenn Sie zustimmen."},
    "en": {"aufnahme_hinweis": "A recording is kept only if you agree."},
}
