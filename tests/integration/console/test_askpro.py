"""What people type: exit code 0 done, 1 refused, 2 wrong call, and never a stack trace."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@pytest.fixture
async def ingest() -> AsyncIterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A server that remembers what was posted, and refuses bodies that say so."""
    import asyncio

    import uvicorn

    seen: list[tuple[str, dict[str, str], bytes]] = []

    async def take(request: Request) -> Response:
        body = await request.body()
        seen.append((request.url.path, dict(request.headers), body))
        status = 401 if b"refuse" in body else 202
        return JSONResponse({"event_id": "calcom:x"} if status == 202 else {"detail": "no"}, status)

    app = Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", seen
    server.should_exit = True
    await task


async def test_companies_and_branches_are_entered_listed_and_shown(bench: Any) -> None:
    added = await bench.askpro(
        "companies",
        "add",
        "Salon Nord",
        "--id",
        "nord",
        "--retell-api-key",
        "key_12345678",
        "--no-check",
        "--json",
    )
    assert (added.code, added.json["id"]) == (0, "nord"), added.err
    assert "nord" in [
        item["id"] for item in (await bench.askpro("companies", "list", "--json")).json["items"]
    ]
    signed = ("--kind", "medical", "--dpa-signed", "2026-11-01")
    kept = ("--retention-days", "7", "--recording", "consent")
    changed = (await bench.askpro("companies", "update", "nord", *signed, *kept, "--json")).json
    assert (changed["kind"], changed["dpa_signed_on"], changed["retention_days"], changed["recording"]) == (
        "medical",
        "2026-11-01",
        7,
        "consent",
    )
    withdrawn = await bench.askpro("companies", "update", "nord", "--dpa-signed", "none", "--json")
    assert withdrawn.json["dpa_signed_on"] is None
    file = bench.folder / "branch.json"
    file.write_text(
        json.dumps({"branch_id": "hafen", "name": "Salon Hafen", "opening_hours": {"mo": "09:00-18:00"}})
    )
    assert (await bench.askpro("branches", "add", str(file), "--company", "nord")).code == 0
    listed = (await bench.askpro("branches", "list", "--company", "nord", "--json")).json
    assert [item["id"] for item in listed["items"]] == ["hafen"]
    shown = await bench.askpro("branches", "show", "hafen")
    assert "Salon Hafen" in shown.out
    assert (await bench.askpro("branches", "retry", "hafen", "--json")).json["company_id"] == "nord"
    step = await bench.askpro("branches", "retry", "hafen", "--step", "number")
    assert (step.code, "There is no step number" in step.err) == (1, True)
    assert (await bench.askpro("branches", "move-number", "+49401", "--to", "hafen")).code == 1
    gone = await bench.askpro("branches", "delete", "hafen", "--company", "nord", "--release-number")
    assert gone.code == 0
    trunk = ("sip.example.com", "--company", "nord")
    assert (await bench.askpro("trunks", "put", *trunk, "--username", "salon")).code == 0
    assert (await bench.askpro("trunks", "list", "--company", "nord", "--json")).json["items"][0] == {
        "id": "sip.example.com",
        "username": "salon",
        "has_password": False,
        "transport": None,
    }
    assert (await bench.askpro("trunks", "remove", *trunk)).code == 0
    assert (await bench.askpro("branches", "list", "--company", "nord", "--json")).json["items"] == []


async def test_refusals_are_1_and_wrong_calls_are_2_and_say_what_to_do(bench: Any) -> None:
    refused = await bench.askpro("companies", "show", "nobody")
    assert (refused.code, refused.out) == (1, "")
    assert "companies list" in refused.err
    assert (await bench.askpro("companies", "add")).code == 2
    assert (await bench.askpro("nonsense")).code == 2
    assert (await bench.askpro("branches", "add", "/no/such/file", "--company", "x")).code == 2
    away = await bench.askpro("queues", CONSOLE_URL="http://127.0.0.1:1")
    assert away.code == 1
    assert "make up" in away.err
    wrong = await bench.askpro("queues", CONSOLE_PASSWORD="wrong-password")
    assert (wrong.code, "wrong" in wrong.err) == (1, True)
    for answer in (refused, away, wrong):
        assert "Traceback" not in answer.err


