"""Our Cal.com client before a Cal.com that behaves as badly as the real one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clients.calcom import (
    BookingFilter,
    FieldRequiredError,
    InvalidNumberError,
    NewBooking,
    NotBookableError,
    OutOfWindowError,
    SlotQuery,
    SlotTakenError,
)
from shared.clients.providers import Providers
from shared.errors import (
    CredentialOpenError,
    CredentialRejectedError,
    NotFoundError,
    ProviderRefusedError,
    RateLimitedError,
    UnknownOutcomeError,
)
from shared.resilience.circuits import Circuits
from tests.integration.clients.accounts import Salon

URL = "https://hooks.example.org/webhooks/calcom/salon"
TRIGGERS = ("BOOKING_CREATED", "BOOKING_CANCELLED")
SECRET = "a-secret-of-the-company"


def tomorrow(hour: int = 12) -> datetime:
    return (datetime.now(UTC) + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


def wish(event_type_id: int, **changes: object) -> NewBooking:
    booking = NewBooking(
        event_type_id,
        tomorrow(),
        "Eva Maier",
        "Europe/Berlin",
        email="eva@example.org",
        metadata={"askpro_token": "t1"},
    )
    return replace(booking, **changes)  # type: ignore[arg-type]


async def test_a_booking_comes_back_with_our_token(salon: Salon) -> None:
    event_type = await salon.event_type()
    booked = await salon.client.create_booking(wish(event_type))
    assert (booked.status, booked.start, booked.event_type_id) == ("accepted", tomorrow(), event_type)
    assert booked.metadata["askpro_token"] == "t1"
    again = await salon.client.get_booking(booked.uid)
    assert again.uid == booked.uid
    assert again.raw["uid"] == booked.uid


async def test_after_a_lost_answer_the_booking_is_found_by_its_token(salon: Salon) -> None:
    event_type = await salon.event_type()
    await salon.control.fault("POST /v2/bookings", "lost_answer", times=1)
    with pytest.raises(UnknownOutcomeError):
        await salon.client.create_booking(wish(event_type))
    sought = BookingFilter(attendee_email="eva@example.org", event_type_id=event_type)
    found = [booking async for booking in salon.client.list_bookings(sought)]
    assert [booking.metadata["askpro_token"] for booking in found] == ["t1"]
    posts = await salon.control.requests("/v2/bookings", "POST")
    assert len(posts) == 1


async def test_a_slot_that_is_taken_says_so(salon: Salon) -> None:
    event_type = await salon.event_type()
    await salon.client.create_booking(wish(event_type))
    with pytest.raises(SlotTakenError):
        await salon.client.create_booking(wish(event_type, email="other@example.org"))


async def test_a_start_in_the_past_or_too_soon_is_out_of_window(salon: Salon) -> None:
    event_type = await salon.event_type(minimumBookingNotice=60 * 24 * 7)
    with pytest.raises(OutOfWindowError):
        await salon.client.create_booking(wish(event_type))


async def test_a_required_field_is_named(salon: Salon) -> None:
    event_type = await salon.event_type()
    with pytest.raises(FieldRequiredError) as caught:
        await salon.client.create_booking(wish(event_type, email=None, phone="+4930123456"))
    assert caught.value.slug == "email"


async def test_a_number_that_is_none_is_named(salon: Salon) -> None:
    event_type = await salon.event_type()
    with pytest.raises((InvalidNumberError, ProviderRefusedError)) as caught:
        await salon.client.create_booking(wish(event_type, phone="+4912"))
    assert "invalid_number" in caught.value.detail or "phone" in caught.value.detail.lower()


@pytest.mark.parametrize(
    "details", [{"schedulingType": "managed"}, {"schedulingType": "roundRobin", "hosts": []}]
)
async def test_an_event_type_that_nobody_can_book_says_so(salon: Salon, details: dict[str, Any]) -> None:
    event_type = await salon.event_type(**details)
    with pytest.raises(NotBookableError):
        await salon.client.create_booking(wish(event_type))


async def test_a_moved_booking_has_a_new_uid_and_knows_its_old_one(salon: Salon) -> None:
    booked = await salon.client.create_booking(wish(await salon.event_type()))
    moved = await salon.client.reschedule_booking(booked.uid, tomorrow(14), reason="caller asked")
    assert (moved.start, moved.rescheduled_from_uid) == (tomorrow(14), booked.uid)
    assert (await salon.client.get_booking(booked.uid)).rescheduled_to_uid == moved.uid


async def test_a_cancelled_booking_is_cancelled_once(salon: Salon) -> None:
    booked = await salon.client.create_booking(wish(await salon.event_type()))
    assert (await salon.client.cancel_booking(booked.uid, reason="ill")).status == "cancelled"
    with pytest.raises(ProviderRefusedError):
        await salon.client.cancel_booking(booked.uid)


async def test_an_unknown_booking_is_not_found(salon: Salon) -> None:
    with pytest.raises(NotFoundError):
        await salon.client.get_booking("nobody/../knows")


async def test_slots_lie_in_the_asked_range_only_and_in_order(salon: Salon) -> None:
    event_type = await salon.event_type()
    start, end = tomorrow(10), tomorrow(12)
    slots = await salon.client.slots(SlotQuery(event_type, start, end, "Europe/Berlin"))
    assert slots
    assert all(start <= slot.start < end for slot in slots)
    assert [slot.start for slot in slots] == sorted(slot.start for slot in slots)


async def test_the_catalogue_is_read(salon: Salon) -> None:
    event_type = await salon.event_type("Dauerwelle")
    assert (await salon.client.me()).username == "salon"
    assert [each.title for each in await salon.client.list_event_types()] == ["Dauerwelle"]
    found = await salon.client.get_event_type(event_type)
    assert {field.slug for field in found.booking_fields if field.required} >= {"name", "email"}


async def test_an_event_type_has_the_default_form_and_lacks_what_is_not_set(salon: Salon) -> None:
    found = await salon.client.get_event_type(await salon.event_type())
    assert {field.slug: field.type for field in found.booking_fields if field.is_default} == {
        "name": "name",
        "email": "email",
        "title": "text",
        "notes": "textarea",
        "guests": "multiemail",
        "rescheduleReason": "textarea",
    }
    unset = {"bookingLimitsCount", "bookingLimitsDuration", "bookingWindow", "confirmationPolicy", "seats"}
    assert not unset & found.raw.keys()


async def test_an_event_type_belongs_to_users_or_to_a_team(salon: Salon) -> None:
    personal = await salon.client.get_event_type(await salon.event_type())
    of_team = await salon.client.get_event_type(await salon.event_type("Team", schedulingType="collective"))
    assert [user["id"] for user in personal.raw["users"]] == [salon.account["id"]]
    assert not {"team", "hosts"} & personal.raw.keys()
    assert {"team", "hosts"} <= of_team.raw.keys()
    assert "users" not in of_team.raw


async def test_a_webhook_is_registered_once_whatever_happens(salon: Salon) -> None:
    await salon.control.fault("POST /v2/webhooks", "lost_answer", times=1)
    made = await salon.client.ensure_webhook(URL, TRIGGERS, SECRET)
    again = await salon.client.ensure_webhook(URL, TRIGGERS, SECRET)
    assert made.id == again.id
    assert len(await salon.client.list_webhooks()) == 1


async def test_a_webhook_that_differs_is_brought_in_line(salon: Salon) -> None:
    made = await salon.client.ensure_webhook(URL, TRIGGERS[:1], "another secret")
    now = await salon.client.ensure_webhook(URL, TRIGGERS, SECRET)
    assert (now.id, set(now.triggers), now.secret) == (made.id, set(TRIGGERS), SECRET)
    await salon.client.delete_webhook(now.id)
    with pytest.raises((NotFoundError, ProviderRefusedError)):
        await salon.client.delete_webhook(now.id)


async def test_a_wrong_key_opens_the_circuit_of_its_company_alone(
    salon: Salon, providers: Providers, circuits: Circuits
) -> None:
    wrong = providers.calcom("other", "cal_live_wrong_key", region="default")
    with pytest.raises(CredentialRejectedError):
        await wrong.me()
    with pytest.raises(CredentialOpenError):
        await wrong.me()
    assert circuits.is_open("calcom:other")
    assert await salon.client.me()


async def test_a_429_stops_the_company_until_the_provider_allows(salon: Salon, circuits: Circuits) -> None:
    await salon.control.fault("GET /v2/me", "rate_limit", retry_after=30, times=1)
    with pytest.raises(RateLimitedError):
        await salon.client.me()
    with pytest.raises(CredentialOpenError):
        await salon.client.me()
    retry_after = circuits.retry_after("calcom:salon")
    assert retry_after is not None
    assert 25 < retry_after <= 30


async def test_a_503_is_tried_again_in_place(salon: Salon) -> None:
    await salon.control.fault("GET /v2/me", "status", status=503, times=2)
    assert (await salon.client.me()).username == "salon"


async def test_each_request_names_the_version_of_its_endpoint(salon: Salon) -> None:
    event_type = await salon.event_type()
    await salon.client.create_booking(wish(event_type))
    await salon.client.slots(SlotQuery(event_type, tomorrow(9), tomorrow(12)))
    await salon.client.list_event_types()
    versions = {
        request["path"]: {name.lower(): value for name, value in request["headers"].items()}.get(
            "cal-api-version"
        )
        for request in await salon.control.requests()
        if request["path"].startswith("/v2/")
    }
    assert versions["/v2/bookings"] == "2026-02-25"
    assert versions["/v2/slots"] == "2024-09-04"
    assert versions["/v2/event-types"] == "2024-06-14"


async def test_the_event_types_of_each_team_are_listed_with_their_hosts(salon: Salon) -> None:
    own, someone = salon.account["id"], await salon.control.add_account(name="Steffi")
    team = await salon.control.add_team(own, someone["id"])
    hosts = [{"userId": someone["id"], "name": "Steffi"}]
    shared = await salon.event_type("Colour", teamId=team, schedulingType="roundRobin", hosts=hosts)
    mine = await salon.event_type()
    assert team in {each.id for each in await salon.client.list_teams()}
    (listed,) = await salon.client.list_team_event_types(team)
    assert (listed.id, listed.team_id, listed.scheduling_type) == (shared, team, "roundRobin")
    assert [(host.user_id, host.name) for host in listed.hosts or ()] == [(someone["id"], "Steffi")]
    found = {each.id: each for each in await salon.client.list_event_types()}
    assert shared not in found
    assert found[mine].hosts is None
    assert [host.user_id for host in found[mine].users] == [own]


async def test_a_team_that_the_account_is_not_in_does_not_condemn_its_key(
    salon: Salon, circuits: Circuits
) -> None:
    stranger = await salon.control.add_account()
    team = await salon.control.add_team(stranger["id"])
    with pytest.raises(ProviderRefusedError):
        await salon.client.list_team_event_types(team)
    assert not circuits.is_open("calcom:salon")
