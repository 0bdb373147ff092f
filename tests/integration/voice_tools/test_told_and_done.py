"""What a caller was told is what becomes of it, however slow the database or the calendar is."""

import asyncio
from dataclasses import replace
from datetime import UTC

import httpx
from sqlalchemy import update

from infra.simulators.control import RetellControl
from infra.simulators.runner import Simulators
from shared.db.tables import Booking
from tests.integration.voice_tools.far import SLACK, Far
from tests.integration.voice_tools.salon import MOBILE, Salon, next_open_day
from tests.processes import Process
from tests.support import eventually

CREATE = "POST /v2/bookings"


async def test_who_was_neither_booked_nor_noted_in_time_is_not_afterwards(far: Far) -> None:
    far.way.delay = 0.5
    far.broker.cut()
    said, seconds = await far.book()
    far.way.heal()
    far.broker.heal()
    assert "eingetragen" not in said
    assert "notiert" not in said
    assert seconds < 2.5 + SLACK
    # What is left of the first request has the same way to go as the second, and began before it.
    later = far.another_call()
    await later.salon.offered(next_open_day(), time="15:00")
    assert (await later.salon.book("A", "Bernd Stein"))["status"] == "booked"
    assert await far.attempts() == []
    assert (await far.salon.book("A"))["status"] == "booked"
    assert len(await far.salon.bookings_at_calcom()) == 2


async def test_who_waits_while_the_database_is_away_is_told_the_end_in_the_call(
    far: Far, simulators: Simulators
) -> None:
    await far.salon.calcom.fault(CREATE, "latency", seconds=5, times=1)
    waiting = asyncio.create_task(far.book())
    await far.attempt()
    far.way.cut()
    said, _ = await waiting
    far.way.heal()
    assert "dauert noch einen Moment" in said

    async def told() -> bool:
        async with RetellControl(simulators.retell_url) as retell:
            path = f"/v2/update-live-call/{far.salon.call_id}"
            return bool(await retell.requests(path, "PATCH"))

    async def booked() -> bool:
        return (await far.attempt()).state == "booked"

    await eventually(told, of="the word to the agent")
    await eventually(booked, of="the outcome is written")
    assert ((await far.attempt()).result or {})["waited"] is True


async def test_who_waits_while_the_database_is_away_and_loses_the_slot_is_called_back(far: Far) -> None:
    await far.salon.calcom.fault(CREATE, "latency", seconds=5, times=1)
    waiting = asyncio.create_task(far.book())
    start = (await far.attempt()).start_at
    far.way.cut()
    await _taken_by_the_host(far.salon, f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    said, _ = await waiting
    far.way.heal()
    assert "dauert noch einen Moment" in said
    assert (await far.salon.event("callback.requested")).data["phone"] == MOBILE


async def _taken_by_the_host(salon: Salon, start: str) -> None:
    headers = {"Authorization": f"Bearer {salon.account['apiKey']}", "cal-api-version": "2026-02-25"}
    attendee = {"name": "Else", "email": "else@example.org", "timeZone": "Europe/Berlin"}
    body = {"start": start, "eventTypeId": salon.event_type_id, "attendee": attendee}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{salon.calcom.root}/v2/bookings", headers=headers, json=body)
    assert answer.status_code == 201, answer.text


async def test_who_is_told_to_wait_for_what_another_process_does_is_noted(far: Far) -> None:
    await far.book()
    async with far.salon.database.transaction() as session:
        ours = Booking.company_id == far.salon.company_id
        await session.execute(update(Booking).where(ours).values(state="started"))
    said, _ = await far.book()
    assert "dauert noch einen Moment" in said
    assert (await far.attempt()).state == "pending"


async def test_a_look_that_takes_longer_than_its_budget_is_answered_and_its_result_kept(far: Far) -> None:
    await far.salon.calcom.fault("GET /v2/slots", "latency", seconds=4, times=1)
    far_day = next_open_day(20)
    said, seconds = await far.timed("check_availability", service="herrenschnitt", date=far_day.isoformat())
    assert "dauert" in said or "Moment" in said
    assert seconds < 0.8 + SLACK

    async def found() -> bool:
        return (await far.salon.offered(far_day))["status"] == "free"

    await eventually(found, every=0.3, of="the look has ended")


async def test_a_database_that_alone_knows_what_was_offered_is_waited_for_once(
    far: Far, salon: Salon, distant: Process
) -> None:
    # Another process has made the offer.
    stranger = salon.another_call()
    await stranger.offered(next_open_day())
    async with httpx.AsyncClient(base_url=distant.url, trust_env=False, timeout=30) as client:
        here = replace(far, salon=replace(stranger, client=client))
        far.way.black_hole()
        first, seconds = await here.book()
        again, _ = await here.book()
        far.way.heal()
    assert "dauert noch einen Moment" in first
    assert seconds < 2.5 + SLACK
    assert "klappt gerade leider nicht" in again
