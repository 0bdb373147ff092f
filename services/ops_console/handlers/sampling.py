"""Every half minute the figures of the overview are kept, and now and then the old ones are forgotten."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from services.ops_console.handlers.circuits import is_open
from services.ops_console.handlers.health import HealthView
from services.ops_console.handlers.overview import OverviewView
from services.ops_console.store.samples import Figure
from shared.contracts.depths import Depth

SAMPLE_SECONDS: Final = 30.0
FORGET_SECONDS: Final = 3600.0
#: In each sample, whatever is away: it tells that there is one.
TAKEN: Final = "taken"
#: The charts show a day.
_KEEP_SAMPLES: Final = timedelta(days=2)
#: The objective is one of 30 days.
_KEEP_MINUTES: Final = timedelta(days=35)


class Samples(Protocol):
    """Where they are kept; each raises InfrastructureError."""

    async def has(self, series: str, at: datetime) -> bool: ...

    async def keep(self, at: datetime, figures: Sequence[Figure]) -> None: ...

    async def forget(self, *, samples: datetime, minutes: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class TakeSample:
    """Of all consoles one takes it; what cannot be read is missing in it. Raises InfrastructureError."""

    overview: Callable[[], Awaitable[OverviewView]]
    samples: Samples
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __call__(self) -> None:
        at = slot_of(self.clock())
        if not await self.samples.has(TAKEN, at):
            view = await self.overview()
            await self.samples.keep(at, list(figures_of(view.health, view.dead)))


@dataclass(frozen=True, slots=True)
class ForgetSamples:
    """What no chart and no objective looks at any more. Raises InfrastructureError."""

    samples: Samples

    async def __call__(self) -> None:
        now = datetime.now(UTC)
        await self.samples.forget(samples=now - _KEEP_SAMPLES, minutes=now - _KEEP_MINUTES)


def slot_of(moment: datetime) -> datetime:
    """The half minute that it belongs to: consoles that look at about the same time mean the same sample."""
    return moment.replace(second=moment.second - moment.second % int(SAMPLE_SECONDS), microsecond=0)


def figures_of(view: HealthView, dead: int | None) -> Iterator[Figure]:
    """What of ``view`` is kept."""
    yield Figure(TAKEN, "", 1.0)
    if dead is not None:
        yield Figure("dead", "", float(dead))
    if view.recent is not None:
        yield Figure("error_rate", "", view.recent.error_rate)
    if view.circuits is not None:
        yield Figure("circuits.open", "", float(sum(is_open(state) for state in view.circuits)))
    for light in view.dependencies:
        if light.ok is not None:
            yield Figure("light", light.name, float(light.ok))
    yield from _of_queues(view.queues or ())


def _of_queues(depths: Iterable[Depth]) -> Iterator[Figure]:
    held = 0
    for depth in depths:
        held += depth.held
        yield Figure("queue.held", depth.queue, float(depth.held))
        for series, rate in (("queue.arriving", depth.arriving), ("queue.settled", depth.settled)):
            if rate is not None:
                yield Figure(series, depth.queue, rate)
    yield Figure("queue.held", "", float(held))
