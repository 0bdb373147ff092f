"""What was offered in a call has a letter: a time keeps its own, and no letter gets another time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from infra.local.valkey import PrivateValkey
from services.voice_tools.store.letters import Letters
from services.voice_tools.store.offers import Offers
from services.voice_tools.store.slot_cache import open_cache
from services.voice_tools.values import Call, Caller, FreeSlot
from shared.db.engine import Database
from shared.db.tables import SlotOffer
from tests.integration.voice_tools.salon import Salon

FIRST = datetime(2027, 3, 1, 9, tzinfo=UTC)
LENGTH = timedelta(minutes=30)


@pytest.fixture
def call(salon: Salon) -> Call:
    now = datetime.now(UTC)
    return Call(salon.company_id, salon.call_id, salon.branch, "de", Caller(), turns=1, now=now)


@pytest.fixture
def offers(database: Database) -> Offers:
    return Offers(database, Letters(None))


def _slots(*numbers: int, staff_key: str | None = None) -> list[FreeSlot]:
    starts = [FIRST + number * LENGTH for number in numbers]
    return [FreeSlot(start, start + LENGTH, 7, staff_key) for start in starts]


async def test_a_time_keeps_its_letter_and_after_z_comes_a1(call: Call, offers: Offers) -> None:
    first = await offers.make(call, "schnitt", _slots(0, 1, 2))
    again = await offers.make(call, "farbe", _slots(2, 3, 0))
    with_steffi = await offers.make(call, "schnitt", _slots(0, staff_key="steffi"))
    many = await offers.make(call, "schnitt", _slots(*range(4, 30)))
    assert [each.code for each in (*first, *again, *with_steffi)] == ["A", "B", "C", "C", "D", "A", "E"]
    assert [each.code for each in many][-6:] == ["Z", "A1", "B1", "C1", "D1", "E1"]
    assert await offers.find(call, "Zeit b1.") == many[-4]
    found = await offers.find(call, "C")
    assert found is not None
    assert (found.slot, found.service_key) == (first[2].slot, "farbe")


async def test_functions_at_once_never_give_a_letter_to_two_times(call: Call, offers: Offers) -> None:
    wanted = [_slots(*range(number, number + 3)) for number in range(12)]
    made = await asyncio.gather(*(offers.make(call, "schnitt", slots) for slots in wanted))
    for slots, given in zip(wanted, made, strict=True):
        assert [each.slot for each in given] == slots
    for each in (offer for given in made for offer in given):
        found = await offers.find(call, each.code)
        assert found is not None
        assert found.slot == each.slot


@pytest.mark.parametrize("shared", [False, True])
async def test_a_letter_is_known_without_the_database(
    call: Call, database: Database, valkey: PrivateValkey, shared: bool
) -> None:
    letters = Letters(open_cache(valkey.url) if shared else None)
    [offer] = await Offers(database, letters).make(call, "schnitt", _slots(5, staff_key="steffi"))
    async with database.transaction() as session:
        await session.execute(delete(SlotOffer))
    elsewhere = Letters(open_cache(valkey.url)) if shared else letters
    await letters.note(call, offer.code, "tried")
    found = await elsewhere.find(call, f"{offer.code.lower()}.")
    assert found is not None
    assert (found.offer, found.tried, found.noted) == (offer, True, False)
    await letters.note(call, offer.code, "noted")
    assert await elsewhere.is_noted(call, offer.code)
    assert await elsewhere.find(call, "B") is None
