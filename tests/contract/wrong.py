"""Ways to make a request or an answer wrong, each with words for it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.contract.tap import Message, Spoil


@dataclass(frozen=True, slots=True)
class Wrong:
    """``text`` says what is wrong after ``spoil``."""

    text: str
    spoil: Spoil

    def __str__(self) -> str:
        return self.text


def without(path: str) -> Wrong:
    """The body lacks what is at ``path``, `data.0.uid`."""

    def spoil(message: Message) -> None:
        body = message.json
        _parent(body, path).pop(_last(path))
        message.json = body

    return Wrong(f"no {path}", spoil)


def changed(path: str, value: Any) -> Wrong:
    """The body has ``value`` at ``path``, in place of another or added."""

    def spoil(message: Message) -> None:
        body = message.json
        _parent(body, path)[_last(path)] = value
        message.json = body

    return Wrong(f"{path} is {value!r}", spoil)


def body(value: Any) -> Wrong:
    """Another body as a whole."""

    def spoil(message: Message) -> None:
        message.json = value

    return Wrong(f"the body is {value!r}", spoil)


def without_key() -> Wrong:
    """Nobody says who asks."""
    return Wrong("no key", lambda message: message.drop("authorization"))


def version(value: str | None) -> Wrong:
    """Another version than the endpoint's, or none."""

    def spoil(message: Message) -> None:
        message.drop("cal-api-version")
        if value is not None:
            message.headers.append((b"cal-api-version", value.encode()))

    return Wrong(f"version {value}", spoil)


def query(**values: str) -> Wrong:
    """The query has these values besides what it has."""

    def spoil(message: Message) -> None:
        kept = [part for part in message.query.split("&") if part.partition("=")[0] not in values]
        message.query = "&".join(filter(None, [*kept, urlencode(values)]))

    return Wrong(f"query {urlencode(values)}", spoil)


def status(code: int) -> Wrong:
    """The answer has another status."""

    def spoil(message: Message) -> None:
        message.status = code

    return Wrong(f"status {code}", spoil)


def _parent(body: Any, path: str) -> Any:
    *way, _ = path.split(".")
    for name in way:
        body = body[int(name)] if name.isdigit() else body[name]
    return body


def _last(path: str) -> Any:
    name = path.rpartition(".")[2]
    return int(name) if name.isdigit() else name
