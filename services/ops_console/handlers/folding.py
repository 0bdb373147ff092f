"""What is old and settled → counts per day, in small steps."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

#: Some hundred milliseconds a step: nobody waits for its locks, and PostgreSQL's 5 s are far away.
_BATCH: Final = 500


class Archive(Protocol):
    """The event log and its deliveries."""

    async def fold(self, keep: timedelta, batch: int) -> bool:
        """Whether something was folded. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class FoldOldDays:
    """Everything settled that is older than ``keep``; each batch is a transaction: it may stop anywhere."""

    archive: Archive
    keep: timedelta

    async def __call__(self) -> None:
        while await self.archive.fold(self.keep, _BATCH):
            pass
