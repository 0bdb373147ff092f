"""Whatever is sent to a service gets its answer: no 5xx, no crash, and what was accepted is not lost."""

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.clients.signatures import sign_calcom, sign_retell
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
KEY, SECRET = "key_of_the_company_0123456789", "secret-of-the-company"
YEAR_2019 = 1_546_300_800_000


@pytest.fixture(scope="module")
def company(stack: Stack) -> str:
    wanted = f"bad-input-{secrets.token_hex(4)}"
    body = {"id": wanted, "name": "Salon Größe", "retell_api_key": KEY, "calcom_webhook_secret": SECRET}
    stack.console.post("companies", body={**body, "check": False})
    return wanted


@pytest.fixture(autouse=True)
def _no_service_ends(stack: Stack) -> Iterator[None]:
    services = ("voice_tools", "ops_console", "webhook_ingest", "syncer", "notifier", "provisioner")
    before = {name: stack.pid(name) for name in services}
    yield
    assert {name: stack.pid(name) for name in services} == before
    assert all(map(stack.ready, services))


def function(
    stack: Stack, company: str, raw: bytes, *, name: str = "check_availability", **headers: str
) -> httpx.Response:
    """A signed request of a voice agent; ``headers`` replace the signature."""
    mine = headers or {"X-Retell-Signature": sign_retell(raw, KEY, int(time.time() * 1000))}
    url = f"{stack.settings['VOICE_TOOLS_URL']}/functions/{company}/{name}"
    return httpx.post(url, content=raw, headers=mine, timeout=30, trust_env=False)


def asked(args: Any, **call: Any) -> bytes:
    said = {"call_id": f"call_{secrets.token_hex(6)}", "agent_id": "agent_1", "from_number": "+491511234567"}
    return json.dumps({"name": "check_availability", "args": args, "call": said | call}).encode()


def console(stack: Stack, method: str, path: str, **request: Any) -> httpx.Response:
    known = stack.settings
    login = (known["CONSOLE_USER"], known["CONSOLE_PASSWORD"])
    return httpx.request(
        method,
        f"{known['CONSOLE_URL']}/api/{path}",
        timeout=60,
        trust_env=False,
        **{"auth": login, **request},
    )


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        "v=1,d=00",
        sign_retell(b"{}", "another-key", YEAR_2019),
        sign_retell(b"{}", KEY, YEAR_2019),
    ],
    ids=["empty", "nonsense", "short", "another's", "of 2019"],
)
def test_a_function_with_a_wrong_signature_is_refused(stack: Stack, company: str, signature: str) -> None:
    answer = function(stack, company, b"{}", **{"X-Retell-Signature": signature})
    assert answer.status_code == 401, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_function_without_a_signature_is_refused(stack: Stack, company: str) -> None:
    assert function(stack, company, asked({}), Accept="application/json").status_code == 401


def test_a_function_of_an_unknown_company_is_refused(stack: Stack) -> None:
    assert function(stack, "nobody", asked({})).status_code == 404


