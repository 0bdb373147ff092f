"""When Cal.com calls, what it says, and how it signs."""

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.simulators.calcom.webhooks import signature

DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN, ELEVEN = f"{DAY}T10:00:00Z", f"{DAY}T11:00:00Z"
ALL = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "MEETING_ENDED",
)


def test_the_published_vector_is_signed_the_same() -> None:
    body = (
        '{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-01-01T00:00:00.000Z","payload":'
        '{"uid":"bFJeNb2uX8ANpT3JL5EfXw","bookingId":91,"status":"ACCEPTED","title":"Grüße"}}'
    )
    expected = "e3fcfa36333d6ea5f00e70c29bb2d22a971a0dd026c280c78b05a5d8c6f1dbf6"
    assert signature("cal_webhook_secret", body.encode()) == expected


async def test_a_created_booking_is_announced_with_a_bare_hex_signature(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url + "/hook", *ALL, secret="geheim")
    booked = await salon.booked(await salon.event_type(), TEN, metadata={"token": "t"})
    (arrived,) = receiver.arrived
    expected = hmac.new(b"geheim", arrived.body, hashlib.sha256).hexdigest()
    assert arrived.headers["x-cal-signature-256"] == expected
    assert arrived.headers["x-cal-webhook-version"] == "2021-10-20"
    payload = arrived.json["payload"]
    assert arrived.json["triggerEvent"] == "BOOKING_CREATED"
    assert (payload["uid"], payload["bookingId"]) == (booked["uid"], booked["id"])
    assert (payload["status"], payload["metadata"]["token"]) == ("ACCEPTED", "t")
    assert "phoneNumber" not in payload["attendees"][0]
    assert payload["startTime"] == TEN
    assert payload["responses"]["email"]["value"] == "eva@example.org"
    assert "value" not in payload["responses"]["notes"]


async def test_without_a_secret_the_signature_is_a_literal(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, *ALL)
    await salon.booked(await salon.event_type(), TEN)
    assert receiver.arrived[0].headers["x-cal-signature-256"] == "no-secret-provided"


async def test_the_booking_request_waits_for_the_receiver(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, *ALL)
    event_type = await salon.event_type()
    answered_inside: list[bool] = []

    async def look() -> None:
        uid = receiver.arrived[0].json["payload"]["uid"]
        answer = await salon.http.get(f"/v2/bookings/{uid}", headers={"cal-api-version": "2026-02-25"})
        answered_inside.append(answer.json()["data"]["status"] == "accepted")

    receiver.during = look
    await salon.booked(event_type, TEN)
    assert answered_inside == [True]


async def test_a_booking_takes_as_long_as_at_the_provider_unless_told_otherwise(salon: Any) -> None:
    await salon.control.configure(booking_seconds=[0.2, 0.3])
    event_type, began = await salon.event_type(), time.monotonic()
    await salon.booked(event_type, TEN)
    assert time.monotonic() - began >= 0.2


async def test_a_refusal_of_the_receiver_is_ignored_and_nothing_is_sent_again(
    salon: Any, receiver: Any
) -> None:
    receiver.statuses = [500]
    await salon.webhook(receiver.url, *ALL)
    await salon.booked(await salon.event_type(), TEN)
    assert len(receiver.arrived) == 1
    deliveries = await salon.control.deliveries()
    assert [delivery["status"] for delivery in deliveries] == [500]


async def test_a_receiver_that_is_away_does_not_disturb_the_booking(salon: Any) -> None:
    await salon.webhook("http://127.0.0.1:1/gone", *ALL)
    await salon.booked(await salon.event_type(), TEN)
    assert [delivery["error"] for delivery in await salon.control.deliveries()] == ["ConnectError"]


