"""Dead letters → shapes, as a person may see them."""

from typing import Any

from services.ops_console.handlers.masking import visible
from services.ops_console.routes.shapes_letters import (
    DeadLetterOut,
    DeadLetterStory,
    Deed,
    GroupOut,
    GroupStoryOut,
    LinkedLetter,
    StackOut,
)
from services.ops_console.routes.views import columns, content_of, only, without_stack
from services.ops_console.store.dead_letters import Story
from services.ops_console.store.groups import GroupStory, GroupView
from shared.db.tables import AttemptStack, AuditEntry, Delivery


def dead_letter_out(row: Delivery, *, revealed: bool = False) -> DeadLetterOut:
    """A line of the list."""
    return DeadLetterOut(**_letter_fields(row, revealed=revealed, stack=False))


def dead_letter_story(story: Story, *, revealed: bool = False) -> DeadLetterStory:
    """Everything about it."""
    row = story.delivery
    payload, raw = content_of(story.body, revealed=revealed)
    return DeadLetterStory(
        **_letter_fields(row, revealed=revealed, stack=True),
        payload=payload,
        raw=raw,
        properties=visible(row.properties or {}, revealed=revealed),
        history=visible(list(row.history), revealed=revealed),
        stacks=[_stack(one, revealed=revealed) for one in story.stacks],
        original=None if story.original is None else _linked(story.original),
        copies=[_linked(one) for one in story.copies],
        deeds=[deed(entry) for entry in story.deeds],
    )


def group_out(view: GroupView) -> GroupOut:
    """A line of the list."""
    return GroupOut(**_group_fields(view))


def group_story(story: GroupStory) -> GroupStoryOut:
    """With what people did to it."""
    deeds = [deed(entry) for entry in story.deeds]
    return GroupStoryOut(**_group_fields(story.view), newest=story.newest, deeds=deeds)


def deed(entry: AuditEntry) -> Deed:
    """What a person did."""
    return Deed(**only(Deed, columns(entry)))


def _group_fields(view: GroupView) -> dict[str, Any]:
    counted = {"count": view.count, "at_least": view.at_least, "total": view.total, "hours": list(view.hours)}
    seen = {"first": view.group.first_seen, "last": view.last_seen}
    return {**only(GroupOut, columns(view.group)), **counted, **seen}


def _stack(row: AttemptStack, *, revealed: bool) -> StackOut:
    return StackOut(attempt=row.attempt, at=row.at, stack=visible(row.stack, revealed=revealed))


def _linked(row: Delivery) -> LinkedLetter:
    return LinkedLetter(**only(LinkedLetter, columns(row)))


def _letter_fields(row: Delivery, *, revealed: bool, stack: bool) -> dict[str, Any]:
    error = (row.error or {}) if stack else without_stack(row.error or {})
    return {**only(DeadLetterOut, columns(row)), "error": visible(error, revealed=revealed)}
