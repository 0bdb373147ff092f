"""What a company has agreed to and paid for, as far as its agents show it."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Mode = Literal["live", "suspended"]

#: Whose callers speak of their health: § 203 StGB and Art. 9 GDPR ask for papers before the first call.
_SENSITIVE_KINDS: Final = frozenset({"medical"})


@dataclass(frozen=True, slots=True)
class Profile:
    """``mode``: an unpaid company's agents say that the service is off. A paper has the day it was signed."""

    kind: str = "general"
    dpa_signed_on: date | None = None
    secrecy_signed_on: date | None = None
    retention_days: int = 30
    mode: Mode = "live"

    @property
    def needs_papers(self) -> bool:
        """Nobody's call may be answered before the papers are there."""
        return self.mode == "live" and self.kind in _SENSITIVE_KINDS

    def missing_papers(self) -> tuple[str, ...]:
        """Names of what is not signed."""
        papers = {
            "data-processing agreement": self.dpa_signed_on,
            "secrecy undertaking": self.secrecy_signed_on,
        }
        return tuple(name for name, signed in papers.items() if signed is None)
