"""Raw body and header → verified, or SignatureError; and the signing counterpart of each scheme.

Every comparison takes constant time, and each scheme hashes the raw bytes: JSON written anew is another text.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from shared.errors import PermanentError

RETELL_HEADER: Final = "X-Retell-Signature"
CALCOM_HEADER: Final = "X-Cal-Signature-256"
STRIPE_HEADER: Final = "Stripe-Signature"

#: Seconds a signed time may differ from ours, both ways: all three schemes with a time agree on five minutes.
TOLERANCE: Final = 300

_RETELL = re.compile(r"v=([0-9]{1,16}),d=([0-9a-f]{64})")
_STRIPE_TIME = re.compile(r"[0-9]{1,12}")


class SignatureError(PermanentError):
    """The sender did not prove who it is. ``reason`` is fit for a log line, not for the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidSecretError(ValueError):
    """A configured secret cannot sign anything; found when the process starts."""


def _hmac_hex(key: str, message: bytes) -> str:
    # An empty key would sign for everybody who knows the scheme.
    if not key:
        raise SignatureError("no secret is configured")
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode(errors="replace"))


# --- Retell: v=<unix ms>,d=<hex of HMAC(api key, body + v)> ---


def verify_retell(raw: bytes, header: str | None, key: str, now_ms: int) -> None:
    """``key``: the company's API key with the webhook badge; ``now_ms``: Unix time in milliseconds.

    Raises:
        SignatureError: header missing or malformed, older or newer than five minutes, or another key signed.
    """
    if header is None:
        raise SignatureError("signature is missing")
    if (parts := _RETELL.fullmatch(header)) is None:
        raise SignatureError("signature is malformed")
    signed_at, digest = parts.groups()
    if abs(now_ms - int(signed_at)) > TOLERANCE * 1000:
        raise SignatureError("signature is stale")
    if not _same(_hmac_hex(key, raw + signed_at.encode()), digest):
        raise SignatureError("signature does not match")


def sign_retell(raw: bytes, key: str, now_ms: int) -> str:
    """The value of ``X-Retell-Signature``."""
    return f"v={now_ms},d={_hmac_hex(key, raw + str(now_ms).encode())}"


# --- Cal.com: bare hex of HMAC(secret, body); no time, replay protection is the event's id ---


def verify_calcom(raw: bytes, header: str | None, secrets: Iterable[str]) -> None:
    """Any of ``secrets`` may have signed: several are valid while one is being replaced.

    Raises:
        SignatureError: header missing, or no secret matches (``sha256=…`` never does).
    """
    if not header:
        raise SignatureError("signature is missing")
    if header == "no-secret-provided":
        raise SignatureError("the webhook was registered without a secret")
    # All are computed, so that the time does not tell which secret matched.
    matches = [_same(_hmac_hex(secret, raw), header) for secret in secrets if secret]
    if not any(matches):
        raise SignatureError("signature does not match" if matches else "no secret is configured")


def sign_calcom(raw: bytes, secret: str) -> str:
    """The value of ``X-Cal-Signature-256``."""
    return _hmac_hex(secret, raw)


# --- Stripe: t=<unix s>,v1=<hex of HMAC(whole whsec_…, t + "." + body)>[,v1=…] ---


def verify_stripe(raw: bytes, header: str | None, secret: str, now_s: int) -> None:
    """Any ``v1`` may match (several while a secret rolls), ``v0`` is ignored; ``now_s``: Unix seconds.

    Raises:
        SignatureError: header missing or malformed, older or newer than five minutes, or no ``v1`` matches.
    """
    if not header:
        raise SignatureError("signature is missing")
    signed_at, candidates = _stripe_parts(header)
    # Stripe's own library lets a future time pass; a signature is good for five minutes, not for ever.
    if abs(now_s - signed_at) > TOLERANCE:
        raise SignatureError("signature is stale")
    expected = _hmac_hex(secret, f"{signed_at}.".encode() + raw)
    if not any(_same(expected, candidate) for candidate in candidates):
        raise SignatureError("signature does not match")


def _stripe_parts(header: str) -> tuple[int, list[str]]:
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    candidates = [value for name, value in pairs if name == "v1"]
    if not times or not candidates or not _STRIPE_TIME.fullmatch(times[0]):
        raise SignatureError("signature is malformed")
    return int(times[0]), candidates


def sign_stripe(raw: bytes, secret: str, now_s: int) -> str:
    """The value of ``Stripe-Signature``."""
    return f"t={now_s},v1={_hmac_hex(secret, f'{now_s}.'.encode() + raw)}"


# --- Standard Webhooks, for internal producers on /events ---


class StandardWebhooks:
    """Verifies and signs by the Standard Webhooks scheme (``webhook-id``, ``-timestamp``, ``-signature``).

    Raises:
        InvalidSecretError: on construction, so that a wrong ``EVENTS_SECRET`` stops the process at start.
    """

    def __init__(self, secret: str) -> None:
        try:
            self._webhook = Webhook(secret)
        except Exception as error:
            raise InvalidSecretError("must be base64, with or without whsec_ in front") from error

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Raises SignatureError for whatever is wrong with headers or body, never anything else."""
        try:
            self._webhook.verify(raw, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            raise SignatureError(str(error).lower()) from None
        except (ValueError, TypeError, OverflowError) as error:
            # The library splits and decodes before it checks: a body that is not UTF-8 or a signature without
            # a comma would end as a 500.
            raise SignatureError("signature is malformed") from error

    def verify_at(self, raw: bytes, headers: Mapping[str, str], now: datetime) -> None:
        """As ``verify``, as if it were ``now``: the library knows no other time than the clock's.

        Raises:
            SignatureError: a header is missing or malformed, signed at another time or by another key.
        """
        signed_at, given = headers.get("webhook-timestamp", ""), headers.get("webhook-signature", "")
        if not _STRIPE_TIME.fullmatch(signed_at) or "webhook-id" not in headers:
            raise SignatureError("signature is missing")
        if abs(now.timestamp() - int(signed_at)) > TOLERANCE:
            raise SignatureError("signature is stale")
        try:
            own = self.sign(raw, headers["webhook-id"], datetime.fromtimestamp(int(signed_at), UTC))
        except (ValueError, OverflowError, OSError) as error:
            raise SignatureError("signature is malformed") from error
        if not any(_same(own["webhook-signature"], one) for one in given.split(" ")):
            raise SignatureError("signature does not match")

    def sign(self, raw: bytes, message_id: str, now: datetime) -> dict[str, str]:
        """The three headers for ``raw`` (UTF-8). ``now`` must be aware."""
        signature = self._webhook.sign(message_id, now.astimezone(UTC), raw.decode())
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