async def test_every_matching_webhook_gets_its_own_copy(salon: Any, receiver: Any) -> None:
    event_type = await salon.event_type()
    await salon.webhook(receiver.url + "/account", *ALL)
    body = {"active": True, "subscriberUrl": receiver.url + "/type", "triggers": ["BOOKING_CREATED"]}
    await salon.http.post(f"/v2/event-types/{event_type}/webhooks", json=body)
    await salon.webhook(receiver.url + "/other", "BOOKING_CANCELLED")
    await salon.booked(event_type, TEN)
    assert {arrived.path for arrived in receiver.arrived} == {"/account", "/type"}
    assert all(arrived.json["createdAt"] for arrived in receiver.arrived)


async def test_a_reschedule_is_one_webhook_that_names_both_uids_and_the_old_times(
    salon: Any, receiver: Any
) -> None:
    old = await salon.booked(await salon.event_type(), TEN)
    await salon.webhook(receiver.url, *ALL)
    new = (await salon.act(old["uid"], "reschedule", {"start": ELEVEN})).json()["data"]
    (arrived,) = receiver.arrived
    payload = arrived.json["payload"]
    assert arrived.json["triggerEvent"] == "BOOKING_RESCHEDULED"
    assert (payload["uid"], payload["rescheduleUid"]) == (new["uid"], old["uid"])
    assert (payload["rescheduleStartTime"], payload["rescheduleEndTime"]) == (TEN, f"{DAY}T10:30:00Z")


async def test_a_move_that_needs_confirmation_names_the_booking_that_it_moves(
    salon: Any, receiver: Any
) -> None:
    old = await salon.booked(await salon.event_type(requiresConfirmation=True), TEN)
    await salon.act(old["uid"], "confirm", {})
    await salon.webhook(receiver.url, *ALL)
    new = (await salon.act(old["uid"], "reschedule", {"start": ELEVEN})).json()["data"]
    (arrived,) = receiver.arrived
    payload = arrived.json["payload"]
    assert arrived.json["triggerEvent"] == "BOOKING_REQUESTED"
    assert (payload["uid"], payload["rescheduleUid"]) == (new["uid"], old["uid"])
    assert (payload["rescheduleStartTime"], payload["rescheduleEndTime"]) == (TEN, f"{DAY}T10:30:00Z")


async def test_a_cancellation_is_announced_before_the_row_says_so(salon: Any, receiver: Any) -> None:
    booked = await salon.booked(await salon.event_type(), TEN)
    await salon.webhook(receiver.url, *ALL)
    seen: list[str] = []

    async def look() -> None:
        path = f"/v2/bookings/{booked['uid']}"
        answer = await salon.http.get(path, headers={"cal-api-version": "2026-02-25"})
        seen.append(answer.json()["data"]["status"])

    receiver.during = look
    await salon.act(booked["uid"], "cancel", {"cancellationReason": "ill"})
    payload = receiver.arrived[0].json["payload"]
    assert seen == ["accepted"]
    assert (payload["status"], payload["cancellationReason"]) == ("CANCELLED", "ill")
    assert payload["startTime"] == f"{DAY}T10:00:00+00:00"


async def test_requested_rejected_and_confirmed_after_all(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, *ALL)
    uid = (await salon.booked(await salon.event_type(requiresConfirmation=True), TEN))["uid"]
    await salon.act(uid, "decline", {"reason": "full"})
    await salon.act(uid, "confirm", {})
    assert receiver.events() == ["BOOKING_REQUESTED", "BOOKING_REJECTED", "BOOKING_CREATED"]
    statuses = [arrived.json["payload"]["status"] for arrived in receiver.arrived]
    assert statuses == ["PENDING", "REJECTED", "ACCEPTED"]
    assert receiver.arrived[1].json["payload"]["rejectionReason"] == "full"


async def test_no_show_names_the_booking_by_another_field(salon: Any, receiver: Any) -> None:
    uid = (await salon.booked(await salon.event_type(), TEN))["uid"]
    await salon.webhook(receiver.url, *ALL)
    await salon.act(uid, "mark-absent", {"attendees": [{"email": "eva@example.org", "absent": True}]})
    payload = receiver.arrived[0].json["payload"]
    assert receiver.events() == ["BOOKING_NO_SHOW_UPDATED"]
    assert payload["bookingUid"] == uid
    assert payload["attendees"] == [{"email": "eva@example.org", "noShow": True}]


