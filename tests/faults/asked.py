"""What a process itself knows of its requests to providers: when it sent each, and when it had the answer.

A simulator's log says when a request came to be handled there, which on a busy machine is seconds later.
Whether its sender could know better when it sent it only the sender can tell.
"""

import itertools
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import structlog

FILE: Final = "REQUESTS_FILE"
#: Leads from the simulator's log to the line of the sender.
NUMBER: Final = "x-request-number"


@dataclass(frozen=True, slots=True)
class Asked:
    """``answered`` and ``status`` None: it never was. Unix times of one machine.

    ``branch``: id of the one that was worked on, None where it was none.
    """

    pid: int
    number: str
    key: str
    sent: float
    answered: float | None = None
    status: int | None = None
    branch: str | None = None

    @property
    def took(self) -> float:
        """Seconds until it was answered; 0 where it never was."""
        return self.answered - self.sent if self.answered is not None else 0.0


def install() -> None:
    """Write to ``REQUESTS_FILE`` what ``httpx`` sends for us; without it nothing is changed."""
    if file := os.environ.get(FILE):
        httpx.AsyncClient.send = _told(httpx.AsyncClient.send, Path(file))  # type: ignore[method-assign]


def read(file: Path) -> list[Asked]:
    """In the order in which they were answered."""
    return [Asked(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def _told(send: Any, file: Path) -> Any:
    numbers = itertools.count()

    async def told(client: httpx.AsyncClient, request: httpx.Request, **named: Any) -> Any:
        number = request.headers[NUMBER] = f"{os.getpid()}-{next(numbers)}"
        asked = {
            "pid": os.getpid(), "number": number, "sent": time.time(),
            "key": request.headers.get("authorization", "").partition(" ")[2],
            "branch": structlog.contextvars.get_contextvars().get("branch_id"),
        }  # fmt: skip
        try:
            answer = await send(client, request, **named)
        except BaseException:
            _write(file, asked)
            raise
        _write(file, asked | {"answered": time.time(), "status": answer.status_code})
        return answer

    return told


def _write(file: Path, line: dict[str, Any]) -> None:
    with file.open("a") as log:
        log.write(json.dumps(line) + "\n")
