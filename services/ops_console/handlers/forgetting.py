"""Operations that ended long ago → their counts alone."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class Letters(Protocol):
    """What became of each letter of an operation."""

    async def forget(self, keep: timedelta) -> bool:
        """Drop some of what ended before ``keep``; False: none left."""
        ...


@dataclass(frozen=True, slots=True)
class ForgetLetters:
    """In small steps, until none is left. ``keep``: as long as the events themselves."""

    letters: Letters
    keep: timedelta

    async def __call__(self) -> None:
        while await self.letters.forget(self.keep):
            pass
