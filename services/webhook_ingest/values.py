"""What goes between HTTP, handlers and store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
class Sender:
    """One request. ``headers`` have lower-case names; ``company_id`` is the one in the path."""

    raw: bytes
    headers: Mapping[str, str]
    company_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """It will not be lost."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Pong:
    """A test of the connection; nothing to keep."""
