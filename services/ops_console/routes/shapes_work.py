"""What the JSON API answers about appointments, calls and tasks, and what it is told of them."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, StringConstraints, model_validator

from services.ops_console.routes.wishes import Strict

T = TypeVar("T")
#: What a voice reads out as something else, or a prompt takes for a variable of its own.
_NOT_SPOKEN: Final = re.compile(r"[{}<>\[\]|\\_^~*#`]|https?:|www\.|[^\S ]|[^\w\s]{3,}")
_DAYS: Final = 31


class Walked(BaseModel, Generic[T]):
    """A page of a long list. ``next``, ``previous``: cursors of those before and after it, null at an end.

    ``reached``: the list goes on, but was looked through so far only; ``next`` goes on from there.
    """

    items: list[T]
    next: str | None
    previous: str | None = None
    reached: datetime | None = None


class TaskOut(BaseModel):
    """Something a person has to do. ``kind``: callback, wish (abandoned), promise (broken).

    ``reason`` is null for a wish that is no task yet: ``service_key`` and, where a time was chosen,
    ``wished_at`` tell what it is. ``id`` is what it is closed by. ``summary``: of the call; ``has_call``: it
    is among the calls.
    """

    id: str
    kind: Literal["callback", "wish", "promise"]
    urgency: str
    created_at: datetime
    company_id: str
    branch_id: str | None
    branch_name: str | None
    call_id: str | None
    customer_name: str | None
    phone: str | None
    reason: str | None
    preferred_time: str | None
    has_call: bool
    service_key: str | None
    service: str | None
    wished_at: datetime | None
    summary: str | None


class CloseWish(Strict):
    """How it ended. ``note``: for whoever looks it up."""

    outcome: Literal["done", "not_reached", "discarded"] = "done"
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None


class Closed(BaseModel):
    """``id``: of the task, by which it is opened again."""

    id: str


def _speakable(text: str) -> str:
    if found := _NOT_SPOKEN.search(text):
        raise ValueError(f"{found.group()!r} cannot be read out: write it as it is said")
    return text


class NoticeWish(Strict):
    """What callers hear on ``day`` and on each day to ``until``, where that is given: a sentence to say."""

    day: date
    until: date | None = None
    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=3, max_length=200),
        AfterValidator(_speakable),
    ]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.last - self.day).days < _DAYS:
            raise ValueError(f"until must not lie before day, nor more than {_DAYS} days after it")
        return self

    @property
    def last(self) -> date:
        """The last day."""
        return self.until or self.day


class NoticeOfDay(BaseModel):
    """``id``: its day."""

    id: date
    text: str
    by: str
    at: datetime


Rows = Walked[dict[str, Any]]
