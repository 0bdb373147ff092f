"""Free ports on loopback, chosen once, kept in a file, and claimed so that no two checkouts choose the same.

A claim is two sockets per port, both released by the kernel when their holder dies. An abstract Unix socket
named after the port keeps other checkouts away, whoever they belong to. A bound TCP socket that does not
listen keeps everybody else away and still lets the server in, because both set SO_REUSEADDR.

`python -m infra.local.ports FILE...` holds the ports of those files until it is stopped.
"""

import json
import random
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LocalError

LOOPBACK = "127.0.0.1"
# Below 32768, where Linux begins to hand out ports for outgoing connections.
_CANDIDATES = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Claim:
    """Named ports which nobody else can take as long as this object is open."""

    ports: Mapping[str, int]
    _sockets: Sequence[socket.socket]

    def release(self) -> None:
        """Give the ports up; a server that listens on one keeps it."""
        for held in self._sockets:
            held.close()


def claim(file: Path, names: Sequence[str]) -> Claim:
    """The ports remembered in `file`, or new ones where those are taken by now; remembers what it claimed."""
    remembered = read(file)
    ports: dict[str, int] = {}
    sockets: list[socket.socket] = []
    for name in names:
        port, held = _first_free(_preferred(remembered.get(name)))
        ports[name] = port
        sockets += held
    file.write_text(json.dumps(remembered | ports, indent=1) + "\n")
    return Claim(ports, sockets)


def read(file: Path) -> dict[str, int]:
    """The ports remembered in `file`; empty where there is none yet."""
    if not file.exists():
        return {}
    ports: dict[str, int] = json.loads(file.read_text())
    return ports


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _preferred(remembered: int | None) -> Iterator[int]:
    if remembered is not None:
        yield remembered
    yield from random.sample(_CANDIDATES, 200)


def _first_free(candidates: Iterator[int]) -> tuple[int, list[socket.socket]]:
    for port in candidates:
        held = _hold(port)
        if held:
            return port, held
    raise LocalError("No free port between 20000 and 32000.", "end some of the programs that listen there")


def _hold(port: int) -> list[socket.socket]:
    """Both sockets of a claim, or nothing when the port is taken."""
    held: list[socket.socket] = []
    try:
        if sys.platform == "linux":
            held.append(_bound(socket.AF_UNIX, f"\0askpro-port-{port}"))
        held.append(_bound(socket.AF_INET, (LOOPBACK, port)))
    except OSError:
        for one in held:
            one.close()
        return []
    return held


def _bound(family: socket.AddressFamily, address: str | tuple[str, int]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(address)
    except OSError:
        one.close()
        raise
    return one


def _hold_forever(files: Sequence[str]) -> None:
    missing = {port for file in files for port in read(Path(file)).values()}
    held: list[socket.socket] = []
    while missing:
        # Whoever started the servers holds the ports until all of them listen, and lets go then.
        for port in sorted(missing):
            sockets = _hold(port)
            held += sockets
            missing -= {port} if sockets else set()
        time.sleep(0.1)
    signal.pause()


if __name__ == "__main__":
    _hold_forever(sys.argv[1:])
