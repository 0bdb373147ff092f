"""Signatures are checked against the published vectors and against the providers' own libraries."""

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.clients.signatures import (
    InvalidSecretError,
    SignatureError,
    StandardWebhooks,
    sign_calcom,
    sign_retell,
    sign_stripe,
    verify_calcom,
    verify_retell,
    verify_stripe,
)

RETELL_KEY = "key_0123456789abcdef0123456789ab"
RETELL_MS = 1767225600000
RETELL_VECTORS = [
    (
        (
            '{"event":"call_ended","call":{"call_id":"Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6",'
            '"agent_id":"oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD","call_status":"ended"}}'
        ),
        "8345cc710fa9e4492b54bc2599bcdc8fba4ca4411724bb8c1fad146964144137",
    ),
    (
        '{"event":"call_ended","call":{"call_id":"c1","transcript":"Agent: Grüß Gott – wie geht’s?"}}',  # noqa: RUF001
        "2cfcc5596f391ed8683489f7e24e93feb6462802292dd8a3d9b5ccffdfb9afd8",
    ),
    ("", "9c40dea017c0f0d490dff93df7d359807ff192c110c8e50ab69a4156310c1243"),
]
CALCOM_SECRET = "cal_webhook_secret"
CALCOM_BODY = (
    '{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-01-01T00:00:00.000Z","payload":'
    '{"uid":"bFJeNb2uX8ANpT3JL5EfXw","bookingId":91,"status":"ACCEPTED","title":"Grüße"}}'
).encode()
CALCOM_HEX = "e3fcfa36333d6ea5f00e70c29bb2d22a971a0dd026c280c78b05a5d8c6f1dbf6"
STRIPE_SECRET = "whsec_test_secret_0123456789"
STRIPE_S = 1767225600
STRIPE_BODY = (
    b'{"id":"evt_test_1","object":"event","api_version":"2026-06-24.dahlia","created":1767225600,'
    b'"type":"invoice.paid","data":{"object":{"id":"in_1","object":"invoice"}},"livemode":false,'
    b'"pending_webhooks":1,"request":{"id":null,"idempotency_key":null}}'
)
STRIPE_HEADER = "t=1767225600,v1=ce70656b43a7bb3f6cb9957cfc4f412178ea61180e09d546580e82f17957a90a"
EVENTS_SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()


@pytest.mark.parametrize(("body", "digest"), RETELL_VECTORS)
def test_a_retell_vector_is_signed_and_accepted(body: str, digest: str) -> None:
    header = f"v={RETELL_MS},d={digest}"
    assert sign_retell(body.encode(), RETELL_KEY, RETELL_MS) == header
    verify_retell(body.encode(), header, RETELL_KEY, RETELL_MS + 300_000)
    verify_retell(body.encode(), header, RETELL_KEY, RETELL_MS - 300_000)


@pytest.mark.parametrize("offset", [300_001, -300_001])
def test_a_retell_signature_is_stale_after_five_minutes_both_ways(offset: int) -> None:
    header = sign_retell(b"{}", RETELL_KEY, RETELL_MS)
    with pytest.raises(SignatureError, match="stale"):
        verify_retell(b"{}", header, RETELL_KEY, RETELL_MS + offset)


@cache
def _retells_own() -> dict[str, Callable[..., str]]:
    from retell.lib.webhook_auth import symmetric  # takes seconds

    return dict(symmetric)


@settings(deadline=None)
@given(st.text(), st.integers(min_value=0, max_value=10**15))
def test_retells_own_library_and_ours_agree(body: str, now_ms: int) -> None:
    ours = sign_retell(body.encode(errors="replace"), RETELL_KEY, now_ms)
    theirs = _retells_own()["sign"](body.encode(errors="replace").decode(), RETELL_KEY, now_ms)
    assert ours == theirs


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "v=1",
        "v=1,d=xyz",
        f"v=१२३,d={'a' * 64}",
        f" v=1,d={'a' * 64}",
        f"v={'9' * 400},d={'a' * 64}",
        "ü",
    ],
)
def test_whatever_stands_in_retells_header_the_answer_is_a_signature_error(header: str | None) -> None:
    with pytest.raises(SignatureError):
        verify_retell(b"{}", header, RETELL_KEY, RETELL_MS)


def test_another_companys_key_does_not_verify() -> None:
    with pytest.raises(SignatureError, match="does not match"):
        verify_retell(b"{}", sign_retell(b"{}", "key_other", RETELL_MS), RETELL_KEY, RETELL_MS)


def test_an_empty_secret_verifies_nothing() -> None:
    with pytest.raises(SignatureError):
        verify_retell(b"{}", f"v={RETELL_MS},d={'a' * 64}", "", RETELL_MS)
    with pytest.raises(SignatureError):
        verify_calcom(b"{}", "a" * 64, [""])
    with pytest.raises(SignatureError):
        verify_stripe(b"{}", f"t={STRIPE_S},v1={'a' * 64}", "", STRIPE_S)


