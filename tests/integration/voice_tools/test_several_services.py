"""Several services in one appointment, at a calendar that lets its length be chosen."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from shared.db.tables import CalcomEventType
from tests.integration.voice_tools.salon import OpenSalon, Salon, has_policy, next_open_day

LENGTHS = [30, 60, 90]


async def _open(open_salon: OpenSalon) -> Salon:
    """A haircut and a colour of an hour, of one event type."""
    salon = await open_salon(lengthInMinutesOptions=LENGTHS)
    cut, colour = salon.branch.services
    lasting = colour.model_copy(update={"event_type_id": salon.event_type_id, "duration_minutes": 60})
    await has_policy(salon, services=(cut, lasting))
    listed = {"title": "Schnitt", "slug": "s", "length_minutes": 30, "bookable": "yes"}
    row = {"company_id": salon.company_id, "id": salon.event_type_id, "length_options": LENGTHS, **listed}
    async with salon.database.transaction() as session:
        await session.execute(insert(CalcomEventType).values(**row))
    return salon


def _length(slot: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"])


async def test_several_services_are_offered_and_booked_as_long_as_all_of_them_take(
    open_salon: OpenSalon,
) -> None:
    salon = await _open(open_salon)
    wish = {"further_services": "Farbe", "part_of_day": "vormittag"}
    answer = await salon.offered(next_open_day(), **wish)
    assert answer["status"] == "free"
    # The branch closes at half past twelve.
    assert max(slot["start"][11:16] for slot in answer["slots"]) <= "11:00"
    assert (await salon.book(answer["slots"][0]["code"], note="Bitte mit Nina"))["status"] == "booked"
    [booking] = await salon.bookings_at_calcom()
    assert _length(booking) == timedelta(minutes=90)
    assert "Bitte mit Nina Zusammen: Herrenhaarschnitt und Farbe." in str(booking)


async def test_a_service_is_booked_with_its_own_length_where_there_are_several(open_salon: OpenSalon) -> None:
    salon = await _open(open_salon)
    answer = await salon.offered(next_open_day(), service="Farbe")
    assert (await salon.book(answer["slots"][0]["code"]))["status"] == "booked"
    [booking] = await salon.bookings_at_calcom()
    assert _length(booking) == timedelta(minutes=60)


async def test_a_time_that_was_taken_meanwhile_is_replaced_by_one_as_long(open_salon: OpenSalon) -> None:
    salon = await _open(open_salon)
    day, wish = next_open_day(), {"further_services": "Farbe", "time": "10:00"}
    mine, theirs = salon, salon.another_call()
    code = (await mine.offered(day, **wish))["slots"][0]["code"]
    await theirs.book((await theirs.offered(day, **wish))["slots"][0]["code"], "Berta Kranz")
    answer = await mine.book(code)
    assert answer["status"] == "taken"
    assert (await mine.book(answer["slots"][0]["code"]))["status"] == "booked"
    lengths = {_length(each) for each in await salon.bookings_at_calcom()}
    assert lengths == {timedelta(minutes=90)}


async def test_a_wish_for_several_services_asks_for_as_long(open_salon: OpenSalon) -> None:
    salon = await _open(open_salon)
    code = (await salon.offered(next_open_day(), further_services="Farbe"))["slots"][0]["code"]
    await salon.calcom.fault("POST /v2/bookings", "status", status=503)
    assert (await salon.book(code))["status"] == "requested"
    await salon.calcom.heal()
    wish = (await salon.event("booking.requested")).data
    assert (wish["service_key"], wish["duration_minutes"], wish["length_minutes"]) == (
        "herrenschnitt",
        90,
        90,
    )
