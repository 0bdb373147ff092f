"""A refused request is taken in only where its own signature holds, at the time it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ops_console.handlers.reingest import Reingest, VerifyAsItCame
from services.ops_console.store.refusals import NotPossibleError
from shared.clients.console import Answer
from shared.clients.signatures import StandardWebhooks, sign_calcom, sign_retell, sign_stripe
from shared.db.credentials import CompanyCredentials
from shared.db.tables import RejectedRequest
from tests.processes import EVENTS_SECRET, STRIPE_SECRET

CAME = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RAW = b'{"a": 1}'
KEY, SECRET, BEFORE = "key_0123", "the secret", "the one before"


class Salon:
    """One company and its secrets."""

    async def again(self, company_id: str) -> CompanyCredentials | None:
        return CompanyCredentials(
            "salon", "Salon", "de", "active", None, KEY, None, "default", (SECRET, BEFORE)
        ) if company_id == "salon" else None  # fmt: skip


@dataclass
class Desk:
    """The requests, and an ingest that gives the answers that it is told."""

    request: RejectedRequest
    answers: list[Answer]
    posted: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    noted: list[tuple[str | None, str]] = field(default_factory=list)

    async def show(self, request_id: str) -> RejectedRequest:
        return self.request

    async def taken(self, request_id: str, event_id: str | None, by: str) -> None:
        self.noted.append((event_id, by))

    async def post(self, path: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
        self.posted.append((path, raw, headers))
        return self.answers.pop(0)

    async def __call__(self, provider: str, company_id: str, raw: bytes) -> dict[str, str]:
        return {"signed-as": f"{provider} of {company_id}"}

    @property
    def reingest(self) -> Reingest:
        return Reingest(self, VerifyAsItCame(Salon(), STRIPE_SECRET, EVENTS_SECRET), self, self)


def request(path: str, headers: Mapping[str, str], **changes: Any) -> RejectedRequest:
    lower = {name.lower(): value for name, value in headers.items()}
    fields = {"id": "r", "received_at": CAME, "body": RAW, "cut": False, "headers": {":path": path, **lower}}
    return RejectedRequest(**{**fields, **changes})


def accepted(body: str = '{"event_id": "e"}', status: int = 202) -> Answer:
    return Answer(status, body)


def signed(provider: str, at: datetime = CAME) -> tuple[str, dict[str, str]]:
    seconds = int(at.timestamp())
    match provider:
        case "calcom":
            return "/webhooks/calcom/salon", {"X-Cal-Signature-256": sign_calcom(RAW, BEFORE)}
        case "retell":
            return "/webhooks/retell/salon", {"X-Retell-Signature": sign_retell(RAW, KEY, seconds * 1000)}
        case "stripe":
            return "/webhooks/stripe", {"Stripe-Signature": sign_stripe(RAW, STRIPE_SECRET, seconds)}
        case _:
            return "/events", StandardWebhooks(EVENTS_SECRET).sign(RAW, "msg_1", at)


@pytest.mark.parametrize("provider", ["calcom", "retell", "stripe", "events"])
async def test_what_was_signed_by_a_secret_of_today_is_taken_in_however_long_ago_it_came(
    provider: str,
) -> None:
    path, headers = signed(provider)
    desk = Desk(request(path, headers), [accepted()])
    assert await desk.reingest("r", "anna") == "e"
    assert desk.noted == [("e", "anna")]
    company = "salon" if provider in {"calcom", "retell"} else "platform"
    ((to, raw, sent),) = desk.posted
    assert (to, raw, sent["signed-as"]) == (path, RAW, f"{provider} of {company}")


@pytest.mark.parametrize("provider", ["retell", "stripe", "events"])
@pytest.mark.parametrize("minutes", [-6, 6])
async def test_what_was_signed_long_before_it_came_is_a_repetition_and_stays_refused(
    provider: str, minutes: int
) -> None:
    path, headers = signed(provider, CAME + timedelta(minutes=minutes))
    desk = Desk(request(path, headers), [])
    with pytest.raises(NotPossibleError, match="stale"):
        await desk.reingest("r", "anna")
    assert (desk.posted, desk.noted) == ([], [])


@pytest.mark.parametrize("provider", ["calcom", "retell", "stripe", "events"])
@pytest.mark.parametrize("change", ["other bytes", "no signature", "nonsense"])
async def test_what_nobody_of_ours_has_signed_stays_refused(provider: str, change: str) -> None:
    path, headers = signed(provider)
    if change != "other bytes":
        headers = {} if change == "no signature" else dict.fromkeys(headers, "é;t=1,v1=0;v1,x")
    body = b'{"a": 2}' if change == "other bytes" else RAW
    desk = Desk(request(path, headers, body=body), [])
    with pytest.raises(NotPossibleError, match="stays refused"):
        await desk.reingest("r", "anna")
    assert (desk.posted, desk.noted) == ([], [])


async def test_what_was_cut_cannot_be_taken_in() -> None:
    desk = Desk(request(*signed("calcom"), cut=True), [])
    with pytest.raises(NotPossibleError, match="part"):
        await desk.reingest("r", "anna")


@pytest.mark.parametrize("path", ["/webhooks/paypal/salon", "/webhooks/calcom/salon/../other", "/admin", ""])
async def test_what_went_to_an_address_that_ingest_has_not_is_posted_nowhere(path: str) -> None:
    desk = Desk(request(path, {}), [])
    with pytest.raises(NotPossibleError, match="no address"):
        await desk.reingest("r", "anna")


async def test_what_ingest_refuses_once_more_is_told_with_its_words_and_stays_open() -> None:
    desk = Desk(request(*signed("calcom")), [accepted('{"detail": "no triggerEvent"}', 400)])
    with pytest.raises(NotPossibleError, match="400: no triggerEvent"):
        await desk.reingest("r", "anna")
    assert desk.noted == []


async def test_an_ingest_that_has_not_seen_the_new_secret_yet_is_asked_again() -> None:
    desk = Desk(request(*signed("calcom")), [accepted("{}", 401), accepted()])
    assert await desk.reingest("r", "anna") == "e"
    assert len(desk.posted) == 2


async def test_a_test_ping_becomes_no_event() -> None:
    desk = Desk(request(*signed("calcom")), [accepted('{"status": "pong"}', 200)])
    assert await desk.reingest("r", "anna") is None
    assert desk.noted == [(None, "anna")]


async def test_what_was_taken_in_is_not_sent_twice() -> None:
    desk = Desk(request(*signed("calcom"), reingested_at=CAME, event_id="e"), [])
    assert await desk.reingest("r", "anna") == "e"
    assert desk.posted == []
