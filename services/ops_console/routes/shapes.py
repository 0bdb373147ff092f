"""What every list of the JSON API has; what it answers about a subject stands in ``shapes_SUBJECT``."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=1000)]


class Paged(BaseModel, Generic[T]):
    """A page of a list; each item has an ``id``. ``next``: the cursor of the next page, None at the end."""

    items: list[T]
    next: str | None


class Items(BaseModel, Generic[T]):
    """A list; each item has an ``id``."""

    items: list[T]
