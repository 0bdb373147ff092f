"""How much a queue holds, as the broker tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Depth:
    """``unacknowledged`` None: asked over AMQP, which does not tell it; ``at_most`` bounds it then.

    ``leaving``: given up by the broker and not confirmed by the dead letters' queue yet.
    ``arriving`` and ``settled``: messages a second, in and out, as the broker measured them; None: not told.
    """

    queue: str
    ready: int
    unacknowledged: int | None
    consumers: int
    at_most: int = 0
    leaving: int = 0
    arriving: float | None = None
    settled: float | None = None

    @property
    def held(self) -> int:
        """What the broker has for this queue, or the most that it can have."""
        unacknowledged = self.at_most if self.unacknowledged is None else self.unacknowledged
        return self.ready + unacknowledged + self.leaving

    @property
    def exact(self) -> bool:
        """Everything is known."""
        return self.unacknowledged is not None
