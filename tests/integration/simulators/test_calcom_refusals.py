"""What Cal.com refuses when something is booked, in its words."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN = f"{DAY}T10:00:00Z"
PHONE = {"type": "phone", "slug": "attendeePhoneNumber", "required": True, "label": "Phone"}
NO_EMAIL = {"email": None}


def message(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


async def test_the_usual_form_demands_an_email(salon: Any) -> None:
    answer = await salon.book(
        await salon.event_type(), TEN, attendee={**NO_EMAIL, "phoneNumber": "+4930123456"}
    )
    assert (answer.status_code, message(answer)) == (400, "{email}error_required_field")


async def test_neither_email_nor_phone_is_refused(salon: Any) -> None:
    answer = await salon.book(await salon.event_type(), TEN, attendee=NO_EMAIL)
    assert answer.status_code == 400
    assert message(answer).startswith("Attendee email or phone number properties wrong")


@pytest.mark.parametrize("phone", ["+49123", "030 123456", "anonymous"])
async def test_a_phone_number_that_libphonenumber_refuses_is_refused(salon: Any, phone: str) -> None:
    answer = await salon.book(await salon.event_type(), TEN, attendee={"phoneNumber": phone})
    assert (answer.status_code, message(answer)) == (400, "{attendeePhoneNumber}invalid_number")


async def test_each_required_field_of_the_form_must_be_answered(salon: Any) -> None:
    title = {"type": "title", "slug": "title", "required": True, "hidden": False}
    insurance = {"type": "text", "slug": "versicherung", "required": True}
    event_type = await salon.event_type(bookingFields=[title, insurance])
    answer = await salon.book(event_type, TEN)
    assert answer.status_code == 400
    assert message(answer) == "{title}error_required_field, {versicherung}error_required_field"
    fields = {"title": "Cut", "versicherung": "AOK"}
    booked = await salon.booked(event_type, TEN, bookingFieldsResponses=fields)
    assert booked["bookingFieldsResponses"]["versicherung"] == "AOK"


async def test_a_title_at_the_root_is_refused(salon: Any) -> None:
    answer = await salon.book(await salon.event_type(), TEN, title="Cut")
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"][0]["property"] == "title"


async def test_phone_only_works_where_the_form_allows_it(organization: Any) -> None:
    fields = [{"type": "email", "slug": "email", "required": False}, PHONE]
    event_type = await organization.team_event_type(bookingFields=fields)
    booked = await organization.booked(event_type, TEN, attendee={**NO_EMAIL, "phoneNumber": "+4930123456"})
    attendee = booked["attendees"][0]
    assert attendee["email"] == "4930123456@sms.cal.com"
    assert attendee["phoneNumber"] == "+4930123456"


async def test_a_personal_event_type_cannot_do_without_email(salon: Any) -> None:
    fields = [{"type": "email", "slug": "email", "required": False}, PHONE]
    wish = {"title": "Cut", "slug": "cut", "lengthInMinutes": 30, "bookingFields": fields}
    assert (await salon.http.post("/v2/event-types", json=wish)).status_code == 400


FREE = {"title": "Cut", "slug": "cut", "lengthInMinutes": 30}


@pytest.mark.parametrize("email", [{"required": False}, {"hidden": True}])
async def test_a_plain_team_cannot_do_without_email(salon: Any, email: dict[str, Any]) -> None:
    await salon.control.add_team(salon.id, id=1)
    fields = [{"type": "email", "slug": "email", **email}, PHONE]
    answer = await salon.http.post("/v2/teams/1/event-types", json={**FREE, "bookingFields": fields})
    assert answer.status_code == 400
    assert message(answer) == "Email field can be hidden or optional only for organization team event types"


@pytest.mark.parametrize(
    "phone", [None, {"slug": "mobile"}, {"type": "text"}, {"required": False}, {"hidden": True}]
)
async def test_an_organizations_team_does_without_email_only_when_it_asks_for_the_phone_number(
    organization: Any, phone: dict[str, Any] | None
) -> None:
    await organization.control.add_team(organization.id, id=1)
    fields = [{"type": "email", "hidden": True, "required": False}]
    fields += [] if phone is None else [{**PHONE, **phone}]
    answer = await organization.http.post("/v2/teams/1/event-types", json={**FREE, "bookingFields": fields})
    assert (answer.status_code, "attendeePhoneNumber" in message(answer)) == (400, True)
    fields = [fields[0], PHONE]
    made = await organization.http.post("/v2/teams/1/event-types", json={**FREE, "bookingFields": fields})
    assert made.status_code == 201
    path = f"/v2/teams/1/event-types/{made.json()['data']['id']}"
    changed = await organization.http.patch(path, json={"bookingFields": fields[:1]})
    assert changed.status_code == 400


async def test_a_hidden_email_is_thrown_away_and_replaced(organization: Any) -> None:
    fields = [{"type": "email", "slug": "email", "hidden": True}, PHONE]
    event_type = await organization.team_event_type(bookingFields=fields)
    booked = await organization.booked(event_type, TEN, attendee={"phoneNumber": "+4930123456"})
    assert booked["attendees"][0]["email"] == "4930123456@sms.cal.com"


async def test_a_team_event_type_without_hosts_is_422(salon: Any) -> None:
    answer = await salon.book(await salon.team_event_type(hosts=0), TEN)
    assert answer.status_code == 422


async def test_the_parent_of_a_managed_event_type_cannot_be_booked(salon: Any) -> None:
    answer = await salon.book(await salon.team_event_type(kind="managed"), TEN)
    assert answer.status_code == 400
    assert "parent managed event type that can't be booked" in message(answer)


async def test_an_unknown_event_type_is_404(salon: Any) -> None:
    assert (await salon.book(999_999, TEN)).status_code == 404


async def test_a_length_needs_options(salon: Any) -> None:
    answer = await salon.book(await salon.event_type(), TEN, lengthInMinutes=60)
    assert answer.status_code == 400
    assert message(answer).startswith("Can't specify 'lengthInMinutes'")
    flexible = await salon.event_type("Flexible", lengthInMinutesOptions=[30, 60])
    assert (await salon.book(flexible, TEN, lengthInMinutes=45)).status_code == 400
    assert (await salon.booked(flexible, TEN, lengthInMinutes=60))["duration"] == 60


@pytest.mark.parametrize(
    "metadata",
    [{str(number): "x" for number in range(51)}, {"k" * 41: "x"}, {"key": "x" * 501}, {"key": 1}],
    ids=["51 keys", "long key", "long value", "number"],
)
async def test_metadata_has_limits(salon: Any, metadata: dict[str, Any]) -> None:
    assert (await salon.book(await salon.event_type(), TEN, metadata=metadata)).status_code == 400


async def test_a_taken_time_is_refused_in_the_words_of_its_kind(salon: Any) -> None:
    personal, team = await salon.event_type(), await salon.team_event_type(hosts=1, title="Team")
    for event_type in (personal, team):
        await salon.booked(event_type, TEN)
    other = {"email": "other@example.org"}
    answer = await salon.book(personal, TEN, attendee=other)
    assert answer.status_code == 400
    assert message(answer) == "User either already has booking at this time or is not available"
    answer = await salon.book(team, TEN, attendee=other)
    assert answer.status_code == 400
    assert message(answer) == "One of the hosts either already has booking at this time or is not available"


async def test_a_race_is_lost_in_the_second_shape_of_an_error(salon: Any) -> None:
    event_type = await salon.event_type()
    await salon.control.configure(booking_seconds=[0.3, 0.3])
    answers = await asyncio.gather(*(salon.book(event_type, TEN) for _ in range(3)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [answer.status_code for answer in refused] == [409, 409]
    assert refused[0].json() == {"statusCode": 409, "message": "booking_conflict_error"}


async def test_out_of_the_window_is_refused(salon: Any) -> None:
    event_type = await salon.event_type(minimumBookingNotice=60 * 24 * 30)
    answer = await salon.book(event_type, TEN)
    assert answer.status_code == 400
    assert message(answer).startswith('The event type can\'t be booked at the "start" time provided')


async def test_outside_of_opening_hours_nobody_is_available(salon: Any) -> None:
    answer = await salon.book(await salon.event_type(), f"{DAY}T03:00:00Z")
    assert answer.status_code == 400
    assert "is not available" in message(answer)


async def test_the_past_is_refused(salon: Any) -> None:
    answer = await salon.book(await salon.event_type(), "2020-01-06T10:00:00Z")
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["round robin", "confirmation"])
async def test_the_same_address_at_the_same_start_gets_the_old_booking_as_a_success(
    salon: Any, kind: str
) -> None:
    confirmed = {"requiresConfirmation": True}
    event_type = await (salon.team_event_type() if kind == "round robin" else salon.event_type(**confirmed))
    first = await salon.booked(event_type, TEN, metadata={"token": "first"})
    second = await salon.booked(
        event_type, TEN, metadata={"token": "second"}, attendee={"name": "Somebody Else"}
    )
    assert second["uid"] == first["uid"]
    assert second["metadata"] == {"token": "first"}
    assert second["attendees"][0]["name"] == "Eva Maier"


async def test_an_unconfirmed_booking_can_be_doubled_by_another_address(salon: Any) -> None:
    event_type = await salon.event_type(requiresConfirmation=True)
    first = await salon.booked(event_type, TEN)
    second = await salon.booked(event_type, TEN, attendee={"email": "other@example.org"})
    assert first["uid"] != second["uid"]
    assert second["status"] == "pending"


async def test_a_limit_of_active_bookings_counts_by_address(salon: Any) -> None:
    event_type = await salon.event_type(bookerActiveBookingsLimit={"maximumActiveBookings": 1})
    await salon.booked(event_type, TEN)
    later = f"{DAY}T11:00:00Z"
    assert message(await salon.book(event_type, later)) == "booker_limit_exceeded_error"
    await salon.booked(event_type, later, attendee={"email": "other@example.org"})


async def test_an_unknown_key_is_401_in_the_envelope(salon: Any) -> None:
    answer = await salon.http.get("/v2/me", headers={"Authorization": "Bearer cal_live_wrong"})
    body = answer.json()
    assert answer.status_code == 401
    assert (body["status"], body["path"], body["error"]["code"]) == (
        "error",
        "/v2/me",
        "UnauthorizedException",
    )
    assert answer.headers["x-request-id"]


async def test_without_a_known_version_a_booking_has_the_oldest_shape(salon: Any) -> None:
    uid = (await salon.booked(await salon.event_type(), TEN))["uid"]
    new = (await salon.http.get(f"/v2/bookings/{uid}", headers={"cal-api-version": "2024-08-13"})).json()[
        "data"
    ]
    old = (await salon.http.get(f"/v2/bookings/{uid}")).json()["data"]
    assert (new["status"], old["status"]) == ("accepted", "ACCEPTED")
    assert "start" not in old
    body = {"start": TEN, "eventTypeId": new["eventTypeId"], "attendee": {"name": "A"}}
    assert (await salon.http.post("/v2/bookings", json=body)).status_code == 400


async def test_the_121st_request_of_a_minute_blocks_the_key_for_a_minute(salon: Any) -> None:
    await salon.control.configure(rate_limit_per_minute=5)
    answers = [await salon.http.get("/v2/me") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[0].headers["x-ratelimit-remaining-default"] == "4"
    assert answers[5].json()["error"]["code"] == "ThrottlerException"
    assert "retry-after" not in answers[5].headers
    assert 0 < int(answers[5].headers["x-ratelimit-reset-default"]) <= 60
    await salon.control.set_time(datetime.now(UTC) + timedelta(seconds=61))
    assert (await salon.http.get("/v2/me")).status_code == 200
