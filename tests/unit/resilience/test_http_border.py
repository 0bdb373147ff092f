"""Whatever httpx raises and a provider answers becomes one of our errors; none is missed."""

import inspect
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from shared import errors
from shared.errors import (
    AskProError,
    ConflictError,
    CredentialRejectedError,
    NotFoundError,
    PermanentError,
    ProviderRefusedError,
    RateLimitedError,
    RefusedForNowError,
    TransientError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from shared.resilience.headers import allowance, pause, retry_after
from shared.resilience.http import (
    AFTER_SENDING,
    BEFORE_SENDING,
    OUR_FAULT,
    Operation,
    from_httpx,
    from_status,
    parse,
    raise_for_status,
)

READ = Operation("calcom.bookings.get", idempotent=True, credential="calcom:acme")
CREATE = Operation("calcom.bookings.create", idempotent=False, credential="calcom:acme")
REQUEST = httpx.Request("GET", "http://provider/x")
#: Bases that httpx never raises itself, and the one that carries a response.
NEVER_RAISED = {
    httpx.HTTPError,
    httpx.RequestError,
    httpx.TransportError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.ProtocolError,
}
NOW = 1_800_000_000.0


def leaves() -> list[type[Exception]]:
    found = [
        value
        for value in vars(httpx).values()
        if inspect.isclass(value) and issubclass(value, Exception) and value.__module__ == "httpx"
    ]
    return sorted(set(found) - NEVER_RAISED - {httpx.HTTPStatusError}, key=lambda kind: kind.__name__)


def test_httpx_still_has_the_exceptions_we_think_of() -> None:
    assert len(leaves()) >= 20


@pytest.mark.parametrize("kind", leaves())
def test_every_exception_of_httpx_is_in_exactly_one_list(kind: type[Exception]) -> None:
    lists = [BEFORE_SENDING, AFTER_SENDING, OUR_FAULT]
    assert sum(issubclass(kind, listed) for listed in lists) == 1


def made(kind: type[Exception]) -> Exception:
    return kind() if not inspect.signature(kind).parameters else kind("it broke")


@pytest.mark.parametrize("kind", BEFORE_SENDING)
def test_before_anything_was_sent_nothing_can_have_happened(kind: type[Exception]) -> None:
    assert type(from_httpx(made(kind), CREATE)) is TransientError


@pytest.mark.parametrize("kind", AFTER_SENDING)
def test_after_sending_a_create_may_have_had_its_effect(kind: type[Exception]) -> None:
    assert type(from_httpx(made(kind), CREATE)) is UnknownOutcomeError
    assert type(from_httpx(made(kind), READ)) is TransientError


@pytest.mark.parametrize("kind", leaves())
def test_our_errors_are_the_only_ones_that_leave(kind: type[Exception]) -> None:
    assert isinstance(from_httpx(made(kind), READ), AskProError)


def answer(status: int, body: object = None, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers, request=REQUEST)


@pytest.mark.parametrize("status", range(300, 600))
def test_every_status_means_something(status: int) -> None:
    for operation in (READ, CREATE):
        error = from_status(answer(status), operation)
        assert isinstance(error, TransientError | PermanentError)
        assert isinstance(error, TransientError) == (status >= 500 or status in {408, 425, 429})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProviderRefusedError),
        (401, CredentialRejectedError),
        (402, CredentialRejectedError),
        (403, CredentialRejectedError),
        (404, NotFoundError),
        (409, ConflictError),
        (422, ProviderRefusedError),
        (425, RefusedForNowError),
        (429, RateLimitedError),
        (301, ProviderRefusedError),
    ],
)
def test_a_status_has_its_error(status: int, kind: type[AskProError]) -> None:
    assert type(from_status(answer(status), CREATE)) is kind


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_5xx_leaves_open_whether_a_create_happened(status: int) -> None:
    assert type(from_status(answer(status), CREATE)) is UnknownOutcomeError
    assert type(from_status(answer(status), READ)) is TransientError


