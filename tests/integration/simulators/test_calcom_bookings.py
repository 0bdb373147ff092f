"""What becomes of a booking, and how bookings are found again."""

from datetime import UTC, datetime, timedelta
from typing import Any

MONDAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date()
DAY = MONDAY.isoformat()
TEN, ELEVEN = f"{DAY}T10:00:00Z", f"{DAY}T11:00:00Z"
VERSION = {"cal-api-version": "2026-02-25"}


async def get(salon: Any, uid: str) -> dict[str, Any]:
    return dict((await salon.http.get(f"/v2/bookings/{uid}", headers=VERSION)).json()["data"])


async def test_a_booking_comes_back_with_its_metadata_and_in_english_unless_asked(salon: Any) -> None:
    event_type = await salon.event_type()
    made = await salon.booked(event_type, TEN, metadata={"askpro_token": "t"})
    assert await get(salon, made["uid"]) == made
    assert made["metadata"] == {"askpro_token": "t"}
    assert made["attendees"][0]["language"] == "en"
    assert made["eventType"] == {"id": event_type, "slug": "cut"}


async def test_rescheduling_makes_a_new_uid_and_links_both(salon: Any) -> None:
    old = await salon.booked(await salon.event_type(), TEN)
    answer = await salon.act(old["uid"], "reschedule", {"start": ELEVEN, "reschedulingReason": "later"})
    new = answer.json()["data"]
    assert answer.status_code == 201
    assert (new["rescheduledFromUid"], new["reschedulingReason"]) == (old["uid"], "later")
    stored = await get(salon, old["uid"])
    assert (stored["status"], stored["rescheduledToUid"]) == ("cancelled", new["uid"])


async def test_what_was_rescheduled_names_its_successor_when_it_is_moved_again(salon: Any) -> None:
    old = await salon.booked(await salon.event_type(), TEN)
    new = (await salon.act(old["uid"], "reschedule", {"start": ELEVEN})).json()["data"]
    answer = await salon.act(old["uid"], "reschedule", {"start": ELEVEN})
    assert answer.status_code == 400
    assert new["uid"] in answer.json()["error"]["message"]


async def test_a_cancelled_booking_cannot_be_moved_or_cancelled_again(salon: Any) -> None:
    uid = (await salon.booked(await salon.event_type(), TEN))["uid"]
    cancelled = await salon.act(uid, "cancel", {"cancellationReason": "ill"})
    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "cancelled")
    assert (await salon.act(uid, "cancel", {})).status_code == 400
    assert (await salon.act(uid, "reschedule", {"start": ELEVEN})).status_code == 400


async def test_cancelling_needs_a_body(salon: Any) -> None:
    uid = (await salon.booked(await salon.event_type(), TEN))["uid"]
    assert (await salon.act(uid, "cancel")).status_code == 400


async def test_a_pending_booking_is_confirmed_or_declined_by_its_owner_only(salon: Any) -> None:
    event_type = await salon.event_type(requiresConfirmation=True)
    uid = (await salon.booked(event_type, TEN))["uid"]
    stranger = await salon.control.add_account(username="stranger")
    headers = {**VERSION, "Authorization": f"Bearer {stranger['apiKey']}"}
    assert (await salon.http.post(f"/v2/bookings/{uid}/confirm", headers=headers)).status_code == 403
    assert (await salon.act(uid, "decline", {"reason": "full"})).json()["data"]["status"] == "rejected"
    assert (await salon.act(uid, "confirm", {})).json()["data"]["status"] == "accepted"


async def test_moving_a_booking_that_needs_confirmation_needs_it_again_unless_the_owner_moves_it(
    salon: Any,
) -> None:
    event_type = await salon.event_type(requiresConfirmation=True)
    uid = (await salon.booked(event_type, TEN))["uid"]
    moved = (await salon.act(uid, "reschedule", {"start": ELEVEN})).json()["data"]
    assert moved["status"] == "pending"
    by_owner = {"start": TEN, "rescheduledBy": moved["hosts"][0]["email"]}
    assert (await salon.act(moved["uid"], "reschedule", by_owner)).json()["data"]["status"] == "accepted"


async def test_the_owner_may_book_over_what_is_there_when_he_says_so(salon: Any) -> None:
    event_type = await salon.event_type()
    await salon.booked(event_type, TEN)
    half_past = f"{DAY}T10:15:00Z"
    assert (await salon.book(event_type, half_past)).status_code == 400
    assert (await salon.book(event_type, half_past, allowConflicts=True)).status_code == 201


async def test_absent_attendees_are_marked(salon: Any) -> None:
    uid = (await salon.booked(await salon.event_type(), TEN))["uid"]
    body = {"attendees": [{"email": "eva@example.org", "absent": True}]}
    assert (await salon.act(uid, "mark-absent", body)).json()["data"]["attendees"][0]["absent"] is True
    assert (await salon.act(uid, "mark-absent", {})).status_code == 400


async def found(salon: Any, **query: Any) -> list[str]:
    answer = await salon.http.get("/v2/bookings", params=query, headers=VERSION)
    assert answer.status_code == 200, answer.text
    return [booking["uid"] for booking in answer.json()["data"]]


