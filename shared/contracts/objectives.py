"""What ingest promises over 30 days: the numbers behind the burn-rate alerts and the console's budget."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Objective:
    """``answered``: the share of requests without a 5xx; ``prompt``: of those within ``seconds``."""

    answered: float
    prompt: float
    seconds: float


#: ``infra/prometheus/recording.yaml`` has the same numbers.
INGEST: Final = Objective(answered=0.999, prompt=0.99, seconds=1.5)
