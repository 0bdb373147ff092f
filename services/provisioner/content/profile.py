"""What a company has agreed to and paid for, as far as its agents show it."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Mode = Literal["live", "suspended"]
Recording = Literal["off", "consent"]

#: Whose callers speak of their health: § 203 StGB and Art. 9 GDPR ask for papers before the first call.
_SENSITIVE_KINDS: Final = frozenset({"medical"})


@dataclass(frozen=True, slots=True)
class Profile:
    """``mode``: an unpaid company's agents say that the service is off. A paper has the day it was signed.

    ``recording``: off, or the calls of those who agree to it.
    """

    kind: str = "general"
    dpa_signed_on: date | None = None
    secrecy_signed_on: date | None = None
    retention_days: int = 30
    recording: Recording = "off"
    mode: Mode = "live"

    @property
    def asks_consent(self) -> bool:
        """Its agents record, and ask each caller whether they may."""
        return self.mode == "live" and self.recording == "consent"

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
