"""The closing table: one line for each fault, with what it cost."""

from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from tests.faults.account import Account

_COLUMNS = ("fault", "load", "refused", "dead", "lost", "duplicated", "recovered_after")


@dataclass(frozen=True, slots=True)
class Line:
    """``load``: accepted; ``refused``: answered otherwise, so that the sender knows; times in seconds."""

    fault: str
    load: int
    lost: int
    duplicated: int
    recovered_after: float | None
    refused: int = 0
    dead: int = 0


@dataclass
class Closing:
    """Collects the lines of one test; they travel with its report, also from another process."""

    request: pytest.FixtureRequest
    lines: list[Line] = field(default_factory=list)

    def add(
        self, fault: str, account: Account, *, refused: int = 0, recovered_after: float | None = None
    ) -> None:
        """One line; what ``account`` could not account for has failed the test before."""
        line = Line(
            fault, len(account.accepted), len(account.lost), len(account.duplicated), recovered_after,
            refused, len(account.dead),
        )  # fmt: skip
        self.lines.append(line)
        self.request.node.user_properties.append(("fault", asdict(line)))


def table(lines: list[dict[str, Any]]) -> list[str]:
    """As text, one line each, under a heading."""
    cells = [[_cell(line[column]) for column in _COLUMNS] for line in lines]
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
