"""Webhooks of Cal.com → appointments: merged, linked, told once."""

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.events import BookingObserved
from shared.errors import InvalidEventError

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

GUEST = {"name": "Ana Ruiz", "email": "ana@example.org", "timeZone": "Europe/Berlin"}


def webhook(uid: str, created_at: str = "2026-03-01T10:00:00.000Z", **payload: Any) -> dict[str, Any]:
    booking = {
        "uid": uid,
        "bookingId": 1,
        "eventTypeId": 7,
        "title": "Haarschnitt",
        "startTime": "2026-03-05T09:00:00Z",
        "endTime": "2026-03-05T09:30:00+00:00",
        "organizer": {"name": "Steffi", "email": "steffi@example.org", "timeZone": "Europe/Berlin"},
        "attendees": [GUEST],
    }
    return {"createdAt": created_at, "payload": {**booking, **payload}}


async def test_a_booking_becomes_an_appointment_of_its_branch_service_and_customer(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("u1"))
    row = world.appointment("u1")
    assert (row["status"], row["branch_id"], row["service_key"]) == ("accepted", "mitte", "schnitt")
    assert (row["host_name"], row["attendee_email"], row["version"]) == ("Steffi", "ana@example.org", 1)
    ((kind, event),) = world.events("appointment.")
    assert kind == "appointment.booked"
    assert (event["appointment_id"], event["version"]) == (str(row["id"]), 1)
    assert (event["service_name"], event["timezone"]) == ("Haarschnitt", "Europe/Berlin")
    assert event["customer"] == {
        "name": "Ana Ruiz",
        "phone": None,
        "email": "ana@example.org",
        "language": "de-DE",
    }


@pytest.mark.parametrize(
    ("said", "kept"),
    [({"locale": "en"}, "en"), ("pt-BR", "pt-BR"), (None, "fr-FR"), ({"locale": "?"}, "fr-FR")],
)
async def test_who_books_on_the_web_has_the_language_of_the_page_else_of_the_company(
    world: "World", said: Any, kept: str
) -> None:
    world.execute("update companies set language = 'fr-FR' where id = %s", world.company)
    await world.tell("calcom.booking_created", webhook("u1", attendees=[{**GUEST, "language": said}]))
    ((_, event),) = world.events("appointment.")
    assert event["customer"]["language"] == kept
    assert world.rows("select language from customers where company_id = %s", world.company) == [
        {"language": kept}
    ]


async def test_of_a_customer_who_is_known_the_language_of_this_booking_is_told(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("u1"))
    guest = {**GUEST, "language": {"locale": "en"}}
    await world.tell("calcom.booking_created", webhook("u2", attendees=[guest]))
    told = [event["customer"]["language"] for _, event in world.events("appointment.")]
    assert told == ["de-DE", "en"]


async def test_somebody_of_whom_nothing_is_known_has_no_language(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("u1", attendees=[{"name": "Jo"}]))
    ((_, event),) = world.events("appointment.")
    assert event["customer"] == {"name": "Jo", "phone": None, "email": None, "language": None}


async def test_the_event_type_of_one_member_of_the_staff_belongs_to_the_service(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("u1", eventTypeId=8))
    assert world.appointment("u1")["service_key"] == "schnitt"


async def test_an_event_type_that_no_branch_knows_makes_an_appointment_without_branch(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("u1", eventTypeId=4711))
    assert world.appointment("u1")["branch_id"] is None
    assert world.kinds() == ["appointment.booked"]


async def test_five_copies_of_each_webhook_in_any_order_at_once_leave_one_state(world: "World") -> None:
    requested = ("calcom.booking_requested", webhook("u1", "2026-03-01T10:00:00Z"))
    created = ("calcom.booking_created", webhook("u1", "2026-03-01T10:00:10Z", title="Neu"))
    reason = {"cancellationReason": "krank"}
    cancelled = ("calcom.booking_cancelled", webhook("u1", "2026-03-01T10:00:20Z", **reason))
    copies = [requested, created, cancelled] * 5
    random.Random(7).shuffle(copies)  # noqa: S311  # an order, not a secret
    await asyncio.gather(*(world.tell(kind, body) for kind, body in copies))
    row = world.appointment("u1")
    assert (row["status"], row["cancellation_reason"]) == ("cancelled", "krank")
    kinds = world.kinds("appointment.")
    assert kinds.count("appointment.cancelled") == 1
    assert kinds.count("appointment.booked") <= 1
    versions = [event["version"] for _, event in world.events("appointment.")]
    assert versions == sorted(set(versions))
    assert len(world.rows("select id from customers where company_id = %s", world.company)) == 1


