"""What goes between HTTP, handlers and store."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from shared.errors import AskProError


class RefusedError(AskProError):
    """Not accepted. ``status`` is the answer's, ``detail`` tells the sender what to change."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a sender must have its answer; ``at`` by ``time.monotonic``."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """``seconds`` from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds; negative once it is over."""
        return self.at - time.monotonic()


@dataclass(frozen=True, slots=True)
class Sender:
    """One request. ``headers`` have lower-case names; ``company_id`` is the one in the path.

    ``answer_by``: counted from the moment its body was here; everything we wait for shares it.
    """

    raw: bytes
    headers: Mapping[str, str]
    answer_by: Deadline
    company_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """It will not be lost."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Pong:
    """A test of the connection; nothing to keep."""
