import asyncio

import pytest

from shared.contracts import names
from shared.contracts.envelope import Envelope, parse_envelope
from tests.integration.webhook_ingest.conftest import COMPANY, Ingest
from tests.integration.webhook_ingest.payloads import calcom, retell, stripe
from tests.support import eventually


async def _collected(ingest: Ingest, found: set[str], count: int) -> bool:
    while (message := await ingest.take(names.SYNCER_CALLS)) is not None:
        found.add(message.message_id)
    return len(found) >= count


async def drained(ingest: Ingest, queue: str) -> None:
    while await ingest.take(queue) is not None:
        pass


async def test_an_accepted_booking_is_in_its_queue_byte_for_byte(ingest: Ingest) -> None:
    await drained(ingest, names.SYNCER_BOOKINGS)
    payload = b'{"uid":"bytes-1","title":"Gr\xc3\xbc\xc3\x9fe","n":1.10}'
    raw = (
        b'{ "triggerEvent" : "BOOKING_CREATED", "createdAt":"2019-01-01T00:00:00Z",\n "payload":'
        + payload
        + b"}"
    )
    answer = await ingest.send.calcom(raw)
    assert answer.status_code == 202
    message = await ingest.take(names.SYNCER_BOOKINGS)
    envelope = parse_envelope(message.body)
    assert isinstance(envelope, Envelope)
    assert raw in message.body
    assert answer.json() == {"event_id": envelope.id}
    assert (message.message_id, message.type, message.delivery_mode) == (
        envelope.id,
        "calcom.booking_created",
        2,
    )
    assert (envelope.attributes.companyid, envelope.attributes.subject) == (COMPANY, "bytes-1")
    assert message.content_type == "application/cloudevents+json"


async def test_the_same_webhook_twice_has_the_same_id(ingest: Ingest) -> None:
    first, second = (
        await ingest.send.calcom(calcom(uid="twice")),
        await ingest.send.calcom(calcom(uid="twice")),
    )
    assert first.json() == second.json()
    assert first.json()["event_id"].startswith(f"calcom:{COMPANY}:")


@pytest.mark.parametrize(
    ("raw", "event_id"),
    [
        (retell(), f"retell:{COMPANY}:call_ended:call_1"),
        (retell("call_started"), f"retell:{COMPANY}:call_started:call_1"),
    ],
)
async def test_a_call_is_known_by_event_and_call(ingest: Ingest, raw: bytes, event_id: str) -> None:
    answer = await ingest.send.retell(raw)
    assert (answer.status_code, answer.json()) == (202, {"event_id": event_id})


async def test_transfers_of_one_call_are_different_events(ingest: Ingest) -> None:
    first = await ingest.send.retell(retell("transfer_started", start_timestamp=1))
    second = await ingest.send.retell(retell("transfer_started", start_timestamp=2))
    assert first.json() != second.json()


async def test_a_stripe_event_keeps_stripes_id(ingest: Ingest) -> None:
    answer = await ingest.send.stripe(stripe())
    assert (answer.status_code, answer.json()) == (202, {"event_id": "stripe:evt_1"})


