"""``python -m benchmarks [voice | letters] [--json]``: own servers, scenarios, a table; nothing stays."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import (
    console_dead_letters,
    console_records,
    deliveries,
    goals,
    ingest,
    refusals,
    relay,
    report,
    voice,
)
from benchmarks.figures import Comparison
from benchmarks.servers import Servers, own_servers
from infra.local.errors import LocalError
from infra.local.foreground import StopRequested, stoppable
from shared.observability.logging import configure_logging

_SCENARIOS: tuple[Callable[[Servers], list[Comparison]], ...] = (
    ingest.measure,
    refusals.measure,
    deliveries.measure,
    relay.measure,
    console_records.measure,
)


def main(arguments: list[str]) -> int:
    """0 measured, 1 failed, 130 interrupted; a wrong call ends with 2."""
    wanted = _parsed(arguments)
    try:
        with stoppable():
            print(_ASKED[wanted.what](wanted))
    except LocalError as error:
        print(f"\nFailed: {error}", file=sys.stderr)
        return 1
    except StopRequested:
        return 130
    return 0


def _side_by_side(wanted: argparse.Namespace) -> str:
    found = _measured()
    return report.as_json(found) if wanted.json else report.as_table(found)


def _callers_wait(wanted: argparse.Namespace) -> str:
    load = os.getloadavg()
    _tell("Starting a broker and a database ...")
    with own_servers() as servers, _lines_go_to(servers.log):
        _tell(f"Callers, for {wanted.seconds:.0f} s ...")
        measured = voice.measure(servers, wanted.seconds)
    kept = goals.Kept(measured, load, os.getloadavg())
    return goals.as_json(kept) if wanted.json else goals.as_table(kept)


def _people_wait(wanted: argparse.Namespace) -> str:
    load = os.getloadavg()
    _tell("Starting a broker and a database ...")
    with own_servers() as servers, _lines_go_to(servers.log):
        _tell(f"Dead letters, {' and '.join(f'{size:,}' for size in wanted.letters)} of them ...")
        found = console_dead_letters.measure(servers, wanted.letters)
    shown = console_dead_letters.as_json if wanted.json else console_dead_letters.as_table
    return shown(found, load, os.getloadavg())


def _measured() -> report.Report:
    load, began = os.getloadavg(), time.monotonic()
    _tell("Starting a broker and a database ...")
    with own_servers() as servers, _lines_go_to(servers.log):
        comparisons: list[Comparison] = []
        for measure in _SCENARIOS:
            _tell(f"Measuring {measure.__module__.rpartition('.')[2]} ...")
            comparisons += measure(servers)
    return report.Report(tuple(comparisons), load, os.getloadavg(), time.monotonic() - began)


@contextlib.contextmanager
def _lines_go_to(log: Path) -> Iterator[None]:
    """Our own log lines are written as a service's are: their cost belongs to what is measured."""
    with log.open("a") as output:
        with contextlib.redirect_stdout(output):
            configure_logging("benchmark")
        yield


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The side-by-side benchmark.")
    told = "instead: how long callers wait, or people at the console's dead letters, beside what was promised"
    parser.add_argument("what", nargs="?", choices=["voice", "letters"], help=told)
    sizes = list(console_dead_letters.SIZES)
    parser.add_argument("--letters", type=int, nargs="+", default=sizes, help="letters: how many there are")
    told = f"voice: how long there are callers ({voice.USUAL_SECONDS:.0f})"
    parser.add_argument("--seconds", type=float, default=voice.USUAL_SECONDS, help=told)
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    return parser.parse_args(arguments)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


_ASKED: Final[dict[str | None, Callable[[argparse.Namespace], str]]] = {
    None: _side_by_side,
    "voice": _callers_wait,
    "letters": _people_wait,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
