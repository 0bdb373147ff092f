"""What was promised to callers, and what was measured → a table for people, or JSON."""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.report import Load


@dataclass(frozen=True, slots=True)
class Goal:
    """``limit`` None: no promise, told beside the others. ``most``: the figure has to stay below it."""

    name: str
    measured: float | None
    unit: str
    limit: float | None = None
    most: bool = True

    @property
    def verdict(self) -> str:
        """Empty where nothing was promised or measured."""
        if self.limit is None or self.measured is None:
            return ""
        kept = self.measured < self.limit if self.most else self.measured > self.limit
        return "kept" if kept else "MISSED"


@dataclass(frozen=True, slots=True)
class Kept:
    """A run: its figures, and the machine's load averages when it began and ended."""

    goals: tuple[Goal, ...]
    load_before: Load
    load_after: Load


def percentile_ms(seconds: Sequence[float], share: float) -> float | None:
    """The time which ``share`` (0 to 1) of ``seconds`` stayed within; None where there are none."""
    ordered = sorted(seconds)
    return 1000 * ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def as_table(kept: Kept) -> str:
    """One line per figure."""
    before, after = kept.load_before[0], kept.load_after[0]
    foot = f"{os.cpu_count() or 1} processors, load {before:.1f} before and {after:.1f} after."
    return "\n".join(["", f"{'':<52}{'measured':>14}{'goal':>14}", *map(_line, kept.goals), "", foot])


def as_json(kept: Kept) -> str:
    """One object."""
    goals = [asdict(goal) | {"verdict": goal.verdict} for goal in kept.goals]
    document = {"goals": goals, "load_before": kept.load_before, "load_after": kept.load_after}
    return json.dumps(document, indent=2)


def _line(goal: Goal) -> str:
    measured = "none" if goal.measured is None else f"{goal.measured:,.1f} {goal.unit}"
    limit = "" if goal.limit is None else f"{'<' if goal.most else '>'} {goal.limit:,.0f} {goal.unit}"
    return f"{goal.name:<52}{measured:>14}{limit:>14}  {goal.verdict}".rstrip()
