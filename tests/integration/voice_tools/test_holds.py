"""Our own callers do not get each other's slot, nor a second appointment where one wish is open."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from shared.db.tables import SlotHold
from tests.integration.voice_tools.salon import Salon, at, booked, next_open_day

CREATE = "POST /v2/bookings"


async def _holds(salon: Salon) -> list[SlotHold]:
    query = select(SlotHold).where(SlotHold.company_id == salon.company_id).order_by(SlotHold.start_at)
    async with salon.database.transaction() as session:
        return list(await session.scalars(query))


async def _wish(salon: Salon, clock: str, name: str = "Anna Meyer") -> str:
    """What the caller hears while Cal.com takes no booking."""
    code = (await salon.offered(next_open_day(), time=clock))["slots"][0]["code"]
    await salon.calcom.fault(CREATE, "status", status=503, times=1)
    answer = await salon.book(code, name)
    await salon.calcom.heal()
    assert answer["status"] == "requested"
    return str(answer["say"])


async def test_a_slot_is_held_for_its_length_and_as_long_as_its_wish_waits(salon: Salon) -> None:
    await _wish(salon, "10:00")
    [hold] = await _holds(salon)
    assert (hold.start_at, hold.end_at) == (at(next_open_day(), "10:00"), at(next_open_day(), "10:30"))
    assert hold.expires_at - datetime.now(UTC) > timedelta(minutes=15)


async def test_the_end_of_one_booking_lets_go_of_no_other_slot_of_the_call(salon: Salon) -> None:
    await _wish(salon, "10:00", "Lea Meyer")
    code = (await salon.offered(next_open_day(), time="15:00"))["slots"][0]["code"]
    assert (await salon.book(code, "Tom Meyer"))["status"] == "booked"
    assert [hold.start_at for hold in await _holds(salon)] == [at(next_open_day(), "10:00")]


async def test_nobody_is_moved_to_where_another_caller_is_being_entered(salon: Salon) -> None:
    day = next_open_day()
    await booked(salon, day)
    mover = salon.another_call()
    await mover.ask("find_appointment", {"customer_name": "Anna Meyer", "date": day.isoformat()})
    letter = (await mover.offered(day, time="15:00"))["slots"][0]["code"]
    await _wish(salon.another_call(), "15:00", "Bernd Stein")
    yes = {"appointment_code": "1", "slot_code": letter, "caller_confirmed": True}
    answer = await mover.ask("reschedule_appointment", yes)
    assert answer["status"] == "taken"
    assert at(day, "15:00") not in [datetime.fromisoformat(slot["start"]) for slot in answer["slots"]]


async def test_who_calls_again_while_their_wish_is_open_makes_no_second_one(salon: Salon) -> None:
    await _wish(salon, "10:00")
    again = salon.another_call()
    code = (await again.offered(next_open_day(), time="15:00"))["slots"][0]["code"]
    answer = await again.book(code, "Anna Maier")
    assert (answer["status"], answer["already"]) == ("requested", True)
    assert "10 Uhr ist schon notiert" in answer["say"]
    assert len(await salon.events("booking.requested")) == 1
    assert await salon.bookings_at_calcom() == []


async def test_somebody_else_of_the_same_number_has_a_wish_of_their_own(salon: Salon) -> None:
    await _wish(salon, "10:00")
    again = salon.another_call()
    code = (await again.offered(next_open_day(), time="15:00"))["slots"][0]["code"]
    assert (await again.book(code, "Bernd Stein"))["status"] == "booked"
