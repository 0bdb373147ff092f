"""Dead letters → shapes, as a person may see them."""

from typing import Any

from services.ops_console.routes.masking import shown
from services.ops_console.routes.shapes_letters import DeadLetterOut, DeadLetterStory, Deed
from services.ops_console.routes.views import columns, content_of, only, without_stack
from services.ops_console.store.dead_letters import Story
from services.ops_console.store.operators import Person
from shared.db.tables import AuditEntry, Delivery


def dead_letter_out(row: Delivery, person: Person) -> DeadLetterOut:
    """A line of the list."""
    return DeadLetterOut(**_letter_fields(row, person, stack=False))


def dead_letter_story(story: Story, person: Person) -> DeadLetterStory:
    """Everything about it."""
    row = story.delivery
    payload, raw = content_of(row.body, person)
    return DeadLetterStory(
        **_letter_fields(row, person, stack=True),
        payload=payload,
        raw=raw,
        properties=shown(row.properties or {}, person),
        history=shown(list(row.history), person),
        deeds=[deed(entry) for entry in story.deeds],
    )


def deed(entry: AuditEntry) -> Deed:
    """What a person did."""
    return Deed(**only(Deed, columns(entry)))


def _letter_fields(row: Delivery, person: Person, *, stack: bool) -> dict[str, Any]:
    error = (row.error or {}) if stack else without_stack(row.error or {})
    return {**only(DeadLetterOut, columns(row)), "error": shown(error, person)}
