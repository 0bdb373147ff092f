"""Three RabbitMQ nodes on one machine, joined to a cluster; any may be killed, frozen or restarted."""

import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Final

from infra.local import rabbitmq_source
from infra.local.ports import LOOPBACK, Claim, answers, claim
from infra.local.private_server import PrivateServer, write_private
from infra.local.programs import Program
from infra.local.rabbitmq_source import Installation
from tests.faults.depths import CountingRabbit

_SIZE: Final = 3
#: A minority stops serving; a node that does not answer for 10 s is taken for dead.
_CLUSTERED: Final = ["cluster_partition_handling = pause_minority", "net_ticktime = 10"]


def _installation() -> Installation:
    found = rabbitmq_source.find()
    assert found is not None, "a cluster needs a RabbitMQ that is installed here"
    return found


class PortMapper(PrivateServer):
    """The nodes' one epmd: it outlives each of them."""

    name = "epmd"
    port_names = ("epmd",)

    @property
    def url(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def programs(self) -> tuple[Program, ...]:
        found = _installation()
        argv = (str(found.epmd), "-port", str(self.port), "-address", LOOPBACK)
        return (Program("epmd", argv, {"PATH": found.path, "HOME": str(self.folder), **found.env}),)

    def prepare(self) -> None:
        """It has no data."""

    def ready(self) -> bool:
        return answers(self.port)


class Node(CountingRabbit):
    """One of three; cookie and password are those of all."""

    port_names = ("amqp", "management", "distribution")

    def __init__(self, folder: Path, mapper: PortMapper) -> None:
        super().__init__(folder)
        self._mapper = mapper

    @cached_property
    def claim(self) -> Claim:
        own = claim(self.ports_file, self.port_names)
        return Claim({**own.ports, "epmd": self._mapper.port}, own._sockets)

    @property
    def programs(self) -> tuple[Program, ...]:
        return super().programs[1:]

    @property
    def erlang_name(self) -> str:
        return f"askpro-{self.port}@localhost"

    @property
    def _settings(self) -> list[str]:
        return [*super()._settings, *_CLUSTERED]

    def join(self, other: "Node") -> None:
        for command in (["stop_app"], ["reset"], ["join_cluster", other.erlang_name], ["start_app"]):
            self.ctl(*command)

    def drain(self) -> None:
        """Give leaders and clients to the others, as before a restart."""
        found = _installation()
        tool = str(found.server.with_name("rabbitmq-upgrade"))
        subprocess.run((tool, "drain"), env=self._environment(found), capture_output=True, check=True)


class Cluster:
    """Quorum queues that are declared here have a member on each node."""

    def __init__(self, folder: Path) -> None:
        self.mapper = PortMapper(folder / "epmd")
        self.nodes = [Node(folder / f"node-{number}", self.mapper) for number in range(_SIZE)]
        cookie, password = secrets.token_hex(20), secrets.token_urlsafe(24)
        for node in self.nodes:
            write_private(node.folder / ".erlang.cookie", cookie)
            (node.folder / ".erlang.cookie").chmod(0o400)
            write_private(node.folder / "password", password)

    def start(self) -> None:
        """All of them, joined."""
        self.mapper.start()
        self._side_by_side(self.nodes)
        first, *others = self.nodes
        for node in others:
            node.join(first)

    def heal(self) -> None:
        """Thaw and start whatever does not run; a minority waits for the others, so all at once."""
        for node in self.nodes:
            node.thaw()
        self._side_by_side([node for node in self.nodes if not node.running])

    def kill(self) -> None:
        for node in self.nodes:
            node.thaw()
            node.kill()
        self.mapper.kill()

    def leader(self, vhost: str, queue: str) -> Node:
        """Who leads the queue's members; every node must be well."""
        listed = self.nodes[0].ctl("list_queues", "--no-table-headers", "-p", vhost, "name", "leader")
        leaders = dict(line.split("\t") for line in listed.splitlines())
        return next(node for node in self.nodes if node.erlang_name == leaders[queue].strip("'"))

    @staticmethod
    def _side_by_side(nodes: list[Node]) -> None:
        with ThreadPoolExecutor(_SIZE) as pool:
            list(pool.map(Node.start, nodes))
