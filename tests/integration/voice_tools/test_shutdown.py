"""A deployment in the middle of a booking."""

from tests.integration.voice_tools.salon import Salon, next_open_day
from tests.processes import Process


async def test_a_booking_on_its_way_is_finished_before_the_process_ends(salon: Salon, voice: Process) -> None:
    await salon.offered(next_open_day())
    await salon.calcom.fault("POST /v2/bookings", "latency", seconds=5, times=1)
    assert (await salon.book("A"))["status"] == "pending"
    assert await voice.stop() == 0
    [attempt] = await salon.attempts()
    assert attempt.state == "booked"
    assert [booking["uid"] for booking in await salon.bookings_at_calcom()] == [attempt.calcom_uid]
