"""A broker and a database of the benchmark's own, and the processes that are measured on them."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local.errors import LocalError
from infra.local.postgres import PrivatePostgres
from infra.local.processes import until
from infra.local.programs import Program, spawn, tail
from infra.local.rabbitmq import PrivateRabbit
from infra.local.waiting import answers_ready
from shared.db.migrate import migrate

_START_SECONDS = 60
_STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Servers:
    """Running servers; everything they have is below ``folder``, which goes with them."""

    folder: Path
    rabbitmq_url: str
    database_url: str

    @property
    def log(self) -> Path:
        """The benchmark's own log lines."""
        return self.folder / "benchmark.log"


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Started, migrated, and gone afterwards with all their files.

    Raises:
        LocalError: one of them did not start.
    """
    with TemporaryDirectory(prefix="askpro-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        servers = PrivateRabbit(folder / "rabbitmq"), PrivatePostgres(folder / "postgres")
        for server in servers:
            stack.callback(server.kill)
            server.start()
        rabbitmq, postgres = servers
        migrate(postgres.url)
        yield Servers(folder, rabbitmq.url, postgres.url)


@contextmanager
def running(program: Program, port: int, log: Path) -> Iterator[None]:
    """``program``, from the moment it says ready on ``port``; ended politely afterwards.

    Raises:
        LocalError: it did not start.
    """
    process = spawn(program, log)
    try:
        until(lambda: process.poll() is not None or answers_ready(port), _START_SECONDS)
        if process.poll() is not None or not answers_ready(port):
            raise LocalError(f"{program.name} did not start:\n{tail(log)}", "read the lines above")
        yield
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
