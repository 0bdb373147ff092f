"""What ingest answered, beside what it promises: how much of the objective is met, what may still fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from services.ops_console.store.answered import Answered
from shared.contracts.objectives import INGEST, Objective

#: The objective is one of 30 days.
SPANS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=30)}
_SERVICE: Final = "webhook_ingest"


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1; None where nothing was asked. ``*_left``: of what may fail; overdrawn below 0."""

    answered: Answered
    available: float | None
    prompt: float | None
    available_left: float | None
    prompt_left: float | None

    @property
    def met(self) -> bool:
        """Neither is overdrawn; nothing asked breaks no promise."""
        return all(left is None or left >= 0 for left in (self.available_left, self.prompt_left))


class Requests(Protocol):
    """What services have answered."""

    async def answered(self, service: str, spans: Mapping[str, timedelta]) -> Mapping[str, Answered]:
        """By the name of the span. Raises InfrastructureError."""
        ...


@dataclass(frozen=True, slots=True)
class ScoreIngest:
    """By the name of the span: ``hour``, ``day``, ``month``. Raises InfrastructureError."""

    requests: Requests

    async def __call__(self) -> dict[str, Score]:
        found = await self.requests.answered(_SERVICE, SPANS)
        return {name: score(answered) for name, answered in found.items()}


def score(answered: Answered, objective: Objective = INGEST) -> Score:
    """How ``answered`` stands against ``objective``."""
    available = _share(answered.total - answered.failed, answered.total)
    prompt = _share(answered.total - answered.slow, answered.total)
    return Score(
        answered,
        available,
        prompt,
        _left(available, objective.answered),
        _left(prompt, objective.prompt),
    )


def _share(good: int, total: int) -> float | None:
    return good / total if total else None


def _left(share: float | None, objective: float) -> float | None:
    return None if share is None else 1 - (1 - share) / (1 - objective)
