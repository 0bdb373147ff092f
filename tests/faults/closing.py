"""The closing table: one line for each fault, with what it cost, also where the fault was not survived."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.faults.account import Account

_COLUMNS: Final = (
    "fault", "load", "refused", "dead", "lost", "duplicated", "recovered_after", "own_time", "verdict",
)  # fmt: skip
_PROPERTY: Final = "fault"


@dataclass
class Line:
    """``counted``: what has become of the load by now, for a test that ends before it accounts for it.

    ``own_time``: seconds that we took of what a piece of work took, without those of its providers.
    """

    fault: str
    counted: Callable[[], Account] | None = None
    account: Account | None = None
    refused: int = 0
    recovered_after: float | None = None
    own_time: float | None = None

    def cells(self) -> dict[str, Any]:
        """For the table; unknown is None."""
        cells: dict[str, Any] = {
            "fault": self.fault, "recovered_after": self.recovered_after, "own_time": self.own_time,
        }  # fmt: skip
        account = self.account or self._now()
        if account is not None:
            cells |= {
                "load": len(account.accepted), "refused": self.refused, "dead": len(account.dead),
                "lost": len(account.lost), "duplicated": len(account.duplicated),
            }  # fmt: skip
        return cells

    def _now(self) -> Account | None:
        # A server that is still away cannot be asked; what failed the test is told all the same.
        with contextlib.suppress(Exception):
            return self.counted() if self.counted else None
        return None


@dataclass
class Closing:
    """Collects the lines of one test; they travel with the report of its end, also from another process."""

    request: pytest.FixtureRequest
    lines: list[Line] = field(default_factory=list)

    def begin(self, fault: str, counted: Callable[[], Account] | None = None) -> Line:
        """A line that is there however the test ends."""
        self.lines.append(Line(fault, counted))
        return self.lines[-1]

    def end(self) -> None:
        """The test is over; its servers still run."""
        self.request.node.user_properties += [(_PROPERTY, line.cells()) for line in self.lines]


def lines_of(reports: Iterable[Any], failed: Iterable[str]) -> list[dict[str, Any]]:
    """Of the reports on the ends of tests; ``failed``: node ids."""
    not_survived = set(failed)
    return [
        {**cells, "verdict": "FAILED" if report.nodeid in not_survived else "holds"}
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, cells in report.user_properties
        if name == _PROPERTY
    ]


def table(lines: list[Mapping[str, Any]]) -> list[str]:
    """As text, one line each, under a heading."""
    cells = [[_cell(line.get(column)) for column in _COLUMNS] for line in lines]
    heading = [column.replace("_", " ") for column in _COLUMNS]
    widths = [max(map(len, column)) for column in zip(heading, *cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [heading, *cells]
    ]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} s" if isinstance(value, float) else str(value)
