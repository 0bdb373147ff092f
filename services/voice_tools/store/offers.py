"""What was offered in a call, by letter: what was checked is what is booked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, text, update

from services.voice_tools.store.letters import Letters, named
from services.voice_tools.values import Call, FreeSlot, Offer, StillLookingError
from shared.db.engine import Database
from shared.db.tables import SlotOffer

#: Long enough to make up one's mind, short enough that the calendar has not changed much.
_LIFETIME: Final = timedelta(minutes=15)
_ASKED_ALREADY: Final = -1


#: One round trip, while a caller waits. Two functions of a call at once may want the same new letter: whoever
#: comes second gets no row for it, and asks again.
_LETTERED: Final = text(
    """
    with known as (
        select code, start_at, end_at, event_type_id, staff_key from slot_offers
        where company_id = :company and call_id = :call
    ), wanted as (
        select * from unnest(
            cast(:starts as timestamptz[]), cast(:ends as timestamptz[]),
            cast(:event_types as bigint[]), cast(:staff as text[])
        ) with ordinality as slot (start_at, end_at, event_type_id, staff_key, place)
    ), lettered as (
        select wanted.*, (
            select min(code) from known
            where (known.start_at, known.end_at, known.event_type_id)
                    = (wanted.start_at, wanted.end_at, wanted.event_type_id)
                and known.staff_key is not distinct from wanted.staff_key
        ) as code from wanted
    ), numbered as (
        select *, (select count(*) from known) - 1
            + row_number() over (partition by code is null order by place) as number from lettered
    )
    insert into slot_offers (
        company_id, call_id, code, branch_id, service_key, staff_key, event_type_id, start_at, end_at,
        offered_turn, expires_at
    )
    select :company, :call,
        coalesce(code, chr(65 + (number % 26)::int)
            || case when number < 26 then '' else (number / 26)::text end),
        :branch, :service, staff_key, event_type_id, start_at, end_at, :turn, :expires
    from numbered
    on conflict (company_id, call_id, code) do update set
        service_key = excluded.service_key, offered_turn = excluded.offered_turn,
        expires_at = excluded.expires_at
    where (slot_offers.start_at, slot_offers.end_at, slot_offers.event_type_id)
            = (excluded.start_at, excluded.end_at, excluded.event_type_id)
        and slot_offers.staff_key is not distinct from excluded.staff_key
    returning start_at, end_at, event_type_id, staff_key, code
    """
)
#: Each time another function of the call has got its letters.
_MOST_TRIES: Final = 10


class Offers:
    """Letters of a call: a time keeps its letter, a letter never gets another time.

    ``letters``: where they are found while the database does not answer.
    """

    def __init__(self, database: Database, letters: Letters) -> None:
        self._database = database
        self._letters = letters

    async def make(self, call: Call, service_key: str, slots: Sequence[FreeSlot]) -> list[Offer]:
        """Offer ``slots``, at least one, in this order. Raises InfrastructureError."""
        codes = await self._lettered(call, service_key, slots)
        offers = [_offer(call, service_key, slot, codes[replace(slot, stale=False)]) for slot in slots]
        await self._letters.keep(call, offers)
        return offers

    async def _lettered(
        self, call: Call, service_key: str, slots: Sequence[FreeSlot]
    ) -> Mapping[FreeSlot, str]:
        values = _values(call, service_key, slots)
        for _ in range(_MOST_TRIES):
            async with self._database.single() as connection:
                rows = (await connection.execute(_LETTERED, values)).all()
            if len(rows) == len(slots):
                return {FreeSlot(*slot): code for *slot, code in rows}
        raise StillLookingError("other functions of the call take every letter")

    async def find(self, call: Call, code: str | None) -> Offer | None:
        """The offer of a letter, expired or not; ``b.`` and ``Zeit B`` are B."""
        query = select(*_READ).where(
            SlotOffer.company_id == call.company_id, SlotOffer.call_id == call.call_id
        )
        async with self._database.single() as connection:
            offers = {row.code: _read(row) for row in await connection.execute(query)}
        return next((offers[letter] for letter in named(code) if letter in offers), None)

    async def latest_service(self, call: Call) -> str | None:
        """What was last looked for in this call."""
        query = (
            select(SlotOffer.service_key)
            .where(SlotOffer.company_id == call.company_id, SlotOffer.call_id == call.call_id)
            .order_by(SlotOffer.expires_at.desc())
            .limit(1)
        )
        async with self._database.single() as connection:
            return await connection.scalar(query)

    async def ask_once(self, call: Call, offer: Offer) -> None:
        """The caller is asked for a yes now; the next attempt counts as answered: transcripts lag behind."""
        async with self._database.single() as connection:
            await connection.execute(
                update(SlotOffer)
                .where(
                    SlotOffer.company_id == call.company_id,
                    SlotOffer.call_id == call.call_id,
                    SlotOffer.code == offer.code,
                )
                .values(offered_turn=_ASKED_ALREADY)
            )


_READ: Final = (
    SlotOffer.code,
    SlotOffer.service_key,
    SlotOffer.start_at,
    SlotOffer.end_at,
    SlotOffer.event_type_id,
    SlotOffer.staff_key,
    SlotOffer.offered_turn,
    SlotOffer.expires_at,
)


def _read(row: Any) -> Offer:
    slot = FreeSlot(row.start_at, row.end_at, row.event_type_id, row.staff_key)
    return Offer(row.code, row.service_key, slot, row.offered_turn, row.expires_at)


def _offer(call: Call, service_key: str, slot: FreeSlot, code: str) -> Offer:
    return Offer(code, service_key, slot, _turn(call), call.now + _LIFETIME)


def _turn(call: Call) -> int:
    return _ASKED_ALREADY if call.turns is None else call.turns


def _values(call: Call, service_key: str, slots: Sequence[FreeSlot]) -> dict[str, Any]:
    return {
        "company": call.company_id,
        "call": call.call_id,
        "branch": call.branch.branch_id,
        "service": service_key,
        "turn": _turn(call),
        "expires": call.now + _LIFETIME,
        "starts": [slot.start for slot in slots],
        "ends": [slot.end for slot in slots],
        "event_types": [slot.event_type_id for slot in slots],
        "staff": [slot.staff_key for slot in slots],
    }
