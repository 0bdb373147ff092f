"""Each fault that control can switch on, seen from the client and from the receiver of webhooks."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support import eventually

DAY = (datetime.now(UTC) + timedelta(days=14 - datetime.now(UTC).weekday())).date().isoformat()
TEN, ELEVEN = f"{DAY}T10:00:00Z", f"{DAY}T11:00:00Z"


async def test_latency_comes_before_the_answer(salon: Any) -> None:
    await salon.control.fault("GET /v2/me", "latency", seconds=0.2, times=1)
    began = time.monotonic()
    assert (await salon.http.get("/v2/me")).status_code == 200
    assert time.monotonic() - began >= 0.2


async def test_a_status_is_answered_in_the_providers_shape(salon: Any, workspace: Any) -> None:
    await salon.control.fault("GET /v2/*", "status", status=503, times=1)
    answer = await salon.http.get("/v2/me")
    assert (answer.status_code, answer.json()["status"]) == (503, "error")
    assert (await salon.http.get("/v2/me")).status_code == 200
    await workspace.control.fault("GET /get-agent/{id}", "status", status=500)
    broken = await workspace.http.get("/get-agent/x")
    assert (broken.status_code, broken.json()["status"]) == (500, "error")


async def test_a_reset_has_no_effect(salon: Any) -> None:
    event_type = await salon.event_type()
    await salon.control.fault("POST /v2/bookings", "reset", times=1)
    with pytest.raises(httpx.ReadError):
        await salon.book(event_type, TEN)
    assert await salon.control.call("GET", "/_control/deliveries") == []
    assert (await salon.book(event_type, TEN)).status_code == 201


async def test_a_lost_answer_has_had_its_effect(salon: Any, receiver: Any) -> None:
    event_type = await salon.event_type()
    await salon.webhook(receiver.url, "BOOKING_CREATED")
    await salon.control.fault("POST /v2/bookings", "lost_answer", times=1)
    with pytest.raises(httpx.ReadError):
        await salon.book(event_type, TEN)
    assert receiver.events() == ["BOOKING_CREATED"]
    assert (await salon.book(event_type, TEN)).status_code == 400


async def test_a_late_answer_has_had_its_effect_and_the_log_says_so_before_it_comes(salon: Any) -> None:
    event_type = await salon.event_type()
    await salon.control.fault("POST /v2/bookings", "late_answer", seconds=600, times=1)
    booking = asyncio.create_task(salon.book(event_type, TEN))
    assert await eventually(lambda: _answered(salon), of="the effect") == 201
    assert not booking.done()
    booking.cancel()
    await asyncio.gather(booking, return_exceptions=True)
    assert (await salon.book(event_type, TEN)).status_code == 400


async def _answered(salon: Any) -> int | None:
    asked = await salon.control.requests("/v2/bookings", "POST")
    return asked[0]["status"] if asked else None


@pytest.mark.parametrize("retry_after", [None, 3])
async def test_a_429_comes_with_or_without_retry_after(salon: Any, retry_after: float | None) -> None:
    await salon.control.fault("GET /v2/me", "rate_limit", retry_after=retry_after, times=1)
    answer = await salon.http.get("/v2/me")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "ThrottlerException"
    assert answer.headers.get("retry-after") == (str(retry_after) if retry_after else None)


async def test_a_fault_waits_and_counts(salon: Any) -> None:
    fault_id = await salon.control.fault("GET /v2/me", "status", status=500, after=1, times=2)
    statuses = [(await salon.http.get("/v2/me")).status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert await salon.control.faults() == []
    fault_id = await salon.control.fault("GET /v2/me", "status", status=500)
    await salon.control.heal(fault_id)
    assert (await salon.http.get("/v2/me")).status_code == 200


async def test_a_probability_hits_some(salon: Any) -> None:
    await salon.control.fault("GET /v2/me", "status", status=500, probability=0.5)
    statuses = {(await salon.http.get("/v2/me")).status_code for _ in range(40)}
    assert statuses == {200, 500}


async def test_an_unknown_kind_is_refused(salon: Any) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await salon.control.fault("GET /v2/me", "earthquake")


FAULT: dict[str, Any] = {"route": "GET /v2/me", "kind": "status"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "status"}, "route must be"),
        ({"route": "GET /v2/me"}, "kind must be"),
        ({**FAULT, "route": 7}, "route must be"),
        ({**FAULT, "route": ""}, "route must be"),
        ({**FAULT, "route": "/v2/me"}, "METHOD /path"),
        ({**FAULT, "kind": "earthquake"}, "kind must be one of"),
        ({**FAULT, "status": "500"}, "status must be"),
        ({**FAULT, "status": 99}, "status must be"),
        ({**FAULT, "status": True}, "status must be"),
        ({**FAULT, "seconds": "1"}, "seconds must be"),
        ({**FAULT, "seconds": -1}, "seconds must be"),
        ({**FAULT, "retry_after": "soon"}, "retry_after must be"),
        ({**FAULT, "times": 0}, "times must be"),
        ({**FAULT, "times": 1.5}, "times must be"),
        ({**FAULT, "times": "2"}, "times must be"),
        ({**FAULT, "probability": 2}, "probability must be"),
        ({**FAULT, "after": None}, "after must be"),
        ({**FAULT, "often": 1}, "no field 'often'"),
        ([FAULT], "a fault is an object"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_with_the_reason(
    salon: Any, fault: Any, told: str
) -> None:
    async with httpx.AsyncClient(base_url=salon.control.root, trust_env=False) as http:
        answer = await http.post("/_control/faults", json=fault)
    assert (answer.status_code, told in answer.json()["error"]) == (400, True), answer.text
    assert await salon.control.faults() == []
    assert (await salon.http.get("/v2/me")).status_code == 200


async def test_a_webhook_is_dropped(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, "BOOKING_CREATED")
    await salon.control.fault("BOOKING_CREATED", "drop_webhook", times=1)
    await salon.booked(await salon.event_type(), TEN)
    assert receiver.arrived == []
    assert [each["error"] for each in await salon.control.deliveries()] == ["dropped"]


async def test_a_dropped_webhook_is_not_retried_by_a_provider_that_retries(
    stripe_control: Any, receiver: Any
) -> None:
    await stripe_control.add_endpoint(receiver.url)
    await stripe_control.fault("customer.subscription.created", "drop_webhook", times=1)
    made = await stripe_control.subscribe("cus_1")
    await stripe_control.change_subscription(made["id"], status="past_due")
    assert receiver.events("type") == ["customer.subscription.updated"]


async def test_a_webhook_is_duplicated(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url + "/hook", "BOOKING_CREATED")
    await salon.control.fault("POST /hook", "duplicate_webhook", times=1)
    await salon.booked(await salon.event_type(), TEN)
    assert len(receiver.arrived) == 2
    assert receiver.arrived[0].body == receiver.arrived[1].body


async def test_a_webhook_is_overtaken_by_the_next(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, "BOOKING_CREATED", "BOOKING_CANCELLED")
    await salon.control.fault("BOOKING_CREATED", "reorder_webhook", times=1, seconds=20)
    booked = await salon.booked(await salon.event_type(), TEN)
    await salon.act(booked["uid"], "cancel", {})
    await receiver.until(2)
    assert receiver.events() == ["BOOKING_CANCELLED", "BOOKING_CREATED"]


async def test_a_held_back_webhook_comes_in_the_end_without_a_next(salon: Any, receiver: Any) -> None:
    await salon.webhook(receiver.url, "BOOKING_CREATED")
    await salon.control.fault("BOOKING_CREATED", "reorder_webhook", times=1, seconds=0.1)
    await salon.booked(await salon.event_type(), TEN)
    await receiver.until(1)


async def test_every_request_is_logged_with_its_answer(salon: Any) -> None:
    await salon.control.forget_requests()
    await salon.http.get("/v2/me", params={"a": "1"})
    await salon.book(999, TEN)
    me, booking = await salon.control.requests()
    assert (me["method"], me["path"], me["query"], me["status"]) == ("GET", "/v2/me", {"a": "1"}, 200)
    assert me["key"].startswith("cal_live_")
    assert booking["status"] == 404
    assert "Eva Maier" in booking["body"]
    assert await salon.control.requests(path="/v2/bookings", method="POST") == [booking]
    assert await salon.control.requests(since=me["id"]) == [booking]


async def test_a_request_that_ends_after_it_was_forgotten_writes_into_no_other_entry(salon: Any) -> None:
    await salon.control.forget_requests()
    await salon.control.fault("GET /v2/me", "latency", seconds=2.0, times=1)
    asked = asyncio.create_task(salon.http.get("/v2/me"))
    await eventually(lambda: salon.control.requests("/v2/me"), of="the request")
    await salon.control.forget_requests()
    await salon.book(999, TEN)
    await asked
    assert [each["path"] for each in await salon.control.requests()] == ["/v2/bookings"]
