"""What every call to Retell has: the key of one company's workspace, and lists by cursor."""

from collections.abc import AsyncIterator, Callable
from typing import Final, Generic, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from shared.clients.http import ProviderClient, Request
from shared.clients.objects import ProviderObject
from shared.resilience.guard import Guard

T = TypeVar("T")

PAGE: Final = 100


class RetellObject(ProviderObject):
    """Retell writes snake_case."""


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: tuple[T, ...] = ()
    has_more: bool = False
    pagination_key: str | None = None


class RetellClient(ProviderClient):
    """Base of the areas of the API."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, api_key: str, guard: Guard) -> None:
        super().__init__(http, base_url, guard, {"Authorization": f"Bearer {api_key}"})

    async def _all(
        self, request_of: Callable[[str | None], Request], shape: TypeAdapter[Page[T]]
    ) -> AsyncIterator[T]:
        """Every item of a list; ``request_of`` makes the request for a cursor."""
        cursor: str | None = None
        while True:
            page = await self._ask(request_of(cursor), shape)
            for item in page.items:
                yield item
            if not page.has_more or page.pagination_key in {None, cursor}:
                return
            cursor = page.pagination_key
