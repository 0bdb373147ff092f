"""Bodies that Cal.com's validation refuses, whatever they are about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN = f"{DAY}T10:00:00Z"
VERSION = {"cal-api-version": "2026-02-25"}
FREE = {"title": "Cut", "slug": "cut", "lengthInMinutes": 30}
NO_EMAILS = [
    "nomail", "a b@c.de", "a b@c.d e", "a@@b.de", "a@b", "@b.de", "a@b.d", "a@.de", "a@b..de", "a.@b.de",
    "a@-b.de",     "Eva <a@b.de>", "a@b.de,c@d.de", "a" * 65 + "@b.de", ["a@b.de"],
]  # fmt: skip


def message(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


@pytest.mark.parametrize(
    "change",
    [
        {"title": 7},
        {"lengthInMinutes": "30"},
        {"lengthInMinutesOptions": "30"},
        {"bookingFields": ["email"]},
        {"bookingFields": [{"slug": "email"}]},
        {"bookingFields": {}},
        {"hosts": [{"name": "Eva"}]},
        {"locations": "phone"},
        {"seats": 2},
        {"confirmationPolicy": "always"},
        {"schedulingType": "lottery"},
    ],
)
async def test_a_field_of_the_wrong_type_in_an_event_type_is_named(
    salon: Any, change: dict[str, Any]
) -> None:
    refused = await salon.http.post("/v2/event-types", json={**FREE, **change})
    assert refused.status_code == 400
    made = (await salon.http.post("/v2/event-types", json=FREE)).json()["data"]["id"]
    changed = await salon.http.patch(f"/v2/event-types/{made}", json=change)
    for answer in (refused, changed):
        assert answer.json()["error"]["details"]["errors"][0]["property"] == next(iter(change))


@pytest.mark.parametrize(
    "changes",
    [
        {"attendee": {"timeZone": "Berlin"}},
        {"attendee": {"timeZone": ["Europe/Berlin"]}},
        {"attendee": {"name": ""}},
        {"attendee": {"language": "xx"}},
        {"attendee": {"language": ["de"]}},
        {"attendee": {"phoneNumber": 4930123456}},
        *({"attendee": {"email": email}} for email in NO_EMAILS),
        {"eventTypeId": "3001"},
        {"eventTypeId": True},
        {"guests": ["nomail"]},
        {"guests": "eva@example.org"},
        {"guests": [{}]},
        {"location": "phone"},
        {"location": {}},
        {"location": {"type": "nonsense"}},
        {"location": {"type": ["phone"]}},
        {"location": {"type": "attendeePhone"}},
        {"location": {"type": "integration", "integration": "pigeons"}},
        {"recurrenceCount": "x"},
        {"lengthInMinutes": "30"},
        {"bookingFieldsResponses": ["x"]},
        {"metadata": "x"},
        {"routing": {"responseId": 1}},
        {"allowConflicts": "yes"},
        {"instant": 1},
        {"emailVerificationCode": 123456},
    ],
    ids=str,
)
async def test_what_is_wrong_with_the_body_is_listed(salon: Any, changes: dict[str, Any]) -> None:
    answer = await salon.book(await salon.event_type(), TEN, **changes)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"]


@pytest.mark.parametrize(
    "start", ["10:00:00", "T10:00:00", "T10:00:00+00:00", "T12:00:00+02:00", "", "TxZ", 7]
)
async def test_a_start_is_told_in_utc_with_a_z(salon: Any, start: Any) -> None:
    wrong = DAY + start if isinstance(start, str) else start
    event_type = await salon.event_type()
    assert (await salon.book(event_type, wrong)).status_code == 400
    uid = (await salon.booked(event_type, f"{DAY}T10:00:00.000Z"))["uid"]
    assert (await salon.act(uid, "reschedule", {"start": wrong})).status_code == 400


async def test_a_body_that_is_no_object_is_refused(salon: Any) -> None:
    uid = (await salon.booked(await salon.event_type(), TEN))["uid"]
    for path in ("", f"/{uid}/reschedule", f"/{uid}/cancel", f"/{uid}/decline", f"/{uid}/mark-absent"):
        for body in ([], "text", 7):
            answer = await salon.http.post(f"/v2/bookings{path}", json=body, headers=VERSION)
            assert answer.status_code == 400, path


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("reschedule", {"start": TEN, "reschedulingReason": 7}),
        ("reschedule", {"start": TEN, "rescheduledBy": "me"}),
        ("cancel", {"cancellationReason": ["ill"]}),
        ("decline", {"reason": 7}),
        ("mark-absent", {"attendees": ["eva@example.org"]}),
        ("mark-absent", {"attendees": [{"email": "eva@example.org"}]}),
        ("mark-absent", {"host": "yes"}),
    ],
)
async def test_what_is_done_with_a_booking_has_the_types_of_the_document(
    salon: Any, action: str, body: dict[str, Any]
) -> None:
    uid = (await salon.booked(await salon.event_type(requiresConfirmation=True), TEN))["uid"]
    answer = await salon.act(uid, action, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"]


async def test_only_the_newest_version_lets_the_owner_book_over_the_rules(salon: Any) -> None:
    attendee = {"name": "Eva Maier", "timeZone": "Europe/Berlin", "email": "eva@example.org"}
    body = {"start": TEN, "eventTypeId": await salon.event_type(), "attendee": attendee}
    for name in ("allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits"):
        headers = {"cal-api-version": "2024-08-13"}
        answer = await salon.http.post("/v2/bookings", json={**body, name: True}, headers=headers)
        assert (answer.status_code, message(answer)) == (400, f"property {name} should not exist")


async def test_a_series_is_no_longer_than_the_event_type_says(salon: Any) -> None:
    single = await salon.book(await salon.event_type(), TEN, recurrenceCount=2)
    recurrence = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    weekly = await salon.event_type("Weekly", recurrence=recurrence)
    longer = await salon.book(weekly, TEN, recurrenceCount=4)
    assert (single.status_code, longer.status_code) == (400, 400)
    assert len((await salon.book(weekly, TEN, recurrenceCount=2)).json()["data"]) == 2


@pytest.mark.parametrize(
    "location",
    [
        {"type": "attendeePhone", "phone": "+4930123456"},
        {"type": "integration", "integration": "google-meet"},
        {"type": "attendeeAddress", "address": "Hauptstr. 5"},
        {"type": "phone"},
    ],
)
async def test_a_location_of_the_document_is_taken(salon: Any, location: dict[str, Any]) -> None:
    assert (await salon.book(await salon.event_type(), TEN, location=location)).status_code == 201


async def test_the_default_app_is_for_teams_alone(salon: Any) -> None:
    location = {"type": "organizersDefaultApp"}
    assert (await salon.book(await salon.event_type(), TEN, location=location)).status_code == 400
    assert (await salon.book(await salon.team_event_type(), TEN, location=location)).status_code == 201


@pytest.mark.parametrize("email", ["jörg@müller.example", "a.b+c@d-e.co.uk", "k-01@xn--mller-kva.example"])
async def test_unusual_addresses_are_taken(salon: Any, email: str) -> None:
    booked = await salon.booked(await salon.event_type(), TEN, attendee={"email": email})
    assert booked["attendees"][0]["email"] == email
