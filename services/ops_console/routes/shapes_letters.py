"""What the JSON API answers about dead letters and what people did to them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class DeadLetterOut(BaseModel):
    """A dead letter. ``error``: class, message, place."""

    id: int
    queue: str
    event_id: str
    event_type: str | None
    company_id: str | None
    correlation_id: str | None
    state: str
    attempt: int
    reason: str | None
    error: dict[str, Any]
    fingerprint: str | None
    group_id: str | None = None
    copy_of: int | None = None
    first_seen_at: datetime
    updated_at: datetime
    settled_by: str | None
    settled_reason: str | None


class Deed(BaseModel):
    """What a person did."""

    at: datetime
    operator: str
    action: str
    target: str
    reason: str | None


class StackOut(BaseModel):
    """The stack of one attempt, its end where it is long; ``at`` as in the history."""

    attempt: int
    at: datetime
    stack: str


class LinkedLetter(BaseModel):
    """A dead letter's original, or an edit of it."""

    id: int
    event_id: str
    state: str
    updated_at: datetime


class DeadLetterStory(DeadLetterOut):
    """``payload``: the parsed envelope (redacted); ``raw``: the bytes as text where they do not parse.

    ``stacks``: of each attempt that left one. ``original``: what this is an edit of; ``copies``: its edits.
    """

    payload: Any
    raw: str | None
    properties: dict[str, Any]
    history: list[Any]
    stacks: list[StackOut]
    original: LinkedLetter | None
    copies: list[LinkedLetter]
    deeds: list[Deed]


class GroupOut(BaseModel):
    """Dead letters with the same error at the same place of the code.

    ``state``: open, acknowledged, resolved, ignored; the ``until_*`` end the last one. ``count``: dead now,
    at least so many where ``at_least``; ``total``: ever died. ``hours``: deaths in each of the last hours,
    the present one last: a day of them in lists, a week on its own.
    """

    id: str
    queue: str
    error_class: str
    place: str
    state: str
    note: str | None
    count: int
    at_least: bool
    total: int
    first: datetime
    last: datetime
    hours: list[int]
    until_at: datetime | None
    until_total: int | None
    until_per_hour: int | None
    state_by: str | None
    state_at: datetime | None
    state_reason: str | None


class GroupStoryOut(GroupOut):
    """``newest``: the id of its newest dead letter."""

    newest: int | None
    deeds: list[Deed]


class Changed(BaseModel):
    """What was changed: exactly these."""

    count: int
    ids: list[int]
