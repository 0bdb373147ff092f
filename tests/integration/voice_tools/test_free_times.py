"""Free times out of the cache: what costs a request, what nobody is offered, what an outage leaves."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cashews import Cache
from prometheus_client import REGISTRY
from pydantic import SecretStr
from sqlalchemy import delete, insert

from infra.local.valkey import PrivateValkey
from services.voice_tools.store.allowance import Allowance
from services.voice_tools.store.calendar_changes import CalendarChanges
from services.voice_tools.store.calendars import Calendars
from services.voice_tools.store.counters import Counters
from services.voice_tools.store.free_slots import FreeSlots
from services.voice_tools.store.slot_cache import SlotCache, Window, open_cache
from services.voice_tools.store.taken import Answered
from services.voice_tools.values import Call, Caller, FreeSlot, StillLookingError
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.contracts.branch import Branch
from shared.db.credentials import Credentials
from shared.db.engine import Database
from shared.db.tables import Appointment, CalcomEventType, Company, SlotHold
from shared.db.vault import Vault
from shared.errors import NotFoundError, TransientError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.integration.voice_tools.calendar import LENGTH, START, Calendar
from tests.processes import KEY
from tests.support import eventually

VAULT = Vault([SecretStr(KEY)])
TTL = 3600.0
FIRST = START.date()
STEFFI, STEFFIS_COLOUR, JONAS = 7, 8, 9
LATER = START + timedelta(hours=1)
BRANCH = Branch.model_validate({"company_id": "salon", "branch_id": "mitte", "name": "Salon"})
Slots = Callable[..., FreeSlots]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="tests")
    people = {STEFFI: "Steffi", STEFFIS_COLOUR: "Steffi", JONAS: "Jonas"}
    rows = [
        {"company_id": "salon", "id": number, "title": name, "slug": name, "length_minutes": 30}
        | {"hosts": [name], "bookable": "yes"}
        for number, name in people.items()
    ]
    async with database.transaction() as session:
        await session.execute(delete(Company))
        key = VAULT.seal("cal_1")
        await session.execute(insert(Company).values(id="salon", name="Salon", calcom_api_key_encrypted=key))
        await session.execute(insert(CalcomEventType).values(rows))
    yield database
    await database.close()


@pytest.fixture
async def calendar() -> AsyncIterator[Calendar]:
    calendar = Calendar()
    calendar.starts = [START, LATER]
    await calendar.server.start()
    yield calendar
    calendar.answers.set()
    await calendar.server.stop()


@pytest.fixture
async def slots(database: Database, calendar: Calendar) -> AsyncIterator[Slots]:
    """Of a process of its own, unless a cache is given; patient, so that a slow machine changes nothing."""
    circuits = Circuits(None, process="test")
    async with http_client() as http:
        providers = Providers(http, Guards(circuits, Limits(None)), calcom_base_url=calendar.server.url)
        calendars = Calendars(Credentials(database, VAULT), providers, circuits)

        def make(cache: Cache | None = None, *, patience: float = 60.0) -> FreeSlots:
            changes = CalendarChanges(database)
            allowance = Allowance(Counters(None))
            cache = cache or open_cache(None)
            return FreeSlots(cache, calendars, changes, allowance, ttl=TTL, patience=patience)

        yield make


def _call(call_id: str = "call") -> Call:
    return Call("salon", call_id, BRANCH, "de", Caller(), 1, datetime.now(UTC))


async def _look(slots: FreeSlots, number: int = STEFFI, call_id: str = "call") -> list[datetime]:
    return [slot.start for slot in await _seen(slots, number, call_id)]


async def _seen(slots: FreeSlots, number: int = STEFFI, call_id: str = "call") -> list[FreeSlot]:
    return await slots.of(_call(call_id), [(number, None)], FIRST)


async def _told(database: Database, number: int, host: str, **fields: Any) -> None:
    """What the syncer writes after a webhook."""
    row = {"event_type_id": number, "host_name": host, "status": "accepted", "calcom_uid": f"u{number}"}
    times = {"start_at": START, "end_at": START + LENGTH, "updated_at": datetime.now(UTC) + timedelta(1)}
    async with database.transaction() as session:
        await session.execute(insert(Appointment).values({"company_id": "salon", **row, **times, **fields}))


async def _kept(cache: Cache, age: float, number: int = STEFFI) -> None:
    """An answer of ``age`` seconds ago."""
    answered = Answered(
        number,
        datetime.now(UTC) - timedelta(seconds=age),
        (FreeSlot(START, START + LENGTH, number), FreeSlot(LATER, LATER + LENGTH, number)),
    )
    window = Window("salon", number, FIRST, BRANCH.timezone)
    await SlotCache(cache, ttl=TTL).keep(window, answered)


def _counted() -> dict[str, float]:
    name = "askpro_slots_cache_total"
    return {
        result: REGISTRY.get_sample_value(name, {"result": result}) or 0
        for result in ("hit", "miss", "stale")
    }


async def _becomes(calendar: Calendar, looks: int) -> None:
    async def asked() -> bool:
        return calendar.looks == looks

    await eventually(asked, of=f"{looks} looks at the calendar")


async def test_a_cold_key_asked_for_by_a_hundred_callers_at_once_costs_one_request(
    slots: Slots, calendar: Calendar
) -> None:
    one = slots()
    calendar.answers.clear()
    asking = [asyncio.create_task(_look(one, call_id=f"call_{number}")) for number in range(100)]
    await _becomes(calendar, 1)
    calendar.answers.set()
    assert await asyncio.gather(*asking) == [[START, LATER]] * 100
    assert calendar.looks == 1


async def test_an_appointment_that_a_webhook_told_of_is_not_offered_and_costs_no_request(
    slots: Slots, calendar: Calendar, database: Database
) -> None:
    one = slots()
    assert await _look(one) == [START, LATER]
    await _told(database, STEFFIS_COLOUR, "Steffi")
    assert await _look(one) == [LATER]
    assert calendar.looks == 1


async def test_a_webhook_about_somebody_else_changes_nothing_and_costs_no_request(
    slots: Slots, calendar: Calendar, database: Database
) -> None:
    cache = open_cache(None)
    one = slots(cache)
    await _kept(cache, 60)
    await _told(database, JONAS, "Jonas")
    await _told(database, JONAS, "Jonas", status="cancelled", calcom_uid="u0")
    assert await _look(one) == [START, LATER]
    # Jonas's own are asked for after whatever was begun in the background.
    assert await _look(one, JONAS) == [LATER]
    assert calendar.looks == 1


async def test_what_was_cancelled_is_looked_for_while_the_old_answer_serves(
    slots: Slots, calendar: Calendar, database: Database
) -> None:
    cache = open_cache(None)
    one = slots(cache)
    await _kept(cache, 60)
    calendar.starts = [START, LATER, LATER + LENGTH]
    calendar.answers.clear()
    await _told(database, STEFFI, "Steffi", status="cancelled")
    assert await _look(one) == [START, LATER]
    await _becomes(calendar, 1)
    calendar.answers.set()

    async def there() -> bool:
        return len(await _look(one)) == 3

    await eventually(there, of="the time that was given back")


async def test_a_time_that_another_caller_is_being_entered_at_is_not_offered(
    slots: Slots, calendar: Calendar, database: Database
) -> None:
    one = slots()
    held = {"company_id": "salon", "event_type_id": STEFFI, "start_at": START, "call_id": "call_1"}
    async with database.transaction() as session:
        hold = {**held, "expires_at": datetime.now(UTC) + timedelta(minutes=5)}
        await session.execute(insert(SlotHold).values(hold))
    assert await _look(one, call_id="call_2") == [LATER]
    assert await _look(one, STEFFIS_COLOUR, call_id="call_2") == [LATER]
    assert await _look(one, JONAS, call_id="call_2") == [START, LATER]
    assert await _look(one, call_id="call_1") == [START, LATER]
    assert calendar.looks == 3


async def test_what_we_entered_ourselves_is_gone_for_every_replica_without_a_request(
    slots: Slots, calendar: Calendar, valkey: PrivateValkey
) -> None:
    one, other = slots(open_cache(valkey.url)), slots(open_cache(valkey.url))
    assert await _look(one) == await _look(other) == [START, LATER]
    await one.took("salon", STEFFI, START, START + LENGTH)
    assert await _look(one) == await _look(other) == [LATER]
    assert calendar.looks == 1


async def test_what_we_gave_back_is_looked_for_in_the_background(slots: Slots) -> None:
    cache = open_cache(None)
    one = slots(cache)
    await _kept(cache, 60)
    await one.took("salon", STEFFI, START, START + LENGTH)
    assert await _look(one) == [LATER]
    await one.freed("salon", STEFFI)

    async def there() -> bool:
        return await _look(one) == [START, LATER]

    await eventually(there, of="the time that was given back")


async def test_an_answer_is_renewed_before_a_caller_has_to_wait_for_it(
    slots: Slots, calendar: Calendar
) -> None:
    cache = open_cache(None)
    one = slots(cache)
    await _kept(cache, 0.6 * TTL)
    before = _counted()
    await _look(one)
    assert calendar.looks == 0
    await _kept(cache, 0.8 * TTL)
    await _look(one)
    await _becomes(calendar, 1)
    assert _counted()["miss"] == before["miss"]


async def test_renewing_leaves_callers_two_thirds_of_the_keys_budget(
    slots: Slots, calendar: Calendar
) -> None:
    cache = open_cache(None)
    one = slots(cache)
    for number in range(100, 160):
        await _kept(cache, 0.8 * TTL, number)
        await _look(one, number)
    await _becomes(calendar, 40)
    assert await _look(one, JONAS) == [START, LATER]
    assert calendar.looks == 41


async def test_an_old_answer_is_told_as_stale_while_the_calendar_is_away(
    slots: Slots, calendar: Calendar
) -> None:
    cache = open_cache(None)
    one = slots(cache)
    await _kept(cache, TTL + 60)
    calendar.status = 503
    before = _counted()
    assert [(slot.start, slot.stale) for slot in await _seen(one)] == [(START, True), (LATER, True)]
    assert _counted()["stale"] - before["stale"] == 1
    calendar.status = 200
    assert [slot.stale for slot in await _seen(one)] == [False, False]


async def test_a_calendar_slower_than_a_caller_waits_leaves_the_old_answer_or_another_moment(
    slots: Slots, calendar: Calendar
) -> None:
    cache = open_cache(None)
    one = slots(cache, patience=0.05)
    await _kept(cache, TTL + 60)
    calendar.answers.clear()
    assert [slot.stale for slot in await _seen(one)] == [True, True]
    with pytest.raises(StillLookingError):
        await _look(one, JONAS)

    async def given_up() -> bool:
        try:
            await _look(one, JONAS)
        except StillLookingError:
            return False
        except TransientError:
            return True
        raise AssertionError("nobody answered")

    await eventually(given_up, of="a calendar that is silent counts as away")
    assert calendar.looks == 2


async def test_a_caller_waits_from_the_arrival_of_the_request_on(slots: Slots, calendar: Calendar) -> None:
    cache = open_cache(None)
    one = slots(cache, patience=3600.0)
    await _kept(cache, TTL + 60)
    calendar.answers.clear()
    late = replace(_call(), arrived=time.monotonic() - 3600.0)
    assert [slot.stale for slot in await one.of(late, [(STEFFI, None)], FIRST)] == [True, True]
    calendar.answers.set()
    # That look was not given up: the next caller has its answer.
    assert [slot.stale for slot in await _seen(one)] == [False, False]
    assert calendar.looks == 1


async def test_an_event_type_that_is_gone_leaves_out_its_person_alone(
    slots: Slots, calendar: Calendar
) -> None:
    one = slots()
    calendar.gone = {JONAS}
    both = await one.of(_call(), [(STEFFI, "steffi"), (JONAS, "jonas")], FIRST)
    assert {slot.staff_key for slot in both} == {"steffi"}
    with pytest.raises(NotFoundError):
        await one.of(_call(), [(JONAS, "jonas")], FIRST)


async def test_a_guess_leaves_out_every_appointment_and_hold_that_we_know_of(
    slots: Slots, calendar: Calendar, database: Database
) -> None:
    await _told(database, STEFFI, "Steffi", updated_at=datetime.now(UTC) - timedelta(days=30))
    guessed = [FreeSlot(start, start + LENGTH, STEFFI, stale=True) for start in (START, LATER)]
    assert [slot.start for slot in await slots().not_taken(_call(), guessed)] == [LATER]
    assert calendar.looks == 0


async def test_free_times_are_shared_through_the_cache_and_a_frozen_cache_costs_little(
    slots: Slots, calendar: Calendar, valkey: PrivateValkey
) -> None:
    one, other = slots(open_cache(valkey.url)), slots(open_cache(valkey.url))
    number = 70
    assert [len(await _look(each, number)) for each in (one, other)] == [2, 2]
    assert calendar.looks == 1
    valkey.freeze()
    try:
        started = time.monotonic()
        assert len(await _look(one, number)) == 2
        assert time.monotonic() - started < 2
    finally:
        valkey.thaw()


async def test_how_often_the_cache_knew_the_free_times_is_counted(slots: Slots) -> None:
    one = slots()

    async def looked() -> dict[str, float]:
        before = _counted()
        await _look(one)
        return {result: number - before[result] for result, number in _counted().items()}

    assert await looked() == {"hit": 0, "miss": 1, "stale": 0}
    assert await looked() == {"hit": 1, "miss": 0, "stale": 0}


def test_a_window_is_two_weeks_of_the_branchs_days() -> None:
    window = Window("salon", STEFFI, date(2027, 3, 22), "Europe/Berlin")
    query = window.query(datetime(2027, 3, 1, tzinfo=UTC))
    # Summer time begins in between.
    assert (query.start, query.end) == (
        datetime(2027, 3, 21, 23, tzinfo=UTC),
        datetime(2027, 4, 4, 22, tzinfo=UTC),
    )
