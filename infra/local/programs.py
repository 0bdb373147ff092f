"""One program to run: its name, arguments and whole environment; started by a test or by supervisord."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Where the system keeps its tools; the caller's PATH may be anything.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Program:
    """A process that execs `argv` without a shell left around it; `env` is complete, nothing is inherited."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path = Path("/")
    stop_signal: str = "TERM"


def spawn(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, where a terminal's Ctrl-C does not reach it; output goes to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            program.argv,
            env=dict(program.env),
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, indented, for an error message."""
    if not log.exists():
        return "    (no log)"
    text = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in text)


def is_root() -> bool:
    """Whether this process is the superuser, which PostgreSQL refuses to run as."""
    return os.geteuid() == 0
