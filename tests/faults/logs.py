"""What processes have logged since a test began, and the lines that nothing but a fault may cause."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

#: Errors that say what happened to a message or a connection, not that something of ours broke.
_EXPECTED: Final = {
    "delivery.given_up": "a dead letter, which every test counts",
    "relay.gave_up": "a dead letter `unsendable`, which every test counts",
    "event.refused": "a sender was told 503, which every test counts",
    "request.handled 503": "likewise",
    "RobustChannel._on_close": "aiormq, at each lost connection: aio-pika restores it",
}
#: In a line that is no JSON, or a library's: a task or future whose error nobody took.
_UNSEEN: Final = ("never retrieved", "Task was destroyed but it is pending", "Exception ignored in")
_ERRORS: Final = frozenset({"error", "critical"})


@dataclass
class Logs:
    """Files that grow; what is in them before ``begin`` belongs to another test."""

    _read: dict[str, int] = field(default_factory=dict)

    def begin(self, files: Mapping[str, Path]) -> None:
        """From here on it is this test's."""
        self._read = {name: file.stat().st_size for name, file in files.items() if file.exists()}

    def say(self, files: Mapping[str, Path], words: str) -> bool:
        """Whether a line has ``words``."""
        return any(words in line for name, file in files.items() for line in self._lines(name, file))

    def failures(self, files: Mapping[str, Path], excused: Mapping[str, str]) -> list[str]:
        """Lines that say that something failed. ``excused``: event, or part of the line → why it may be."""
        may_be = {**_EXPECTED, **excused}
        return [
            f"{name}: {line[:2000]}"
            for name, file in files.items()
            for line in self._lines(name, file)
            if (failure := _failure(line)) and not any(words in failure for words in may_be)
        ]

    def _lines(self, name: str, file: Path) -> Iterator[str]:
        if file.exists():
            with file.open("rb") as log:
                log.seek(self._read.get(name, 0))
                yield from (line.decode(errors="replace").strip() for line in log)


def _failure(line: str) -> str:
    """What of the line says that something failed; empty where nothing does."""
    document = _document(line)
    if document.get("level") in _ERRORS:
        return f"{document.get('event')} {document.get('status', '')}"
    return line if any(words in line for words in _UNSEEN) else ""


def _document(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