async def test_a_test_ping_is_answered_and_not_kept(ingest: Ingest) -> None:
    before = await ingest.depth(names.EVENT_LOG)
    answer = await ingest.send.calcom(calcom("PING"))
    assert answer.status_code == 200
    assert await ingest.depth(names.EVENT_LOG) == before


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(calcom(title="Grüße 👋"), id="umlauts and emoji"),
        pytest.param(calcom(title="a\x00b"), id="NUL"),
        pytest.param(
            b'{"triggerEvent":"BOOKING_CREATED","payload":{"uid":"e","t":"\\ud83d"}}', id="cut emoji"
        ),
        pytest.param(
            b'{"triggerEvent":"BOOKING_CREATED","payload":{"uid":"i","n":' + b"9" * 6000 + b"}}",
            id="huge integer",
        ),
        pytest.param(calcom("BOOKING_" + "X" * 5000), id="long trigger"),
        pytest.param(calcom("Ünbekannt und neu"), id="unknown trigger"),
        pytest.param(calcom(uid=17), id="a number for a text"),
        pytest.param(calcom(uid={"a": []}), id="an object for a text"),
        pytest.param(b'{"triggerEvent":"BOOKING_CREATED","payload":7}', id="a number for the payload"),
        pytest.param(b'{"triggerEvent":"MEETING_ENDED","uid":"flat"}', id="flat"),
        pytest.param(
            b'{"triggerEvent":"BOOKING_CREATED","payload":' + b"[" * 198 + b"]" * 198 + b"}", id="199 levels"
        ),
    ],
)
async def test_odd_but_legal_bodies_are_accepted_and_readable(ingest: Ingest, odd: bytes) -> None:
    await drained(ingest, names.EVENT_LOG)
    answer = await ingest.send.calcom(odd)
    assert answer.status_code == 202, answer.text
    message = await ingest.take(names.EVENT_LOG)
    envelope = parse_envelope(message.body)
    assert isinstance(envelope, Envelope), envelope
    assert odd in message.body
    assert envelope.id == answer.json()["event_id"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"{}",
        b'{"triggerEvent":5}',
        b'{"triggerEvent":""}',
        b'{"triggerEvent":null}',
        b'{"triggerEvent":"PING","x":NaN}',
        b'{"triggerEvent":"X","x":"\xff"}',
        b"[" * 3000 + b"]" * 3000,
        b'{"triggerEvent":"X","payload":' + b"[" * 3000 + b"]" * 3000 + b"}",
    ],
)
async def test_malformed_bodies_are_refused_with_a_problem(ingest: Ingest, raw: bytes) -> None:
    answer = await ingest.send.calcom(raw)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_wrong_missing_and_stale_signatures_are_401(ingest: Ingest) -> None:
    path = f"/webhooks/calcom/{COMPANY}"
    answers = [
        await ingest.send.calcom(calcom(), secret="another"),
        await ingest.send.post(path, calcom(), {}),
        await ingest.send.post(path, calcom(), {"X-Cal-Signature-256": "no-secret-provided"}),
        await ingest.send.post(path, calcom(), {"X-Cal-Signature-256": "sha256=" + "0" * 64}),
        await ingest.send.retell(retell(), age_ms=301_000),
        await ingest.send.retell(retell(), age_ms=-301_000),
        await ingest.send.retell(retell(), key="key_of_somebody_else"),
        await ingest.send.post(f"/webhooks/retell/{COMPANY}", retell(), {"X-Retell-Signature": "v=1,d=zz"}),
        await ingest.send.stripe(stripe(), age=400),
        await ingest.send.stripe(stripe(), age=-400),
        await ingest.send.stripe(stripe(), secret="whsec_other"),
        await ingest.send.post("/webhooks/stripe", stripe(), {}),
        await ingest.send.post("/events", b"{}", {}),
        await ingest.send.post(
            "/events", b"\xff\xfe", {"webhook-id": "1", "webhook-timestamp": "x", "webhook-signature": "v1"}
        ),
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)


async def test_a_changed_body_does_not_fit_its_signature(ingest: Ingest) -> None:
    path, raw = f"/webhooks/calcom/{COMPANY}", calcom()
    from shared.clients.signatures import sign_calcom

    signature = sign_calcom(raw, "cal_webhook_secret")
    assert (await ingest.send.post(path, raw + b" ", {"X-Cal-Signature-256": signature})).status_code == 401


@pytest.mark.parametrize("company", ["nobody", "a b", "..%2Fx", "x" * 300, "%00"])
async def test_an_unknown_company_is_404(ingest: Ingest, company: str) -> None:
    assert (await ingest.send.calcom(calcom(), company=company)).status_code == 404


async def test_fifty_megabytes_are_413(ingest: Ingest) -> None:
    answer = await ingest.send.calcom(b"[" + b"0," * 25_000_000 + b"0]")
    assert answer.status_code == 413
    assert "5,242,880" in answer.json()["detail"]


async def test_a_whole_transcript_of_four_megabytes_is_accepted(ingest: Ingest) -> None:
    assert (await ingest.send.retell(retell(call_id="long", transcript="wort " * 800_000))).status_code == 202


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_other_media_types_are_415(ingest: Ingest, content_type: str) -> None:
    answer = await ingest.send.calcom(calcom(), **{"Content-Type": content_type})
    assert answer.status_code == 415


async def test_a_charset_does_not_matter(ingest: Ingest) -> None:
    answer = await ingest.send.calcom(calcom(uid="cs"), **{"Content-Type": "application/json; charset=utf-8"})
    assert answer.status_code == 202


async def test_a_get_is_405_and_an_unknown_path_404(ingest: Ingest) -> None:
    assert (await ingest.send.client.get("/webhooks/stripe")).status_code == 405
    answer = await ingest.send.client.post("/webhooks/paypal")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_many_at_once_are_all_kept(ingest: Ingest) -> None:
    await drained(ingest, names.SYNCER_CALLS)
    answers = await asyncio.gather(*(ingest.send.retell(retell(call_id=f"many-{n}")) for n in range(100)))
    assert {answer.status_code for answer in answers} == {202}
    # A confirm that came late may have sent a copy through the outbox: it has the same id.
    found: set[str] = set()
    await eventually(lambda: _collected(ingest, found, 100))
    assert found == {answer.json()["event_id"] for answer in answers}