async def test_a_webhook_is_signed_for_its_company_and_posted_unchanged(
    bench: Any, ingest: Any, company: str
) -> None:
    url, seen = ingest
    file = bench.folder / "payload.json"
    file.write_bytes(b'{ "triggerEvent": "BOOKING_CREATED", "odd": "\\ud83d" }\n')
    given = await bench.askpro(
        "companies",
        "update",
        company,
        "--calcom-webhook-secret",
        "secret-secret",
        "--retell-api-key",
        "key_abcdefgh",
        "--no-check",
    )
    assert given.code == 0, given.err
    sent = await bench.askpro("webhooks", "send", "calcom", str(file), "--company", company, INGEST_URL=url)
    assert sent.code == 0, sent.err
    assert "202" in sent.out
    assert "calcom:x" in sent.out
    path, headers, body = seen[0]
    assert path == f"/webhooks/calcom/{company}"
    assert body == file.read_bytes()
    assert headers["x-cal-signature-256"] == hmac.new(b"secret-secret", body, hashlib.sha256).hexdigest()
    for provider in ("retell", "stripe", "events"):
        assert (
            await bench.askpro("webhooks", "send", provider, str(file), "--company", company, "--url", url)
        ).code == 0
    assert [one[0] for one in seen[1:]] == [f"/webhooks/retell/{company}", "/webhooks/stripe", "/events"]
    assert "x-retell-signature" in seen[1][1]
    assert "stripe-signature" in seen[2][1]
    assert "webhook-signature" in seen[3][1]
    file.write_bytes(b'{"name": "M\xfcller"}')
    odd = await bench.askpro("webhooks", "send", "events", str(file), "--url", url)
    assert (odd.code, "UTF-8" in odd.err, len(seen)) == (1, True, 4), odd.err
    refused = await bench.askpro(
        "webhooks", "send", "calcom", "-", "--company", company, stdin="refuse", INGEST_URL=url
    )
    assert refused.code == 1
    assert (await bench.askpro("webhooks", "send", "calcom", str(file))).code == 2


async def test_dead_letters_are_listed_shown_edited_replayed_and_discarded(
    bench: Any, make_event: Any
) -> None:
    queue, ids = "syncer.booking-requests", []
    for _ in range(3):
        event = make_event("booking.requested", {"start": "then"})
        await bench.tell(event)
        await bench.delivery(queue, event.id, "waiting")
        await bench.reject(queue)
        ids.append((await bench.delivery(queue, event.id, "dead"))["id"])
    listed = (await bench.askpro("dead-letters", "list", "--queue", queue, "--json")).json["items"]
    assert [item["id"] for item in listed] == ids[::-1]
    assert (await bench.askpro("dead-letters", "groups", "--json")).json["items"][0]["count"] == 3
    shown = await bench.askpro("dead-letters", "show", str(ids[0]))
    assert "booking.requested" in shown.out
    assert (await bench.askpro("dead-letters", "discard", str(ids[0]))).code == 2
    gone = await bench.askpro("dead-letters", "discard", str(ids[0]), "--reason", "tested")
    assert gone.code == 0, gone.err
    edited = await bench.askpro("dead-letters", "edit", str(ids[1]), "--set", "start=now", "--reason", "typo")
    assert edited.code == 1
    assert "company_id" in edited.err
    forced = ("--set", "start=now", "--reason", "typo", "--force")
    edited = await bench.askpro("dead-letters", "edit", str(ids[1]), *forced)
    assert edited.code == 0, edited.err
    assert (await bench.askpro("dead-letters", "replay", str(ids[2]), "--json")).json["items"] == [
        {"id": ids[2]}
    ]
    assert (await bench.askpro("dead-letters", "replay", str(ids[2]))).code == 1
    assert (await bench.askpro("dead-letters", "replay")).code == 2
    assert (await bench.askpro("dead-letters", "list", "--queue", queue, "--json")).json["items"] == []


