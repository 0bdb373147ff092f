"""Secrets never reach a log line: by the name of the field, by the shape of the value, in URLs, in errors."""

import re
from collections.abc import MutableMapping
from typing import Any, Final

REDACTED: Final = "[redacted]"
_SECRET_NAME = re.compile(
    r"(password|passwd|secret|token|api_?key|authorization|signature|cookie|encryption_key|credential)",
    re.IGNORECASE,
)
#: Names that look secret by the pattern above and are not.
_PUBLIC_NAMES: Final = frozenset({"token_count", "credential", "secret_count", "key_count"})
_SECRET_VALUE = re.compile(
    r"\b(?:sk|rk|pk)_(?:live|test)_\w{6,}|\bwhsec_[\w+/=\-]{6,}|\bcal_(?:live|test)_\w{6,}|\bkey_[0-9a-f]{16,}"
    r"|Bearer\s+[\w.\-~+/=]{6,}"
)
_URL_PASSWORD = re.compile(r"(?P<head>\b[a-z][a-z0-9+.\-]*://[^/\s:@]*):(?P<password>[^@/\s]+)@")

#: pydantic repeats what it found, PostgreSQL the row that it refused.
_FOUND: Final = re.compile(r", input_value=.*, input_type=[^\]\n]*(?=\])")
_ROW: Final = re.compile(r"(?P<head>Failing row contains )\(.*?\)\.$", re.DOTALL | re.MULTILINE)


def redact_text(text: str) -> str:
    """``text`` without keys of the providers, passwords in URLs, and what an error found or refused."""
    return _URL_PASSWORD.sub(rf"\g<head>:{REDACTED}@", _SECRET_VALUE.sub(REDACTED, _without_data(text)))


def _without_data(text: str) -> str:
    return _ROW.sub(rf"\g<head>{REDACTED}.", _FOUND.sub("", text))


def redact(value: Any, name: str = "") -> Any:
    """A copy of ``value`` in which everything secret is replaced; dicts and lists are walked."""
    if _SECRET_NAME.search(name) and name not in _PUBLIC_NAMES and value is not None:
        return REDACTED
    match value:
        case str():
            return redact_text(value)
        case dict():
            return {key: redact(item, str(key)) for key, item in value.items()}
        case list() | tuple():
            return [redact(item) for item in value]
        case _:
            return value


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor."""
    return {key: redact(value, key) for key, value in event.items()}
