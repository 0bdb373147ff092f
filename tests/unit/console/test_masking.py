"""Viewers see what happened, not to whom; secrets nobody sees."""

from services.ops_console.routes.masking import shown
from services.ops_console.store.operators import Person

VIEWER, OPERATOR = Person("v", "viewer"), Person("o", "operator")
PAYLOAD = {
    "attendees": [{"name": "Erika", "email": "erika@example.com"}],
    "uid": "abc",
    "transcript": "Agent: Guten Tag",
    "transcript_state": "not_stored",
    "additionalNotes": "bitte leise",
    "text": "call +49 151 12345678 or erika@example.com",
    "from_number": "+4915112345678",
    "api_key": "key_0123456789abcdef0123",
}


def test_a_viewer_sees_no_personal_data() -> None:
    seen = str(shown(PAYLOAD, VIEWER))
    assert "abc" in seen
    assert "not_stored" in seen
    for personal in ("Erika", "erika@", "leise", "12345678", "Guten Tag"):
        assert personal not in seen


def test_an_operator_sees_people_but_no_secrets() -> None:
    seen = shown(PAYLOAD, OPERATOR)
    assert seen["attendees"] == PAYLOAD["attendees"]
    assert seen["api_key"] == "[redacted]"
