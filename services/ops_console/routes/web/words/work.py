"""Appointments, calls, and what waits for a person: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "title": ("Title", "Titel"),
    "start_at": ("Start", "Beginn"),
    "attendee_name": ("Attendee", "Kunde"),
    "from_number": ("From", "Von"),
    "started_at": ("Start", "Beginn"),
    "duration_ms": ("Milliseconds", "Millisekunden"),
    "outcome": ("Outcome", "Ergebnis"),
    "transcript_state": ("Transcript", "Mitschrift"),
    "kept": ("kept", "vorhanden"),
    "not_stored": ("not stored at Retell", "bei Retell nicht gespeichert"),
    "dropped": ("dropped: refused", "gelöscht: abgelehnt"),
    "urgency": ("Urgency", "Dringlichkeit"),
    "customer_name": ("Customer", "Kunde"),
}