async def test_a_cancellation_that_comes_first_makes_the_row(world: "World") -> None:
    await world.tell("calcom.booking_cancelled", webhook("u1", "2026-03-01T10:05:00Z"))
    await world.tell("calcom.booking_created", webhook("u1"))
    assert world.appointment("u1")["status"] == "cancelled"
    assert world.kinds() == ["appointment.cancelled"]


async def test_a_reschedule_writes_both_bookings_and_tells_of_the_new_one(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("old"))
    moved = webhook(
        "new",
        "2026-03-02T10:00:00Z",
        startTime="2026-03-06T09:00:00Z",
        rescheduleUid="old",
        rescheduleStartTime="2026-03-05T09:00:00Z",
    )
    await world.tell("calcom.booking_rescheduled", moved)
    old, new = world.appointment("old"), world.appointment("new")
    assert (old["status"], old["rescheduled_to"]) == ("rescheduled", "new")
    assert (new["status"], new["rescheduled_from"]) == ("accepted", "old")
    assert old["version"] == 2
    kind, event = world.events("appointment.")[-1]
    assert (kind, event["previous_start"]) == ("appointment.rescheduled", "2026-03-05T09:00:00Z")
    assert world.kinds() == ["appointment.booked", "appointment.rescheduled"]


async def test_a_reschedule_of_an_unknown_booking_makes_it(world: "World") -> None:
    times = {"rescheduleStartTime": "2026-03-05T09:00:00Z"}
    await world.tell("calcom.booking_rescheduled", webhook("new", rescheduleUid="old", **times))
    assert world.appointment("old")["status"] == "rescheduled"
    await world.tell("calcom.booking_created", webhook("old", "2026-03-01T08:00:00Z"))
    assert world.appointment("old")["status"] == "rescheduled"


async def test_a_reschedule_that_waits_for_the_host_ends_the_old_booking_at_once(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("old"))
    times = {"startTime": "2026-03-06T09:00:00Z", "rescheduleStartTime": "2026-03-05T09:00:00Z"}
    asked = webhook("new", "2026-03-02T10:00:00Z", status="PENDING", rescheduleUid="old", **times)
    await world.tell("calcom.booking_requested", asked)
    old, new = world.appointment("old"), world.appointment("new")
    assert (old["status"], old["rescheduled_to"]) == ("rescheduled", "new")
    assert (new["status"], new["rescheduled_from"]) == ("pending", "old")
    assert world.kinds() == ["appointment.booked"]
    confirmed = webhook("new", "2026-03-02T11:00:00Z", status="ACCEPTED", startTime=times["startTime"])
    await world.tell("calcom.booking_created", confirmed)
    kind, event = world.events("appointment.")[-1]
    assert (kind, event["previous_start"]) == ("appointment.rescheduled", "2026-03-05T09:00:00Z")


async def test_many_reschedules_of_the_same_pair_at_once_do_not_block_each_other(world: "World") -> None:
    body = webhook("new", rescheduleUid="old")
    back = webhook("old", "2026-03-01T09:00:00Z", rescheduleUid="older")
    copies = [("calcom.booking_rescheduled", body), ("calcom.booking_rescheduled", back)] * 6
    await asyncio.gather(*(world.tell(kind, data) for kind, data in copies))
    assert world.appointment("new")["status"] == "accepted"
    assert world.appointment("old")["status"] == "rescheduled"
    assert world.appointment("older")["status"] == "rescheduled"


async def test_a_rejection_tells_that_the_appointment_does_not_take_place(world: "World") -> None:
    await world.tell("calcom.booking_requested", webhook("u1"))
    reason = {"rejectionReason": "Betriebsausflug"}
    await world.tell("calcom.booking_rejected", webhook("u1", "2026-03-01T11:00:00Z", **reason))
    ((kind, event),) = world.events("appointment.")
    assert (kind, event["reason"]) == ("appointment.cancelled", "Betriebsausflug")


async def test_an_absence_is_noted_and_told_once(world: "World") -> None:
    await world.tell("calcom.booking_created", webhook("u1"))
    absence = {"bookingUid": "u1", "attendees": [{"email": "ana@example.org", "noShow": True}]}
    for _ in range(2):
        data = {"createdAt": "2026-03-05T12:00:00Z", "payload": absence}
        await world.tell("calcom.booking_no_show_updated", data)
    row = world.appointment("u1")
    assert (row["status"], row["no_show"]) == ("accepted", True)
    assert world.kinds() == ["appointment.booked", "appointment.no_show"]