def test_the_calcom_vector_is_signed_and_accepted() -> None:
    assert sign_calcom(CALCOM_BODY, CALCOM_SECRET) == CALCOM_HEX
    verify_calcom(CALCOM_BODY, CALCOM_HEX, [CALCOM_SECRET])


def test_both_secrets_are_good_while_one_is_replaced() -> None:
    verify_calcom(CALCOM_BODY, CALCOM_HEX, ["the new one", CALCOM_SECRET])


@pytest.mark.parametrize(
    "header", [None, "", "no-secret-provided", f"sha256={CALCOM_HEX}", CALCOM_HEX.upper(), "ü"]
)
def test_only_bare_lower_case_hex_is_accepted_from_calcom(header: str | None) -> None:
    with pytest.raises(SignatureError):
        verify_calcom(CALCOM_BODY, header, [CALCOM_SECRET])


def test_the_stripe_vector_is_signed_and_accepted() -> None:
    assert sign_stripe(STRIPE_BODY, STRIPE_SECRET, STRIPE_S) == STRIPE_HEADER
    verify_stripe(STRIPE_BODY, STRIPE_HEADER, STRIPE_SECRET, STRIPE_S + 300)
    verify_stripe(STRIPE_BODY, STRIPE_HEADER, STRIPE_SECRET, STRIPE_S - 300)


def test_any_v1_may_match_and_v0_is_ignored() -> None:
    stamp, good = STRIPE_HEADER.split(",")
    verify_stripe(STRIPE_BODY, f"{stamp},v1={'0' * 64},{good},v0=x", STRIPE_SECRET, STRIPE_S)
    with pytest.raises(SignatureError):
        verify_stripe(STRIPE_BODY, f"{stamp},{good.replace('v1', 'v0')}", STRIPE_SECRET, STRIPE_S)


@pytest.mark.parametrize("offset", [301, -301])
def test_a_stripe_signature_is_stale_after_five_minutes_both_ways(offset: int) -> None:
    with pytest.raises(SignatureError, match="stale"):
        verify_stripe(STRIPE_BODY, STRIPE_HEADER, STRIPE_SECRET, STRIPE_S + offset)


def test_stripes_own_library_accepts_what_we_sign() -> None:
    from stripe import WebhookSignature

    header = sign_stripe(STRIPE_BODY, STRIPE_SECRET, int(time.time()))
    assert WebhookSignature.verify_header(STRIPE_BODY.decode(), header, STRIPE_SECRET, 300)


@given(st.text())
def test_no_stripe_header_ends_in_anything_but_a_signature_error(header: str) -> None:
    with pytest.raises(SignatureError):
        verify_stripe(STRIPE_BODY, header, STRIPE_SECRET, STRIPE_S)


def test_standard_webhooks_verify_what_they_sign() -> None:
    scheme = StandardWebhooks(EVENTS_SECRET)
    scheme.verify('{"ü":1}'.encode(), scheme.sign('{"ü":1}'.encode(), "msg_1", datetime.now(UTC)))


@pytest.mark.parametrize("minutes", [6, -6])
def test_a_standard_webhook_is_stale_after_five_minutes_both_ways(minutes: int) -> None:
    scheme = StandardWebhooks(EVENTS_SECRET)
    headers = scheme.sign(b"{}", "msg_1", datetime.now(UTC) + timedelta(minutes=minutes))
    with pytest.raises(SignatureError):
        scheme.verify(b"{}", headers)


@pytest.mark.parametrize("signature", ["", "v1", "v1,a,b", "v1,%%%", "v1,ü", "v2,abc"])
def test_a_malformed_standard_webhook_signature_is_a_signature_error(signature: str) -> None:
    scheme = StandardWebhooks(EVENTS_SECRET)
    headers = scheme.sign(b"{}", "msg_1", datetime.now(UTC)) | {"webhook-signature": signature}
    with pytest.raises(SignatureError):
        scheme.verify(b"{}", headers)


def test_a_body_that_is_not_utf8_is_a_signature_error() -> None:
    scheme = StandardWebhooks(EVENTS_SECRET)
    with pytest.raises(SignatureError):
        scheme.verify(b"\xff\xfe", scheme.sign(b"{}", "msg_1", datetime.now(UTC)))


@pytest.mark.parametrize("timestamp", ["", "nan", "inf", "-1e400", "soon"])
def test_an_impossible_time_is_a_signature_error(timestamp: str) -> None:
    scheme = StandardWebhooks(EVENTS_SECRET)
    headers = scheme.sign(b"{}", "msg_1", datetime.now(UTC)) | {"webhook-timestamp": timestamp}
    with pytest.raises(SignatureError):
        scheme.verify(b"{}", headers)


@pytest.mark.parametrize("secret", ["", "whsec_", "a"])
def test_a_secret_that_cannot_sign_is_found_at_start(secret: str) -> None:
    with pytest.raises(InvalidSecretError):
        StandardWebhooks(secret)