@pytest.mark.parametrize(
    ("status", "answered"), [(408, True), (425, True), (429, True), (500, False), (503, False)]
)
def test_a_4xx_is_an_answer_and_a_5xx_an_outage(status: int, answered: bool) -> None:
    for operation in (READ, CREATE):
        error = from_status(answer(status), operation)
        assert isinstance(error, TransientError)
        assert error.answered is answered


def test_retells_422_for_an_unknown_asset_is_not_found() -> None:
    body = {"status": "error", "message": "Cannot find requested asset under given api key"}
    assert type(from_status(answer(422, body), READ)) is NotFoundError


def test_a_403_about_a_thing_says_nothing_about_the_key() -> None:
    operation = Operation("calcom.webhooks.delete", idempotent=True, about_thing=frozenset({403}))
    assert type(from_status(answer(403), operation)) is ProviderRefusedError
    assert type(from_status(answer(401), operation)) is CredentialRejectedError


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"status": "error", "error": {"code": "X", "message": "taken"}}, "taken"),
        ({"statusCode": 409, "message": "booking_conflict_error"}, "booking_conflict_error"),
        ({"status": "error", "message": "no such agent"}, "no such agent"),
        ({"error": {"type": "card_error", "message": "declined"}}, "declined"),
        ({"error": "plain"}, "plain"),
    ],
)
def test_both_shapes_of_errors_give_the_providers_words(body: object, words: str) -> None:
    error = from_status(answer(400, body), CREATE)
    assert isinstance(error, ProviderRefusedError)
    assert error.detail == words


def test_a_refusal_names_status_and_circuit() -> None:
    error = from_status(answer(401), READ)
    assert isinstance(error, CredentialRejectedError)
    assert (error.status, error.circuit) == (401, "calcom:acme")


class Thing(BaseModel):
    id: int


SHAPE = TypeAdapter(Thing)


def test_a_proxys_html_page_is_an_outage_not_our_poison() -> None:
    page = httpx.Response(200, text="<html>Bad gateway</html>", request=REQUEST)
    with pytest.raises(TransientError):
        parse(page, SHAPE, READ)
    with pytest.raises(UnknownOutcomeError):
        parse(page, SHAPE, CREATE)


def test_json_of_another_shape_is_the_providers_error_and_tells_no_values() -> None:
    with pytest.raises(UnexpectedAnswerError) as caught:
        parse(answer(200, {"id": "Frau Meier"}), SHAPE, READ)
    assert "Meier" not in str(caught.value)
    assert not isinstance(caught.value, errors.PoisonMessageError)


def test_2xx_passes() -> None:
    raise_for_status(answer(204), READ)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "86400"}, 86400.0),
        ({"Retry-After": "999999"}, 604800.0),
        ({"Retry-After": str(int(NOW) + 90)}, 90.0),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": format_datetime(datetime.fromtimestamp(NOW + 30, UTC), usegmt=True)}, 30.0),
        ({"Retry-After": format_datetime(datetime.fromtimestamp(NOW + 86400, UTC), usegmt=True)}, 86400.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers), NOW) == seconds


def test_a_date_that_names_no_zone_is_gmt_wherever_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert retry_after(httpx.Headers({"Retry-After": "Fri Jan 15 08:00:40 2027"}), NOW) == 40.0
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("reset", ["42", str(int(NOW) + 42)])
def test_a_reset_is_seconds_left_or_an_epoch(reset: str) -> None:
    headers = httpx.Headers({"X-RateLimit-Remaining-Default": "0", "X-RateLimit-Reset-Default": reset})
    assert pause(headers, NOW) == 42.0
    assert allowance(headers, NOW).remaining == 0


def test_a_reset_longer_than_any_window_is_a_mistake() -> None:
    headers = httpx.Headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60000"})
    assert pause(headers, NOW) == 3600.0


def test_a_429_carries_what_the_provider_said() -> None:
    error = from_status(answer(429, headers={"Retry-After": "12"}), READ)
    assert isinstance(error, RateLimitedError)
    assert (error.retry_after, error.circuit) == (12.0, "calcom:acme")
