"""Deterministic ids: the same webhook twice has the same id, and no tenant can take another's."""

import hashlib
import re
import secrets

#: AMQP 0-9-1 short strings hold 255 bytes; 128 leaves room for prefixes of our own.
MAX_LENGTH = 128
_SHORT_STRING = 255
_NOT_PRINTABLE_ASCII = re.compile(r"[^\x21-\x7e]")
_NOT_ROUTABLE = re.compile(r"[^a-z0-9_.\-]")


def event_id(*parts: str) -> str:
    """``parts`` joined by ``:``; hashed when longer than 128 characters or not printable ASCII."""
    joined = ":".join(parts)
    if len(joined) <= MAX_LENGTH and not _NOT_PRINTABLE_ASCII.search(joined):
        return joined
    return f"{_safe_prefix(parts[0])}:sha256-{digest(joined)}"


def event_type(*parts: str) -> str:
    """``parts`` lower-cased and joined by ``.``, usable as a routing key.

    A type with other characters keeps a readable part and gets a hash, so that two never become one.
    """
    joined = ".".join(parts).lower()
    cleaned = _NOT_ROUTABLE.sub("_", joined)
    if cleaned == joined and 0 < len(joined) <= MAX_LENGTH:
        return joined
    return f"{cleaned[:90]}.sha256-{digest(joined)[:24]}"


def short_string(text: str) -> str:
    """``text`` where an AMQP short string can hold it (255 bytes), else its beginning and its hash."""
    if len(text.encode("utf-8", "surrogatepass")) <= _SHORT_STRING:
        return text
    return f"{_safe_prefix(text)}:sha256-{digest(text)}"


def digest(text: str | bytes) -> str:
    """SHA-256 in hexadecimal; lone surrogates are hashed as they came."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(raw).hexdigest()


def new_id(prefix: str) -> str:
    """A random id such as ``company_3f9c…`` (80 bits)."""
    return f"{prefix}_{secrets.token_hex(10)}"


def _safe_prefix(text: str) -> str:
    return _NOT_PRINTABLE_ASCII.sub("_", text)[:32]
