"""Which webhooks Cal.com takes."""

from typing import Any

import pytest

URL = "https://hooks.example.org/1"
GOOD: dict[str, Any] = {"active": True, "subscriberUrl": URL, "triggers": ["BOOKING_CREATED"]}


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/1",
        "ftp://hooks.example.org/1",
        "hooks.example.org/1",
        "https:///1",
        "https://[1/",
        "https://10.0.0.1/1",
        "https://172.16.0.1/1",
        "https://172.31.255.255/1",
        "https://192.168.1.1/1",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/1",
        "https://0.0.0.0/1",
        "https://224.0.0.1/1",
        "https://[::]/1",
        "https://[fe80::1]/1",
        "https://[fd00::1]/1",
        "https://[::ffff:10.0.0.1]/1",
        "https://2130706433/1",
        "https://127.1/1",
        "https://0x7f.0.0.1/1",
        "https://localhost/1",
        "https://localhost./1",
        "https://ingest/1",
        "https://printer.local/1",
        "https://metadata.google.internal/1",
        "https://app.localhost/1",
        7,
        None,
        ["https://hooks.example.org/1"],
    ],
)
async def test_an_address_that_the_world_cannot_reach_is_refused(salon: Any, url: Any) -> None:
    made = await salon.http.post("/v2/webhooks", json={**GOOD, "subscriberUrl": url})
    assert made.status_code == 400
    assert made.json()["error"]["details"]["errors"][0]["property"] == "subscriberUrl"
    kept = await salon.webhook(URL, "BOOKING_CREATED")
    changed = await salon.http.patch(f"/v2/webhooks/{kept['id']}", json={"subscriberUrl": url})
    assert changed.status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "https://93.184.215.14/1",
        "https://hooks.xn--mller-kva.example/1",
        "http://127.0.0.1:9/1",
        "http://[::1]/1",
    ],
)
async def test_public_addresses_and_those_on_loopback_are_taken(salon: Any, url: str) -> None:
    assert (await salon.webhook(url, "BOOKING_CREATED"))["subscriberUrl"] == url


@pytest.mark.parametrize(
    "change",
    [
        {"active": "yes"},
        {"active": None},
        {"triggers": []},
        {"triggers": ["BOOKING_CONFIRMED"]},
        {"triggers": [{}]},
        {"triggers": "BOOKING_CREATED"},
        {"version": "1999-01-01"},
        {"version": []},
        {"secret": 7},
        {"payloadTemplate": {}},
    ],
)
async def test_a_field_of_the_wrong_type_is_refused_when_made_and_when_changed(
    salon: Any, change: dict[str, Any]
) -> None:
    assert (await salon.http.post("/v2/webhooks", json={**GOOD, **change})).status_code == 400
    path = f"/v2/webhooks/{(await salon.webhook(URL, 'BOOKING_CREATED'))['id']}"
    answer = await salon.http.patch(path, json=change)
    assert (answer.status_code, len(answer.json()["error"]["details"]["errors"])) == (400, 1)


@pytest.mark.parametrize("body", [[], [GOOD], "text", 7, None])
async def test_a_registration_is_an_object(salon: Any, body: Any) -> None:
    assert (await salon.http.post("/v2/webhooks", json=body)).status_code == 400


async def test_a_second_webhook_with_the_address_of_the_first_is_refused_wherever_it_hangs(
    salon: Any,
) -> None:
    await salon.webhook(URL, "BOOKING_CREATED")
    path = f"/v2/event-types/{await salon.event_type()}/webhooks"
    assert (await salon.http.post(path, json=GOOD)).status_code == 409
    other = await salon.webhook(URL + "/other", "BOOKING_CREATED")
    moved = await salon.http.patch(f"/v2/webhooks/{other['id']}", json={"subscriberUrl": URL})
    assert moved.status_code == 409
    same = await salon.http.patch(f"/v2/webhooks/{other['id']}", json={"subscriberUrl": URL + "/other"})
    assert same.status_code == 200


async def test_two_users_may_have_the_same_address(salon: Any) -> None:
    await salon.webhook(URL, "BOOKING_CREATED")
    stranger = await salon.control.add_account(username="stranger")
    headers = {"Authorization": f"Bearer {stranger['apiKey']}"}
    assert (await salon.http.post("/v2/webhooks", json=GOOD, headers=headers)).status_code == 201
