"""NOTIFY_URLS and a company's own list → where chat, SMS and operators' mail go.

Entries are separated by commas, spaces or new lines. ``chat=URL``, or a bare URL, gets every notice as a
chat message: an ``https://`` (``http://``) URL is a Slack-compatible hook, any other an Apprise URL.
``sms=URL`` is an Apprise URL for SMS: with ``{to}`` in it, it is a gateway and gets the customer's number
there, percent-encoded; without, it is somebody's own phone, who gets the urgent notices.
``mail=ADDRESS`` is an operator's, for what should not wait until somebody looks at a chat.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, SecretStr

from shared.errors import PermanentError

_PLACE: Final = "{to}"
_SEPARATORS: Final = re.compile(r"[,\s]+")
_ENTRY: Final = re.compile(
    r"^(?:(?:(chat|sms)=)?([a-z][a-z0-9+.\-]*://\S+)|(mail)=([^@\s]+@[^@\s]+\.[^@\s]+))$", re.IGNORECASE
)


class InvalidTargetError(PermanentError, ValueError):
    """An entry is no URL; the message names its position, never the entry: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Targets:
    """``gateway`` has a ``{to}``; ``phones`` are SMS URLs of fixed numbers; ``mails`` are addresses."""

    chat: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    gateway: str | None = None
    mails: tuple[str, ...] = ()


def parse_targets(text: str) -> Targets:
    """The targets in ``text``.

    Raises:
        InvalidTargetError: an entry is not a URL.
    """
    parts = [part for part in _SEPARATORS.split(text) if part]
    entries = [_entry(part, position) for position, part in enumerate(parts, start=1)]
    sms = [url for kind, url in entries if kind == "sms"]
    return Targets(
        chat=tuple(dict.fromkeys(url for kind, url in entries if kind == "chat")),
        phones=tuple(dict.fromkeys(url for url in sms if _PLACE not in url)),
        gateway=next((url for url in sms if _PLACE in url), None),
        mails=tuple(dict.fromkeys(address for kind, address in entries if kind == "mail")),
    )


def to_phone(gateway: str, phone: str) -> str:
    """The gateway's URL for one number (E.164)."""
    return gateway.replace(_PLACE, quote(phone, safe=""))


def is_hook(url: str) -> bool:
    """Whether ``url`` is a Slack-compatible hook rather than an Apprise URL."""
    return urlsplit(url).scheme.lower() in {"http", "https"}


def label_of(url: str) -> str:
    """Where it leads without what it opens: the path of a hook is its password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''} #{sha256(url.encode()).hexdigest()[:8]}"


def _entry(part: str, position: int) -> tuple[str, str]:
    match = _ENTRY.match(part)
    if match is None:
        raise InvalidTargetError(f"entry {position} is not a URL (chat=URL, sms=URL or URL) nor mail=ADDRESS")
    return (match[3] or match[1] or "chat").lower(), match[4] or match[2]


def _named_soundly(value: SecretStr) -> SecretStr:
    parse_targets(value.get_secret_value())
    return value


#: As a setting: a wrong entry stops the process at its start.
NotifyUrls = Annotated[SecretStr, AfterValidator(_named_soundly)]
