"""Points → the lines of a picture: drawn on the server, so that it needs no script and no style."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.ops_console.handlers.spans import Span
from services.ops_console.store.samples import Point

WIDTH: Final = 600
HEIGHT: Final = 100
#: Room above the highest point and below zero: a line at the border would be cut in half.
_MARGIN: Final = 3.0
#: So many steps without a sample are a gap: nobody was there to take it, and no line pretends otherwise.
_GAP_STEPS: Final = 2.5


@dataclass(frozen=True, slots=True)
class Chart:
    """``word``: its name. ``lines``: of SVG; ``highest`` and ``latest`` None: nothing was measured."""

    word: str
    share: bool
    lines: tuple[str, ...]
    areas: tuple[str, ...]
    highest: float | None
    latest: float | None

    def spoken(self, value: float | None) -> str:
        """A value with its unit."""
        if value is None:
            return "-"
        if self.share:
            return f"{value * 100:.1f} %"
        return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def drawn(word: str, points: Sequence[Point], span: Span, now: datetime, *, share: bool = False) -> Chart:
    """The chart of ``points`` up to ``now``."""
    highest = max((point.value for point in points), default=None)
    top = highest or 1.0
    runs = [[_place(point, span, now, top) for point in run] for run in _runs(points, span.step)]
    return Chart(
        word,
        share,
        tuple(_line(run) for run in runs),
        tuple(_area(run) for run in runs),
        highest,
        points[-1].value if points and now - points[-1].at < _GAP_STEPS * span.step else None,
    )


def _runs(points: Sequence[Point], step: timedelta) -> Iterator[list[Point]]:
    """What hangs together."""
    run: list[Point] = []
    for point in points:
        if run and point.at - run[-1].at > _GAP_STEPS * step:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _place(point: Point, span: Span, now: datetime, top: float) -> tuple[float, float]:
    across = 1 - (now - point.at) / span.length
    up = HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * point.value / top
    return WIDTH * min(max(across, 0.0), 1.0), up


def _line(run: Sequence[tuple[float, float]]) -> str:
    # One point alone is no line: it gets the width of a hair.
    places = run if len(run) > 1 else [run[0], (run[0][0] + 1, run[0][1])]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _area(run: Sequence[tuple[float, float]]) -> str:
    return f"{run[0][0]:.1f},{HEIGHT} {_line(run)} {run[-1][0]:.1f},{HEIGHT}"
