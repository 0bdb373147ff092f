"""Which of two states of a Stripe object is newer. Stripe promises no order and its clock has seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Nothing leads back from these.
FINAL: Final = frozenset({"canceled", "incomplete_expired", "paid", "void"})


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of an object: ``created`` of its newest event, its status, how often it was written."""

    created: int
    status: str | None
    writes: int


@dataclass(frozen=True, slots=True)
class News:
    """An event about an object. ``created``: seconds since 1970."""

    type: str
    object_id: str
    created: int
    document: Mapping[str, Any]


def is_newer(news: News, known: Known | None) -> bool:
    """The event is sure to be newer than what is stored; otherwise only the object itself can tell."""
    return known is None or news.created > known.created


def may_replace(news: News, known: Known) -> bool:
    """Where it cannot be fetched: within one second nothing leads back from an end, or to a beginning."""
    same_second = news.created == known.created
    return same_second and known.status not in FINAL and not news.type.endswith(".created")