async def test_bookings_are_found_by_attendee_event_type_time_and_status(salon: Any) -> None:
    cut, colour = await salon.event_type("Cut"), await salon.event_type("Colour", 60)
    first = await salon.booked(cut, TEN)
    second = await salon.booked(colour, ELEVEN, attendee={"email": "anna@example.org", "name": "Anna"})
    one, two = first["uid"], second["uid"]
    assert await found(salon, attendeeEmail="anna@example.org") == [two]
    assert await found(salon, attendeeName="eva") == [one]
    assert await found(salon, eventTypeId=cut) == [one]
    assert await found(salon, eventTypeIds=f"{cut},{colour}") == [one, two]
    assert await found(salon, afterStart=ELEVEN) == [two]
    assert await found(salon, beforeEnd=ELEVEN) == [one]
    assert await found(salon, afterStart=DAY, sortStart="desc") == [two, one]
    await salon.act(one, "cancel", {})
    assert await found(salon, status="upcoming") == [two]
    assert await found(salon, status="cancelled,past") == [one]
    assert await found(salon, afterUpdatedAt=second["updatedAt"], sortUpdatedAt="desc") == [one, two]
    assert await found(salon, bookingUid=two) == [two]


async def test_a_list_has_pages_of_at_most_250(salon: Any) -> None:
    event_type = await salon.event_type()
    for hour in (9, 10, 11):
        await salon.booked(event_type, f"{DAY}T{hour:02}:00:00Z")
    answer = await salon.http.get("/v2/bookings", params={"take": 2}, headers=VERSION)
    pagination = answer.json()["pagination"]
    assert (len(answer.json()["data"]), pagination["hasNextPage"], pagination["totalItems"]) == (2, True, 3)
    assert len(await found(salon, take=2, skip=2)) == 1
    assert (await salon.http.get("/v2/bookings", params={"take": 251}, headers=VERSION)).status_code == 400


async def test_nobody_sees_somebody_elses_bookings_or_event_types(salon: Any) -> None:
    event_type = await salon.event_type()
    await salon.booked(event_type, TEN)
    stranger = await salon.control.add_account(username="stranger")
    headers = {**VERSION, "Authorization": f"Bearer {stranger['apiKey']}"}
    assert (await salon.http.get("/v2/bookings", headers=headers)).json()["data"] == []
    assert (await salon.http.get(f"/v2/event-types/{event_type}", headers=headers)).status_code == 404


async def test_a_recurring_booking_is_an_array_found_again_by_its_series(salon: Any) -> None:
    recurrence = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    event_type = await salon.event_type(recurrence=recurrence)
    series = (await salon.book(event_type, TEN)).json()["data"]
    assert len({booking["uid"] for booking in series}) == 3
    again = await salon.http.get(f"/v2/bookings/{series[0]['recurringBookingUid']}", headers=VERSION)
    assert len(again.json()["data"]) == 3
    cancelled = await salon.act(series[1]["uid"], "cancel", {"cancelSubsequentBookings": True})
    assert len(cancelled.json()["data"]) == 2
    assert len(await found(salon, status="recurring")) == 1


async def test_seats_fill_one_booking_and_are_left_one_by_one(salon: Any) -> None:
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}
    event_type = await salon.event_type(seats=seats)
    first = await salon.booked(event_type, TEN)
    second = await salon.booked(event_type, TEN, attendee={"email": "anna@example.org"})
    assert first["uid"] == second["uid"]
    assert (await salon.book(event_type, TEN, attendee={"email": "third@example.org"})).status_code == 400
    seat = second["attendees"][1]["seatUid"]
    assert (first["seatUid"], second["seatUid"]) == (first["attendees"][0]["seatUid"], seat)
    left = (await salon.act(first["uid"], "cancel", {"seatUid": seat})).json()["data"]
    assert (left["status"], len(left["attendees"])) == ("accepted", 1)
    moved = (await salon.act(first["uid"], "reschedule", {"start": ELEVEN})).json()["data"]
    assert moved["uid"] == first["uid"]


async def test_event_types_are_listed_without_those_of_a_team(salon: Any) -> None:
    version = {"cal-api-version": "2026-06-12"}
    personal = await salon.event_type("Cut")
    team = await salon.team_event_type(title="Team", teamId=7)
    own = (await salon.http.get("/v2/event-types", headers=version)).json()["data"]
    assert [each["id"] for each in own] == [personal]
    assert "hosts" not in own[0]
    theirs = (await salon.http.get("/v2/teams/7/event-types", headers=version)).json()["data"]
    assert [each["id"] for each in theirs] == [team]
    old = (await salon.http.get("/v2/event-types")).json()["data"]
    assert old["eventTypeGroups"][0]["eventTypes"][0]["length"] == 30


async def test_event_types_are_made_changed_and_deleted_through_the_api(salon: Any) -> None:
    version = {"cal-api-version": "2024-06-14"}
    wish = {"title": "Cut", "slug": "cut", "lengthInMinutes": 30}
    made = await salon.http.post("/v2/event-types", json=wish, headers=version)
    assert made.status_code == 201
    assert (await salon.http.post("/v2/event-types", json=wish, headers=version)).status_code == 400
    path = f"/v2/event-types/{made.json()['data']['id']}"
    changed = await salon.http.patch(path, json={"lengthInMinutes": 45}, headers=version)
    assert changed.json()["data"]["lengthInMinutes"] == 45
    assert (await salon.http.delete(path, headers=version)).status_code == 200
    assert (await salon.http.get(path, headers=version)).status_code == 404
