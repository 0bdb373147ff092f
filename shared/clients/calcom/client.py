"""What every call to Cal.com has: the key, the version header of its endpoint, the envelope."""

from typing import Final, Generic, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.clients.http import ProviderClient
from shared.clients.objects import ProviderObject
from shared.resilience.guard import Guard

T = TypeVar("T")

#: An absent or unknown version silently means 2024-04-15, with other shapes: always sent, per endpoint.
BOOKINGS_VERSION: Final = {"cal-api-version": "2026-02-25"}
SLOTS_VERSION: Final = {"cal-api-version": "2024-09-04"}
#: Of the versions that it takes the one that a document describes.
EVENT_TYPES_VERSION: Final = {"cal-api-version": "2024-06-14"}
#: 403 where a webhook or an event type belongs to somebody else: the key itself is good.
NOT_YOURS: Final = frozenset({403})


class CalcomObject(ProviderObject):
    """Cal.com writes camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class Answer(BaseModel, Generic[T]):
    """``{"status": "success", "data": …}``."""

    data: T


class Pagination(CalcomObject):
    """Of a list."""

    has_next_page: bool = False


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    data: tuple[T, ...]
    pagination: Pagination = Pagination()


class CalcomClient(ProviderClient):
    """Base of the areas of the API. ``base_url`` with or without a trailing ``/v2``."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, api_key: str, guard: Guard) -> None:
        host = base_url.rstrip("/").removesuffix("/v2")
        super().__init__(http, host, guard, {"Authorization": f"Bearer {api_key}"})