def test_a_function_with_fifty_megabytes_is_refused_and_the_next_one_answered(
    stack: Stack, company: str
) -> None:
    assert _status_of_fifty_megabytes(lambda raw: function(stack, company, raw)) in {413, "cut off"}
    assert function(stack, company, asked({})).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"not JSON", b"[]", b"\xff\xfe", b'{"call": 7, "args": "text"}', asked(7), asked({"service": 4}),
        asked({"service": "F\u00e4rben", "caller_words": "\ud83d n\u00e4chste Woche"}), asked({}, call_id=12),
        asked({"service": {"a": ["list"]}}, from_number=49151),
    ],
    ids=["empty", "text", "list", "bytes", "types", "args", "number", "umlaut", "call id", "nested"],
)  # fmt: skip
def test_a_signed_function_is_always_answered_with_a_sentence(stack: Stack, company: str, raw: bytes) -> None:
    for name in ("check_availability", "book_appointment", "no_such_function"):
        answer = function(stack, company, raw, name=name)
        assert answer.status_code == 200, answer.text
        assert answer.json()["say"]
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"not JSON", 422),
        (b'"text"', 422),
        (b"\xff\xfe", 422),
        (b'{"name": 42}', 422),
        (b'{"name": "A", "id": 7}', 422),
        (b'{"name": "A", "nonsense": 1}', 422),
        (b'{"name": "A", "id": "a\\u0000b"}', 422),
        (b'{"name": "A\\u0000\\ud83d"}', 422),
    ],
)
def test_the_console_refuses_a_body_that_is_wrong(stack: Stack, body: bytes, status: int) -> None:
    answer = console(stack, "POST", "companies", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text


def test_the_console_refuses_fifty_megabytes(stack: Stack) -> None:
    json_type = {"Content-Type": "application/json"}
    status = _status_of_fifty_megabytes(
        lambda raw: console(stack, "POST", "companies", content=raw, headers=json_type)
    )
    assert status in {400, 413, 422, "cut off"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("companies/nobody", 404),
        ("companies/nobody/branches/none", 404),
        ("events/none", 404),
        ("dead-letters/0", 404),
        ("dead-letters/text", 422),
        ("dead-letters/99999999999999999999999", 422),
        ("events?limit=many", 422),
        ("events?since=yesterday", 422),
        ("events?since=2019-01-01T00:00:00Z", 200),
        ("events?id=%00", 422),
        ("companies/%00", 422),
        ("events/%00", 422),
        ("appointments?company=%F0%9F%92%87", 200),
    ],
)
def test_the_console_answers_whatever_is_asked(stack: Stack, path: str, status: int) -> None:
    answer = console(stack, "GET", path)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("login", [None, ("operator", "wrong"), ("nöbody", "wröng")])
def test_the_console_lets_in_only_whom_it_knows(stack: Stack, login: tuple[str, str] | None) -> None:
    request = {"auth": login} if login is None else {"auth": httpx.BasicAuth(*login)}
    assert console(stack, "GET", "companies", **request).status_code == 401


@pytest.mark.parametrize(
    "payload",
    [
        {"uid": 42, "title": 7, "startTime": 12345, "status": "ACCEPTED", "attendees": "nobody"},
        {"uid": "u-2019", "startTime": "2019-01-01T10:00:00Z", "status": "ACCEPTED", "title": "Fön"},
        {"uid": "u-" + "x" * 400, "title": "T" * 100_000, "status": "ACCEPTED"},
        {"uid": "ü" * 5_000, "title": "Fön", "status": "ACCEPTED"},
        {"nothing": "of use"},
        [],
        None,
    ],
    ids=["numbers", "of 2019", "long", "longer", "without a booking", "list", "null"],
)
def test_what_ingest_accepts_is_done_or_a_dead_letter_and_never_lost(
    stack: Stack, company: str, payload: Any
) -> None:
    said = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2019-01-01T00:00:00Z", "payload": payload}
    answer = _calcom(stack, company, json.dumps({**said, "nonce": secrets.token_hex(8)}).encode())
    assert answer.status_code == 202, answer.text
    states = _end(stack, answer.json()["event_id"])
    assert states <= {"done", "dead"}
    assert stack.console.get("ledger")["unaccounted"] == 0


def test_an_unknown_event_is_accepted_and_logged_as_unhandled(stack: Stack, company: str) -> None:
    raw = json.dumps({"triggerEvent": "BOOKING_PAINTED", "payload": {}, "n": secrets.token_hex(8)}).encode()
    answer = _calcom(stack, company, raw)
    assert answer.status_code == 202, answer.text
    assert _end(stack, answer.json()["event_id"], handled=False) == set()


def _calcom(stack: Stack, company: str, raw: bytes) -> httpx.Response:
    headers = {"X-Cal-Signature-256": sign_calcom(raw, SECRET), "Content-Type": "application/json"}
    url = f"{stack.settings['INGEST_URL']}/webhooks/calcom/{company}"
    return httpx.post(url, content=raw, headers=headers, timeout=30, trust_env=False)


def _end(stack: Stack, event_id: str, *, handled: bool = True) -> set[str]:
    """The states in which its deliveries came to rest."""
    story = stack.settled(event_id, states=("done", "dead"), handled=handled)
    return {one["state"] for one in story["deliveries"]}


def _status_of_fifty_megabytes(post: Any) -> int | str:
    """``cut off``: the server answered by closing the connection under what was still being sent."""
    try:
        return int(post(b'{"name": "' + b"x" * 50_000_000 + b'"}').status_code)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return "cut off"
