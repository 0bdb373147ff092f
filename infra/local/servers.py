"""RabbitMQ, PostgreSQL and Valkey of a stack: private ones, or those that the environment names."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from infra.local.layout import Layout
from infra.local.ports import answers
from infra.local.postgres import PrivatePostgres
from infra.local.private_server import PrivateServer
from infra.local.programs import Program
from infra.local.rabbitmq import PrivateRabbit
from infra.local.valkey import PrivateValkey

_DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671, "postgresql": 5432, "redis": 6379, "rediss": 6379}
_VARIABLES: Mapping[type[PrivateServer], str] = {
    PrivateRabbit: "RABBITMQ_URL",
    PrivatePostgres: "DATABASE_URL",
    PrivateValkey: "REDIS_URL",
}


def named_outside() -> dict[str, str]:
    """Servers that are not started because the environment names them."""
    names = [*_VARIABLES.values(), *(["RABBITMQ_MANAGEMENT_URL"] if os.environ.get("RABBITMQ_URL") else [])]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


class Servers:
    """The three servers of one checkout; claims ports for private ones when first asked."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.outside = named_outside()

    @cached_property
    def private(self) -> Sequence[PrivateServer]:
        """Those that are ours to start, the slowest first."""
        kinds = [kind for kind, url in _VARIABLES.items() if url not in self.outside]
        return [kind(self._layout.data / kind.name) for kind in kinds]

    @property
    def urls(self) -> dict[str, str]:
        """All addresses, by the names of the environment."""
        own = {_VARIABLES[type(one)]: one.url for one in self.private}
        brokers = [one for one in self.private if isinstance(one, PrivateRabbit)]
        management = {"RABBITMQ_MANAGEMENT_URL": brokers[0].management_url} if brokers else {}
        return own | management | self.outside

    @property
    def programs(self) -> list[Program]:
        """What the private ones run."""
        return [program for server in self.private for program in server.programs]

    @property
    def checks(self) -> dict[str, Callable[[], bool]]:
        """Whether each is ready; of a server that is not ours, whether its port answers."""
        theirs = {name: _reachable(url) for name, url in self.outside.items()}
        return {server.name: server.ready for server in self.private} | theirs

    def release(self) -> None:
        """Give the claims up; from now on somebody else holds the ports."""
        for server in self.private:
            server.claim.release()


def _reachable(url: str) -> Callable[[], bool]:
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme.partition("+")[0], 80)
    return lambda: answers(port, parts.hostname or "localhost")
