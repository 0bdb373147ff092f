"""Dead letters → shapes, as a person may see them."""

from typing import Any

from services.ops_console.handlers.masking import visible
from services.ops_console.routes.shapes_letters import DeadLetterOut, DeadLetterStory, Deed
from services.ops_console.routes.views import columns, content_of, only, without_stack
from services.ops_console.store.dead_letters import Story
from shared.db.tables import AuditEntry, Delivery


def dead_letter_out(row: Delivery, *, revealed: bool = False) -> DeadLetterOut:
    """A line of the list."""
    return DeadLetterOut(**_letter_fields(row, revealed=revealed, stack=False))


def dead_letter_story(story: Story, *, revealed: bool = False) -> DeadLetterStory:
    """Everything about it."""
    row = story.delivery
    payload, raw = content_of(row.body, revealed=revealed)
    return DeadLetterStory(
        **_letter_fields(row, revealed=revealed, stack=True),
        payload=payload,
        raw=raw,
        properties=visible(row.properties or {}, revealed=revealed),
        history=visible(list(row.history), revealed=revealed),
        deeds=[deed(entry) for entry in story.deeds],
    )


def deed(entry: AuditEntry) -> Deed:
    """What a person did."""
    return Deed(**only(Deed, columns(entry)))


def _letter_fields(row: Delivery, *, revealed: bool, stack: bool) -> dict[str, Any]:
    error = (row.error or {}) if stack else without_stack(row.error or {})
    return {**only(DeadLetterOut, columns(row)), "error": visible(error, revealed=revealed)}
