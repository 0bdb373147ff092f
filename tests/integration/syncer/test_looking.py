"""What a webhook only hints at is fetched from Cal.com 30 s later."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.clients.calcom import NewBooking
from shared.contracts.events import BookingHinted

if TYPE_CHECKING:
    from infra.simulators.control import CalcomControl
    from tests.integration.syncer.conftest import World

SEATED = {"createdAt": "2026-03-01T10:00:00Z", "payload": {"uid": "u1", "seatsPerTimeSlot": 3}}


async def test_a_seat_given_up_is_looked_at_once_and_cancels_nothing(world: "World") -> None:
    start = {"startTime": "2026-03-05T09:00:00Z"}
    created = {**SEATED, "payload": {**SEATED["payload"], **start}}  # type: ignore[dict-item]
    await world.tell("calcom.booking_created", created)
    left = {**SEATED, "createdAt": "2026-03-01T10:05:00Z"}
    for _ in range(2):
        await world.tell("calcom.booking_cancelled", left)
    assert world.appointment("u1")["status"] == "accepted"
    looks = world.rows("select * from deliveries where company_id = %s order by id", world.company)
    assert [look["event_type"] for look in looks] == ["booking.hinted"] * 2
    for look in looks:
        wait = look["due_at"] - look["first_seen_at"]
        assert timedelta(seconds=29) < wait < timedelta(seconds=31)
    logged = world.rows("select id from event_log where company_id = %s", world.company)
    assert {row["id"] for row in logged} == {look["event_id"] for look in looks}


async def test_the_look_merges_what_calcom_says(connected: "World", calcom: "CalcomControl") -> None:
    uid = await _book(connected, calcom)
    await _look(connected, uid)
    row = connected.appointment(uid)
    assert (row["status"], row["attendee_name"]) == ("accepted", "Ana")
    assert connected.kinds() == ["appointment.booked"]


async def test_one_hint_fetches_the_whole_series(connected: "World", calcom: "CalcomControl") -> None:
    recurrence = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    uid = await _book(connected, calcom, recurrence=recurrence)
    await _look(connected, uid)
    rows = connected.rows("select status from appointments where company_id = %s", connected.company)
    assert [row["status"] for row in rows] == ["accepted"] * 3


async def test_a_booking_that_calcom_does_not_know_changes_nothing(connected: "World") -> None:
    await _look(connected, "nobody")
    assert connected.rows("select id from appointments where company_id = %s", connected.company) == []


async def test_a_company_without_a_key_is_not_asked(world: "World") -> None:
    await _look(world, "u1")
    assert world.kinds() == []


async def _book(world: "World", calcom: "CalcomControl", **event_type: Any) -> str:
    await calcom.configure(booking_seconds=[0, 0])
    made = await calcom.add_event_type(world.account["id"], "Haarschnitt", 30, **event_type)
    tomorrow = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    workday = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7 if tomorrow.weekday() > 4 else 0)
    assert world.providers is not None
    client = world.providers.calcom(world.company, world.account["apiKey"], region="default")
    booking = NewBooking(made["id"], workday, "Ana", "Europe/Berlin", email="ana@example.org")
    return (await client.create_booking(booking)).uid


async def _look(world: "World", uid: str) -> None:
    event = BookingHinted(company_id=world.company, uid=uid, hinted_at=datetime.now(UTC))
    await world.observe(event)
