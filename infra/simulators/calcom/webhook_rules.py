"""What Cal.com refuses in a webhook's registration."""

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from infra.simulators.calcom.errors import validation
from infra.simulators.store import Document

_TRIGGERS_TEXT = (
    "BOOKING_CREATED BOOKING_PAYMENT_INITIATED BOOKING_PAID BOOKING_RESCHEDULED BOOKING_REQUESTED "
    "BOOKING_CANCELLED BOOKING_REJECTED BOOKING_NO_SHOW_UPDATED FORM_SUBMITTED MEETING_ENDED "
    "MEETING_STARTED RECORDING_READY INSTANT_MEETING RECORDING_TRANSCRIPTION_GENERATED OOO_CREATED "
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW AFTER_GUESTS_CAL_VIDEO_NO_SHOW FORM_SUBMITTED_NO_EVENT "
    "DELEGATION_CREDENTIAL_ERROR WRONG_ASSIGNMENT_REPORT"
)
TRIGGERS = frozenset(_TRIGGERS_TEXT.split())
_VERSIONS = ("2021-10-20", "2026-07-27")
_PRIVATE_NAMES = (".local", ".localhost", ".internal")
_REQUIRED = {"active", "subscriberUrl", "triggers"}


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_version(value: Any) -> bool:
    return value is None or value in _VERSIONS


def _are_triggers(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(each, str) and each in TRIGGERS for each in value)


def is_public(url: Any) -> bool:
    """HTTPS and public, as at the provider; loopback addresses alone may be named, with HTTP too."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        host = (parts.hostname or "").rstrip(".") if parts else ""
    except ValueError:
        return False
    if parts is None or not host:
        return False
    address = _address(host)
    if address is None:
        return parts.scheme == "https" and _is_public_name(host)
    if address.is_loopback:
        return parts.scheme in {"http", "https"}
    # Not global: private, link-local, unspecified, documentation, and 100.64.0.0/10 behind carriers.
    return parts.scheme == "https" and address.is_global and not address.is_multicast


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_public_name(host: str) -> bool:
    """A name whose last part begins with a digit is an address in disguise: 127.1, 0x7f.1."""
    _, dot, last = host.rpartition(".")
    return bool(dot) and last[:1].isalpha() and not host.endswith(_PRIVATE_NAMES)


_LOOKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "active": (_is_flag, "active must be a boolean value"),
    "subscriberUrl": (is_public, "subscriberUrl must be a public https URL address"),
    "triggers": (_are_triggers, "each value in triggers must be one of the supported triggers"),
    "secret": (_is_text, "secret must be a string"),
    "payloadTemplate": (_is_text, "payloadTemplate must be a string"),
    "version": (_is_version, f"version must be one of {', '.join(_VERSIONS)}"),
}


def check_webhook(body: Any, *, complete: bool) -> Document:
    """The body, which is an object; `complete`: a new webhook. Raises Refusal 400 with every problem."""
    if not isinstance(body, dict):
        raise validation(("body", "body must be an object"))
    looked_at = set(body) | _REQUIRED if complete else set(body)
    problems = [
        (name, text)
        for name, (fits, text) in _LOOKS.items()
        if name in looked_at and not fits(body.get(name))
    ]
    if problems:
        raise validation(*problems)
    return body
