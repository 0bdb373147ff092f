from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

MONDAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date()
DAY = MONDAY.isoformat()


def at(hour: int, minute: int = 0) -> str:
    return f"{DAY}T{hour:02}:{minute:02}:00Z"


def starts(days: dict[str, Any]) -> list[str]:
    return [slot["start"] for slots in days.values() for slot in slots]


async def test_slots_are_keyed_by_the_date_in_the_asked_time_zone(salon: Any) -> None:
    event_type = await salon.event_type()
    tokyo = await salon.slots(event_type, DAY, DAY, timeZone="Asia/Tokyo")
    assert set(tokyo) == {DAY, (MONDAY + timedelta(days=1)).isoformat()}
    assert tokyo[DAY][0]["start"].endswith(".000+09:00")
    utc = await salon.slots(event_type, DAY, DAY)
    assert utc[DAY][0]["start"].endswith(".000Z")


async def test_the_format_range_adds_the_end(salon: Any) -> None:
    event_type = await salon.event_type()
    plain = await salon.slots(event_type, DAY, DAY)
    ranges = await salon.slots(event_type, DAY, DAY, format="range")
    assert set(plain[DAY][0]) == {"start"}
    assert set(ranges[DAY][0]) == {"start", "end"}


async def test_no_slots_are_an_empty_object(salon: Any) -> None:
    event_type = await salon.event_type(schedule={"availability": []})
    assert await salon.slots(event_type, DAY, DAY) == {}


async def test_an_accepted_booking_takes_its_slot_away_and_a_cancelled_one_gives_it_back(salon: Any) -> None:
    event_type = await salon.event_type()
    booking = await salon.booked(event_type, at(10))
    assert at(10)[:-1] + ".000Z" not in starts(await salon.slots(event_type, DAY, DAY))
    await salon.act(booking["uid"], "cancel", {})
    assert at(10)[:-1] + ".000Z" in starts(await salon.slots(event_type, DAY, DAY))


async def test_a_host_is_busy_for_all_of_his_event_types(salon: Any) -> None:
    cut, colour = await salon.event_type("Cut"), await salon.event_type("Colour", 60)
    await salon.booked(colour, at(10))
    left = starts(await salon.slots(cut, DAY, DAY))
    assert f"{DAY}T10:00:00.000Z" not in left
    assert f"{DAY}T10:30:00.000Z" not in left


async def test_round_robin_offers_a_time_until_its_last_host_is_taken(salon: Any) -> None:
    event_type = await salon.team_event_type(hosts=2)
    for number in range(2):
        assert f"{DAY}T10:00:00.000Z" in starts(await salon.slots(event_type, DAY, DAY))
        await salon.booked(event_type, at(10), attendee={"email": f"guest-{number}@example.org"})
    assert f"{DAY}T10:00:00.000Z" not in starts(await salon.slots(event_type, DAY, DAY))


async def test_round_robin_takes_the_host_who_was_booked_longest_ago(salon: Any) -> None:
    event_type = await salon.team_event_type(hosts=2)
    first = await salon.booked(event_type, at(10))
    second = await salon.booked(event_type, at(12))
    third = await salon.booked(event_type, at(14))
    assert first["hosts"][0]["id"] == third["hosts"][0]["id"] != second["hosts"][0]["id"]


async def test_a_collective_needs_all_hosts(salon: Any) -> None:
    together = await salon.team_event_type(kind="collective", title="Both")
    alone = await salon.team_event_type(hosts=1, title="One")
    await salon.booked(alone, at(10))
    assert f"{DAY}T10:00:00.000Z" not in starts(await salon.slots(together, DAY, DAY))


async def test_a_reservation_hides_the_slot_until_it_ends(salon: Any) -> None:
    event_type = await salon.event_type()
    wish = {"eventTypeId": event_type, "slotStart": at(10)}
    made = await salon.http.post("/v2/slots/reservations", json=wish)
    assert made.status_code == 201
    assert made.json()["data"]["reservationDuration"] == 5
    assert (await salon.http.post("/v2/slots/reservations", json=wish)).status_code == 422
    assert f"{DAY}T10:00:00.000Z" not in starts(await salon.slots(event_type, DAY, DAY))
    await salon.control.set_time(datetime.now(UTC) + timedelta(minutes=6))
    assert f"{DAY}T10:00:00.000Z" in starts(await salon.slots(event_type, DAY, DAY))


