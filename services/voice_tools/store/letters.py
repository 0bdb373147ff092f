"""What was offered in a call, kept beside the database: who has chosen is not sent away without it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cashews import Cache

from services.voice_tools.store.slot_cache import open_cache
from services.voice_tools.values import Call, FreeSlot, Letter, Offer

#: No call is longer.
_OF_A_CALL: Final = 3600.0
_MOST: Final = 10_000


class Letters:
    """``shared``: a cache of all replicas; without one each process knows what it has offered itself."""

    def __init__(self, shared: Cache | None) -> None:
        self._cache = shared or open_cache(None, "letters", size=_MOST)

    async def keep(self, call: Call, offers: Sequence[Offer]) -> None:
        """Offered now."""
        rows = {_key(call, offer.code): _row(offer) for offer in offers}
        await self._cache.set_many(rows, expire=_OF_A_CALL)

    async def find(self, call: Call, code: str | None) -> Letter | None:
        """The offer of a letter, expired or not, as ``Offers.find``; None as well where the cache is away."""
        for letter in named(code):
            key = _key(call, letter)
            row, tried, noted = await self._cache.get_many(key, f"{key}:tried", f"{key}:noted")
            if row is not None:
                return Letter(_offer(letter, row), tried=bool(tried), noted=bool(noted))
        return None

    async def note(self, call: Call, code: str, what: str) -> None:
        """``what``: ``tried`` or ``noted``."""
        await self._cache.set(f"{_key(call, code)}:{what}", True, expire=_OF_A_CALL)  # noqa: FBT003  # as JSON

    async def is_noted(self, call: Call, code: str) -> bool:
        """The broker has the wish for it."""
        return bool(await self._cache.get(f"{_key(call, code)}:noted"))


def named(code: str | None) -> list[str]:
    """The letters that ``b.`` or ``Zeit B`` may mean, the likeliest first."""
    return (code or "").upper().replace(".", " ").split()[::-1]


def _key(call: Call, code: str) -> str:
    return f"letter:{call.company_id}:{call.call_id}:{code}"


def _row(offer: Offer) -> list[Any]:
    slot = offer.slot
    moments = (moment.timestamp() for moment in (slot.start, slot.end, offer.expires_at))
    return [offer.service_key, slot.event_type_id, slot.staff_key, offer.turn, *moments]


def _offer(code: str, row: list[Any]) -> Offer:
    service_key, event_type_id, staff_key, turn, start, end, expires = row
    slot = FreeSlot(_moment(start), _moment(end), event_type_id, staff_key)
    return Offer(code, service_key, slot, turn, _moment(expires))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
