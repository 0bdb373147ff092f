"""What was offered in a call, by letter: what was checked is what is booked."""

import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.voice_tools.store.letters import Letters, named
from services.voice_tools.values import Call, FreeSlot, Offer
from shared.db.engine import Database
from shared.db.tables import SlotOffer

#: Long enough to make up one's mind, short enough that the calendar has not changed much.
_LIFETIME: Final = timedelta(minutes=15)
_ASKED_ALREADY: Final = -1


_INSERT: Final = insert(SlotOffer)
#: Written once: a caller waits while SQLAlchemy turns a statement into text. Rows go in one round trip.
_UPSERT: Final = _INSERT.on_conflict_do_update(
    index_elements=["company_id", "call_id", "code"],
    set_={name: _INSERT.excluded[name] for name in ("service_key", "offered_turn", "expires_at")},
)


class Offers:
    """Letters of a call: a time keeps its letter, a letter never gets another time.

    ``letters``: where they are found while the database does not answer.
    """

    def __init__(self, database: Database, letters: Letters) -> None:
        self._database = database
        self._letters = letters

    async def make(self, call: Call, service_key: str, slots: Sequence[FreeSlot]) -> list[Offer]:
        """Offer ``slots``, at least one, in this order. Raises InfrastructureError."""
        async with self._database.transaction() as session:
            # Two functions of one call at once must not give the same letter away twice.
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(call.call_id))))
            known = {offer.slot: offer.code for offer in await self._all(session, call)}
            free = iter(_codes(len(known), len(slots)))
            offers = [
                _offer(call, service_key, slot, known.get(replace(slot, stale=False)) or next(free))
                for slot in slots
            ]
            await session.execute(_UPSERT, [_values(call, offer) for offer in offers])
        await self._letters.keep(call, offers)
        return offers

    async def find(self, call: Call, code: str | None) -> Offer | None:
        """The offer of a letter, expired or not; ``b.`` and ``Zeit B`` are B."""
        async with self._database.transaction() as session:
            offers = {offer.code: offer for offer in await self._all(session, call)}
        return next((offers[letter] for letter in named(code) if letter in offers), None)

    async def latest_service(self, call: Call) -> str | None:
        """What was last looked for in this call."""
        query = (
            select(SlotOffer.service_key)
            .where(SlotOffer.company_id == call.company_id, SlotOffer.call_id == call.call_id)
            .order_by(SlotOffer.expires_at.desc())
            .limit(1)
        )
        async with self._database.transaction() as session:
            return await session.scalar(query)

    async def ask_once(self, call: Call, offer: Offer) -> None:
        """The caller is asked for a yes now; the next attempt counts as answered: transcripts lag behind."""
        async with self._database.transaction() as session:
            await session.execute(
                update(SlotOffer)
                .where(
                    SlotOffer.company_id == call.company_id,
                    SlotOffer.call_id == call.call_id,
                    SlotOffer.code == offer.code,
                )
                .values(offered_turn=_ASKED_ALREADY)
            )

    @staticmethod
    async def _all(session: AsyncSession, call: Call) -> list[Offer]:
        rows = await session.scalars(
            select(SlotOffer).where(
                SlotOffer.company_id == call.company_id, SlotOffer.call_id == call.call_id
            )
        )
        return [_read(row) for row in rows]


def _read(row: SlotOffer) -> Offer:
    slot = FreeSlot(row.start_at, row.end_at, row.event_type_id, row.staff_key)
    return Offer(row.code, row.service_key, slot, row.offered_turn, row.expires_at)


def _offer(call: Call, service_key: str, slot: FreeSlot, code: str) -> Offer:
    turn = _ASKED_ALREADY if call.turns is None else call.turns
    return Offer(code, service_key, slot, turn, call.now + _LIFETIME)


def _codes(used: int, wanted: int) -> list[str]:
    """``A`` to ``Z``, then ``A1``."""
    letters = string.ascii_uppercase
    return [
        letters[number % len(letters)] + (str(number // len(letters)) if number >= len(letters) else "")
        for number in range(used, used + wanted)
    ]


def _values(call: Call, offer: Offer) -> dict[str, Any]:
    return {
        "company_id": call.company_id,
        "call_id": call.call_id,
        "code": offer.code,
        "branch_id": call.branch.branch_id,
        "service_key": offer.service_key,
        "staff_key": offer.slot.staff_key,
        "event_type_id": offer.slot.event_type_id,
        "start_at": offer.slot.start,
        "end_at": offer.slot.end,
        "offered_turn": offer.turn,
        "expires_at": offer.expires_at,
    }