async def test_a_reservation_of_a_round_robin_holds_its_first_host_only(salon: Any) -> None:
    event_type = await salon.team_event_type(hosts=2)
    wish = {"eventTypeId": event_type, "slotStart": at(10)}
    assert (await salon.http.post("/v2/slots/reservations", json=wish)).status_code == 201
    assert f"{DAY}T10:00:00.000Z" in starts(await salon.slots(event_type, DAY, DAY))


async def test_booking_a_reserved_slot_is_possible_as_at_the_provider(salon: Any) -> None:
    event_type = await salon.event_type()
    wish = {"eventTypeId": event_type, "slotStart": at(10)}
    uid = (await salon.http.post("/v2/slots/reservations", json=wish)).json()["data"]["reservationUid"]
    await salon.booked(event_type, at(10))
    assert (await salon.http.delete(f"/v2/slots/reservations/{uid}")).status_code == 200
    assert (await salon.http.get(f"/v2/slots/reservations/{uid}")).status_code == 404


async def test_notice_and_booking_window_limit_what_is_offered(salon: Any) -> None:
    far = await salon.event_type("Far", bookingWindow={"type": "calendarDays", "value": 2})
    soon = await salon.event_type("Soon", minimumBookingNotice=60 * 24 * 30)
    assert await salon.slots(far, DAY, DAY) == {}
    assert await salon.slots(soon, DAY, DAY) == {}


async def test_breaks_and_overrides_shape_the_day(salon: Any) -> None:
    days = ["Monday"]
    schedule = {
        "timeZone": "Europe/Berlin",
        "availability": [
            {"days": days, "startTime": "09:00", "endTime": "10:00"},
            {"days": days, "startTime": "14:00", "endTime": "15:00"},
        ],
        "overrides": [],
    }
    event_type = await salon.event_type(schedule=schedule)
    berlin = await salon.slots(event_type, DAY, DAY, timeZone="Europe/Berlin")
    assert [start[11:16] for start in starts(berlin)] == ["09:00", "09:30", "14:00", "14:30"]
    schedule["overrides"] = [{"date": DAY, "startTime": "12:00", "endTime": "12:30"}]
    other = await salon.event_type("Other", schedule=schedule)
    berlin = await salon.slots(other, DAY, DAY, timeZone="Europe/Berlin")
    assert [start[11:16] for start in starts(berlin)] == ["12:00"]


async def test_without_its_version_header_the_path_does_not_exist(salon: Any) -> None:
    event_type = await salon.event_type()
    query = {"eventTypeId": event_type, "start": DAY, "end": DAY}
    for headers in ({}, {"cal-api-version": "2099-01-01"}):
        answer = await salon.http.get("/v2/slots", params=query, headers=headers)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NotFoundException"


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [("2026-03-20", "2026-03-27", "2026-03-31"), ("2026-10-20", "2026-10-23", "2026-10-27")],
    ids=["spring", "autumn"],
)
async def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(
    salon: Any, today: str, first: str, last: str
) -> None:
    await salon.control.set_time(datetime.fromisoformat(today).replace(tzinfo=UTC))
    event_type = await salon.event_type(minutes=60)
    days = await salon.slots(event_type, first, last, timeZone="Europe/Berlin")
    assert len(days) == 5
    assert {day[0]["start"][11:16] for day in days.values()} == {"09:00"}
    assert {day[-1]["start"][11:16] for day in days.values()} == {"17:00"}
    assert {day[0]["start"][-6:] for day in days.values()} == {"+01:00", "+02:00"}


async def test_a_slot_with_seats_says_how_many_are_taken(salon: Any) -> None:
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}
    event_type = await salon.event_type(seats=seats)
    booked = await salon.booked(event_type, at(10))
    slots = (await salon.slots(event_type, DAY, DAY))[DAY]
    taken = next(slot for slot in slots if slot["start"] == f"{DAY}T10:00:00.000Z")
    assert (taken["attendeesCount"], taken["bookingUid"]) == (1, booked["uid"])
    await salon.booked(event_type, at(10), attendee={"email": "anna@example.org"})
    assert f"{DAY}T10:00:00.000Z" not in starts(await salon.slots(event_type, DAY, DAY))