async def test_events_are_found_by_type_and_time_and_shown_with_their_trail(
    bench: Any, make_event: Any
) -> None:
    event = make_event("calcom.typed", {"type": "Haarschnitt"})
    await bench.tell(event)
    await bench.row("select 1 from event_log where id = %s", event.id)
    found = (await bench.askpro("events", "list", "--type", "calcom.t*", "--since", "5m", "--json")).json[
        "items"
    ]
    assert [item["id"] for item in found] == [event.id]
    assert "Haarschnitt" in (await bench.askpro("events", "show", event.id)).out
    for since in ("yesterday", "99999999999d", "²h"):
        wrong = await bench.askpro("events", "list", "--since", since)
        assert (wrong.code, "Traceback" in wrong.err) == (2, False)
        assert "neither a time nor like 10m" in wrong.err


async def test_the_doctor_finds_a_sound_platform_sound_and_a_missing_queue_missing(bench: Any) -> None:
    import aio_pika

    found = {item["id"]: item for item in (await bench.askpro("doctor", "--json")).json["items"]}
    assert found["database schema"]["ok"]
    assert found["queue arguments"]["ok"]
    assert found["bindings"]["ok"]
    assert found["calcom"]["ok"] is False
    assert found["routes"]["ok"]
    connection = await aio_pika.connect(bench.broker_url)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete("notifier.sms")
    sick = {item["id"]: item for item in (await bench.askpro("doctor", "--json")).json["items"]}
    assert "notifier.sms" in sick["queues"]["found"]
    assert sick["queues"]["advice"]


async def test_the_doctor_asks_the_chats_server_and_never_tells_the_hook(bench: Any, ingest: Any) -> None:
    url, seen = ingest
    urls = f"chat={url}/hooks/SECRET,http://127.0.0.1:1/hooks/SECRET,tgram://TOKEN/1"
    answer = await bench.askpro("doctor", "--json", NOTIFY_URLS=urls)
    chats = [item for item in answer.json["items"] if item["id"].startswith("chat ")]
    assert [item["ok"] for item in chats] == [True, False, None]
    assert not any(secret in answer.out for secret in ("SECRET", "TOKEN"))
    assert not any("SECRET" in path for path, _, _ in seen)


@pytest.mark.parametrize("retell", ["", "https://api.retellai.com", "http://127.0.0.1.example.org"])
async def test_a_call_is_simulated_at_a_simulator_alone(bench: Any, retell: str) -> None:
    refused = await bench.askpro("simulate", "call", "--to", "+498912345678", RETELL_BASE_URL=retell)
    assert refused.code == 1
    assert "make up" in refused.err
    assert "RETELL_BASE_URL" in refused.err


async def test_an_operator_added_again_keeps_the_role_and_gets_the_new_password(bench: Any) -> None:
    await bench.askpro(
        "operators", "add", "--name", "erna", "--role", "viewer", "--password", "first-password"
    )
    again = await bench.askpro(
        "operators", "add", "erna", "--password-stdin", "--json", stdin="second-password\n"
    )
    assert again.json == {"id": "erna", "role": "viewer"}
    assert (await bench.askpro("queues", CONSOLE_USER="erna", CONSOLE_PASSWORD="second-password")).code == 0
    assert (await bench.askpro("queues", CONSOLE_USER="erna", CONSOLE_PASSWORD="first-password")).code == 1


@pytest.mark.parametrize(
    "command", ["queues", "health", "circuits", "appointments", "calls", "callbacks", "ledger"]
)
async def test_every_view_has_a_form_for_people_and_one_for_programs(bench: Any, command: str) -> None:
    people, programs = await bench.askpro(command), await bench.askpro(command, "--json")
    assert people.code == programs.code == 0, people.err + programs.err
    assert people.out
    assert isinstance(programs.json, dict)