async def test_repair_moves_a_booking_down_only_a_minute_after_its_last_webhook(world: "World") -> None:
    await world.tell("calcom.booking_cancelled", webhook("u1"), time="2026-03-01T10:00:01Z")
    seen = {"uid": "u1", "status": "accepted", "start": "2026-03-05T09:00:00Z"}
    seen |= {"end": "2026-03-05T09:30:00Z"}
    soon = _observed(world, seen, updated_at="2026-03-01T10:00:05Z", observed_at="2026-03-01T10:00:40Z")
    await world.observe(soon)
    assert world.appointment("u1")["status"] == "cancelled"
    later = _observed(world, seen, updated_at="2026-03-01T10:00:06Z", observed_at="2026-03-01T10:01:02Z")
    await world.observe(later)
    assert world.appointment("u1")["status"] == "accepted"
    assert world.kinds() == ["appointment.cancelled", "appointment.booked"]


def _observed(
    world: "World", booking: dict[str, Any], *, updated_at: str, observed_at: str
) -> BookingObserved:
    return BookingObserved.model_validate(
        {
            "company_id": world.company,
            "uid": booking["uid"],
            "updated_at": updated_at,
            "observed_at": observed_at,
            "booking": {**booking, "updatedAt": updated_at},
        }
    )


@pytest.mark.parametrize(("state", "after"), [("requested", "booked"), ("started", "started")])
async def test_an_attempt_by_phone_gives_call_and_branch_and_is_settled_if_it_was_handed_over(
    world: "World", state: str, after: str
) -> None:
    world.execute(
        "insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at,"
        " request) values (%s, 'tok', 'call-1', 'mitte', 'book', %s, 4711, now(), '{}')",
        world.company,
        state,
    )
    await world.tell("calcom.booking_created", webhook("u1", metadata={"askpro_token": "tok"}))
    row = world.appointment("u1")
    assert (row["token"], row["call_id"]) == ("tok", "call-1")
    attempt = world.rows("select state from bookings where company_id = %s", world.company)[0]
    assert attempt["state"] == after


async def test_the_address_we_made_up_finds_its_customer_and_is_nobodys_address(world: "World") -> None:
    world.execute(
        "insert into customers (company_id, name, phone, booking_email)"
        " values (%s, 'Ana', '+491701234567', 'k-1@termine.example')",
        world.company,
    )
    guest = {**GUEST, "email": "k-1@termine.example"}
    await world.tell("calcom.booking_created", webhook("u1", attendees=[guest]))
    assert len(world.rows("select id from customers where company_id = %s", world.company)) == 1
    customer = world.events()[0][1]["customer"]
    assert (customer["email"], customer["phone"]) == (None, "+491701234567")


async def test_of_a_family_with_one_phone_the_one_of_that_name_is_found(world: "World") -> None:
    for name in ("Ben Ruiz", "Ana Ruiz"):
        world.execute(
            "insert into customers (company_id, name, phone) values (%s, %s, '+491701234567')",
            world.company,
            name,
        )
    guest = {**GUEST, "email": "new@example.org", "phoneNumber": "+491701234567"}
    await world.tell("calcom.booking_created", webhook("u1", attendees=[guest]))
    found = world.rows("select name from customers where id = %s", world.appointment("u1")["customer_id"])
    assert found == [{"name": "Ana Ruiz"}]


@pytest.mark.parametrize(
    "odd",
    [
        {"title": "Schnitt\x00 und \ud800 Farbe"},
        {"organizer": None, "attendees": None, "destinationCalendar": [], "metadata": ["odd"]},
        {"attendees": [{"name": 5}], "responses": {"name": {"label": "x"}, "email": "bare@example.org"}},
        {"bookingId": 10**30, "eventTypeId": "7", "startTime": "never", "location": {"odd": True}},
        {"seatsPerTimeSlot": 2**31},
        {"seatsPerTimeSlot": "99999999999"},
    ],
)
async def test_odd_fields_are_tolerated(world: "World", odd: dict[str, Any]) -> None:
    await world.tell("calcom.booking_created", webhook("u1", **odd))
    assert world.appointment("u1")["status"] == "accepted"


@pytest.mark.parametrize("body", [{}, [], "text", {"payload": {"title": "no uid"}}, {"payload": None}])
async def test_a_webhook_without_uid_breaks_its_contract(world: "World", body: Any) -> None:
    with pytest.raises(InvalidEventError):
        await world.tell("calcom.booking_created", body)


async def test_an_event_without_company_breaks_its_contract(world: "World") -> None:
    with pytest.raises(InvalidEventError):
        await world.tell("calcom.booking_created", webhook("u1"), company=None)


async def test_what_is_heard_of_in_passing_is_looked_at_later(world: "World") -> None:
    meeting = {"uid": "u1", "status": "ACCEPTED", "title": "Schnitt", "createdAt": "2026-03-01T10:00:00Z"}
    await world.tell("calcom.meeting_ended", meeting)
    assert world.appointment("u1")["status"] == "unknown"
    assert world.kinds() == []
    (later,) = world.rows("select * from deliveries where company_id = %s", world.company)
    assert (later["state"], later["event_type"]) == ("redelivery", "booking.hinted")
