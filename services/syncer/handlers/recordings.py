"""recording.refused → Retell, too, keeps nothing of what was said, whether the call goes on or is over."""

from dataclasses import dataclass
from typing import Protocol

from shared.contracts.events import RecordingRefused


class Answers(Protocol):
    """What callers said when they were asked for a recording."""

    async def is_no(self, company_id: str, call_id: str) -> bool:
        """Whether the last word was no."""
        ...


class StoredCalls(Protocol):
    """A company's calls at Retell."""

    async def tighten(self, company_id: str, call_id: str) -> None:
        """Retell keeps basic attributes only; where it does so already nothing is changed."""
        ...


@dataclass(frozen=True, slots=True)
class TightenCall:
    """Voice tools say it at once and nobody notices when that is lost; here it is said until it is heard."""

    answers: Answers
    calls: StoredCalls

    async def __call__(self, event: RecordingRefused) -> None:
        if await self.answers.is_no(event.company_id, event.call_id):
            await self.calls.tighten(event.company_id, event.call_id)
