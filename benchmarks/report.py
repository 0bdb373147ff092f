"""Figures → a table for people, or JSON."""

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.figures import Comparison, Side, Spread

Load = tuple[float, float, float]
#: Per processor. Before a run nothing should run; the run itself adds one to two.
_BUSY_BEFORE, _BUSY_AFTER = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run: the machine's load averages when it began and when it ended, and the seconds it took."""

    comparisons: tuple[Comparison, ...]
    load_before: Load
    load_after: Load
    seconds: float


def as_table(report: Report) -> str:
    """Lines of at most 100 characters."""
    lines = [line for comparison in report.comparisons for line in _block(comparison)]
    return "\n".join([*lines, *_foot(report)])


def as_json(report: Report) -> str:
    """One object; rates are per second, latencies in milliseconds."""
    document = {
        "machine": _machine(report),
        "seconds": round(report.seconds, 1),
        "comparisons": [_document(comparison) for comparison in report.comparisons],
    }
    return json.dumps(document, indent=2)


def _block(comparison: Comparison) -> Iterator[str]:
    p50, p99 = ("p50 ms", "p99 ms") if comparison.ours.seconds else ("", "")
    yield f"\n{comparison.name:<44}{comparison.unit:<24}{p50:>8}{p99:>8}  ours is … of it"
    yield _line(comparison.ours, "")
    for other in comparison.beside:
        ratio = comparison.ratio(other)
        yield _line(other, f"{ratio.median:.2f}  ({ratio.low:.2f} to {ratio.high:.2f})")


def _line(side: Side, ratio: str) -> str:
    rate = side.rate
    rates = f"{rate.median:,.0f} ({rate.low:,.0f} to {rate.high:,.0f})"
    return f"  {side.name:<42}{rates:<24}{_ms(side, 0.5):>8}{_ms(side, 0.99):>8}  {ratio}".rstrip()


def _ms(side: Side, share: float) -> str:
    value = side.percentile_ms(share)
    return "" if value is None else f"{value:.1f}"


def _foot(report: Report) -> Iterator[str]:
    processors = os.cpu_count() or 1
    load = f"load {report.load_before[0]:.1f} before and {report.load_after[0]:.1f} after"
    yield "\nMedian of the rounds, lowest and highest in brackets; the sides take turns within each round."
    yield f"{processors} processors, {load}, {report.seconds:.0f} s in all."
    if _busy(report, processors):
        yield "The machine was busy: trust the ratios, not the rates."


def _busy(report: Report, processors: int) -> bool:
    before, after = report.load_before[0] / processors, report.load_after[0] / processors
    return before > _BUSY_BEFORE or after > _BUSY_AFTER


def _machine(report: Report) -> dict[str, Any]:
    return {
        "processors": os.cpu_count(),
        "load_before": [round(one, 2) for one in report.load_before],
        "load_after": [round(one, 2) for one in report.load_after],
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def _document(comparison: Comparison) -> dict[str, Any]:
    beside = [_side(other) | {"ours_is": _rounded(comparison.ratio(other), 3)} for other in comparison.beside]
    return {
        "name": comparison.name,
        "unit": comparison.unit,
        "ours": _side(comparison.ours),
        "beside": beside,
    }


def _side(side: Side) -> dict[str, Any]:
    document: dict[str, Any] = {"name": side.name, "rate": _rounded(side.rate, 1)}
    if side.seconds:
        document["requests"] = len(side.seconds)
        for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99)):
            document[name] = round(side.percentile_ms(share) or 0.0, 2)
    return document


def _rounded(spread: Spread, digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in asdict(spread).items()}
