"""What every list of the JSON API has; what it answers about a subject stands in ``shapes_SUBJECT``."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=1000)]


class Items(BaseModel, Generic[T]):
    """A list; each item has an ``id``."""

    items: list[T]