async def test_a_meeting_that_ended_is_flat(salon: Any, receiver: Any) -> None:
    booked = await salon.booked(await salon.event_type(), TEN)
    await salon.webhook(receiver.url, *ALL)
    await salon.control.end_meeting(booked["uid"])
    body = receiver.arrived[0].json
    assert (body["triggerEvent"], body["uid"]) == ("MEETING_ENDED", booked["uid"])
    assert "payload" not in body
    assert body["createdAt"] == booked["createdAt"]


async def test_the_test_button_sends_a_ping(salon: Any, receiver: Any) -> None:
    webhook = await salon.webhook(receiver.url, "BOOKING_CREATED", secret="s")
    assert await salon.control.ping(webhook["id"]) == 200
    assert receiver.events() == ["PING"]


async def test_leaving_a_seat_says_cancelled_with_the_one_who_left(salon: Any, receiver: Any) -> None:
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}
    event_type = await salon.event_type(seats=seats)
    booked = await salon.booked(event_type, TEN)
    full = await salon.booked(event_type, TEN, attendee={"email": "anna@example.org"})
    await salon.webhook(receiver.url, *ALL)
    await salon.act(booked["uid"], "cancel", {"seatUid": full["attendees"][1]["seatUid"]})
    payload = receiver.arrived[0].json["payload"]
    assert (payload["uid"], payload["status"]) == (booked["uid"], "CANCELLED")
    assert [each["email"] for each in payload["attendees"]] == ["anna@example.org"]


async def test_one_url_is_registered_once_and_its_secret_can_be_read_again(salon: Any) -> None:
    made = await salon.webhook("https://hooks.example.org/1", "BOOKING_CREATED", secret="geheim")
    body = {"active": True, "subscriberUrl": "https://hooks.example.org/1", "triggers": ["BOOKING_CREATED"]}
    again = await salon.http.post("/v2/webhooks", json=body)
    assert again.status_code == 409
    assert again.json()["error"]["message"] == "Webhook with this subscriber url already exists for this user"
    read = (await salon.http.get(f"/v2/webhooks/{made['id']}")).json()["data"]
    assert (read["secret"], isinstance(read["id"], str)) == ("geheim", True)
    changed = await salon.http.patch(f"/v2/webhooks/{made['id']}", json={"active": False})
    assert changed.json()["data"]["active"] is False
    assert len((await salon.http.get("/v2/webhooks")).json()["data"]) == 1
    assert (await salon.http.delete(f"/v2/webhooks/{made['id']}")).json()["data"]["id"] == made["id"]
    assert (await salon.http.get(f"/v2/webhooks/{made['id']}")).status_code == 404


async def test_what_cannot_be_registered(salon: Any) -> None:
    url = "https://hooks.example.org/1"
    good: dict[str, Any] = {"active": True, "subscriberUrl": url, "triggers": ["BOOKING_CREATED"]}
    wrong: list[dict[str, Any]] = [
        {"subscriberUrl": "http://hooks.example.org/1"},
        {"subscriberUrl": "https://10.0.0.1/1"},
        {"triggers": ["BOOKING_CONFIRMED"]},
        {"active": "yes"},
        {"version": "1999-01-01"},
    ]
    for change in wrong:
        assert (await salon.http.post("/v2/webhooks", json={**good, **change})).status_code == 400, change


async def test_somebody_elses_webhook_is_403(salon: Any) -> None:
    made = await salon.webhook("https://hooks.example.org/1", "BOOKING_CREATED")
    stranger = await salon.control.add_account(username="stranger")
    headers = {"Authorization": f"Bearer {stranger['apiKey']}"}
    assert (await salon.http.get(f"/v2/webhooks/{made['id']}", headers=headers)).status_code == 403


async def test_a_payload_template_changes_the_whole_body(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, "BOOKING_CREATED", payloadTemplate='{"only":"{{uid}}"}')
    booked = await salon.booked(await salon.event_type(), TEN)
    assert receiver.arrived[0].json == {"only": booked["uid"]}
