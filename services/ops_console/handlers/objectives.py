"""What ingest answered, beside what it promises: how much of the objective is met, what may still fail."""

from dataclasses import dataclass

from shared.contracts.objectives import INGEST, Objective


@dataclass(frozen=True, slots=True)
class Answered:
    """Requests of a span: all, with a 5xx, later than the objective."""

    total: int
    failed: int
    slow: int


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
