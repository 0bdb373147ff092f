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
}
