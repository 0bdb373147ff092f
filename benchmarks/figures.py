"""What was measured: rates per round, latencies, and the ratio of two sides of the same rounds."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, lowest and highest of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """``values``: one per round, at least one."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Side:
    """One way to do the work. ``rates``: per second, by round; ``seconds``: of each request, if timed."""

    name: str
    rates: tuple[float, ...]
    seconds: tuple[float, ...] = ()

    @property
    def rate(self) -> Spread:
        """Per second."""
        return Spread.of(self.rates)

    def percentile_ms(self, share: float) -> float | None:
        """The latency which ``share`` (0 to 1) of the requests stayed within; None where none was timed."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        return 1000 * ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours beside others that do less, in turns: what else the machine does hits all alike."""

    name: str
    unit: str
    ours: Side
    beside: tuple[Side, ...]

    def ratio(self, other: Side) -> Spread:
        """Our rate as a share of the other's, compared round by round."""
        pairs = zip(self.ours.rates, other.rates, strict=True)
        return Spread.of([own / theirs for own, theirs in pairs])
