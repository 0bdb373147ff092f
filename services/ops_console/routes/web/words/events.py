"""Events, rejected requests, people: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "unhandled": ("unhandled", "ohne Empfänger"),
    "logged_at": ("Logged", "Verbucht"),
    "became": ("What became of it", "Was daraus wurde"),
    "causation_id": ("Caused by", "Ursache"),
    "source": ("Source", "Quelle"),
    "subject": ("Subject", "Gegenstand"),
    "time": ("Time", "Zeit"),
    "traceparent": ("Trace", "Trace"),
    "trail": ("Trail", "Spur"),
    "envelope": ("Envelope", "Umschlag"),
    "its_call": ("Its call", "Der Anruf"),
    "its_appointment": ("Its appointment", "Der Termin"),
    "whole_case": ("Everything of this case", "Alles zu diesem Vorgang"),
    "contains": ("Text in the event", "Text im Ereignis"),
    "since_utc": ("From (UTC)", "Ab (UTC)"),
    "until_utc": ("Until (UTC)", "Bis (UTC)"),
    "only_unhandled": ("Only what nobody handles", "Nur ohne Empfänger"),
    "search_on": ("Search further back", "Weiter zurück suchen"),
    "search_on_help": (
        "A search goes through some thousand events at a time. Company and times make it quicker.",
        "Gesucht wird in einigen tausend Ereignissen auf einmal. Firma und Zeiten machen es schneller.",
    ),
}
