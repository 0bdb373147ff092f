"""What is read of a dead letter: what went wrong, not with whom, unless somebody reveals it."""

from datetime import UTC, datetime
from typing import Any

from services.ops_console.routes.views_letters import dead_letter_out, dead_letter_story
from services.ops_console.store.dead_letters import Story
from shared.db.tables import Delivery

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
WORDS = "550 erika@example.com is unknown, call +49 151 12345678"


def letter() -> Delivery:
    entry = {"attempt": 1, "at": AT.isoformat(), "class": "ProviderRefusedError", "message": WORDS}
    return Delivery(
        id=7, queue="notifier.mail", event_id="e", state="dead", attempt=1, reason="rejected", body=None,
        error={"class": "ProviderRefusedError", "message": WORDS, "stack": f"Traceback\n{WORDS}"},
        history=[entry], properties={}, first_seen_at=AT, updated_at=AT,
        event_type=None, company_id=None, correlation_id=None, fingerprint=None, settled_by=None,
        settled_reason=None,
    )  # fmt: skip


def shown(*, revealed: bool) -> list[Any]:
    story = dead_letter_story(Story(letter(), []), revealed=revealed)
    return [story.error["message"], story.error["stack"], story.history[0]["message"],
            dead_letter_out(letter(), revealed=revealed).error["message"]]  # fmt: skip


def test_nobody_sees_addresses_and_numbers_in_error_stack_and_history_unasked() -> None:
    for text in shown(revealed=False):
        assert "is unknown" in text
        assert "erika@" not in text
        assert "12345678" not in text


def test_who_reveals_it_sees_the_words_as_they_are() -> None:
    assert all(WORDS in text for text in shown(revealed=True))
