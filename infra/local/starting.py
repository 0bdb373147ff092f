"""One start of the stack: what is written, then what runs, in the order in which one needs the other."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from infra.local import services, supervisor
from infra.local.layout import Layout
from infra.local.ports import Claim
from infra.local.programs import SYSTEM_PATH, Program
from infra.local.servers import Servers
from infra.local.services import Service
from infra.local.settings import addresses, generated, passed_on, write_stack_env
from infra.local.tools import run_tool
from infra.local.waiting import answers_ready, say, wait_ready

_MAPPER = "epmd"
_SLOW = {"rabbitmq", "RABBITMQ_URL"}


@dataclass(frozen=True, slots=True)
class Start:
    """Everything that one start needs to know; its ports are claimed already."""

    layout: Layout
    wanted: tuple[Service, ...]
    servers: Servers
    claimed: Claim
    patience: float

    def run(self) -> dict[str, str]:
        """Write, start, wait until all is ready; returns the settings. Raises LocalError."""
        settings = self._prepare()
        say("Starting the servers ...")
        supervisor.start(self.layout)
        # The broker takes longest; tables and services need not wait for it.
        slow = {name: check for name, check in self.servers.checks.items() if name in _SLOW}
        self._wait({name: check for name, check in self.servers.checks.items() if name not in _SLOW})
        say("Creating the tables ...")
        run_tool(self.layout, settings, sys.executable, "-m", "shared.db.migrate")
        self.layout.migrated.touch()
        say("Starting the services ...")
        self._wait(slow | service_checks(self.wanted, self.claimed.ports))
        self._hand_ports_over()
        return settings

    def _prepare(self) -> dict[str, str]:
        say(f"Preparing {self.layout.local} ...")
        self.layout.migrated.unlink(missing_ok=True)
        for server in self.servers.private:
            server.prepare()
        own = addresses(self.claimed.ports) | generated(self.layout.secrets) | passed_on()
        settings = self.servers.urls | own
        write_stack_env(self.layout.stack_env, settings)
        supervisor.configure(self.layout, self._groups(settings), gated="services")
        return settings

    def _groups(self, settings: dict[str, str]) -> supervisor.Groups:
        """The port mapper ends last: a node that misses it starts one of its own, which nobody would end."""
        build = partial(services.program, layout=self.layout, ports=self.claimed.ports, settings=settings)
        mappers = [program for program in self.servers.programs if program.name == _MAPPER]
        servers = [program for program in self.servers.programs if program.name != _MAPPER]
        simulators = [build(one) for one in self.wanted if one == services.SIMULATORS]
        rest = [build(one) for one in self.wanted if one != services.SIMULATORS]
        return {
            "companions": [*mappers, self._ports_holder()],
            "servers": servers + simulators,
            "services": rest,
        }

    def _ports_holder(self) -> Program:
        """Keeps the ports of servers that are just being restarted away from everybody else."""
        files = [self.layout.ports, *(server.ports_file for server in self.servers.private)]
        argv = (sys.executable, "-m", "infra.local.ports", *map(str, files))
        return Program("ports", argv, {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}, cwd=self.layout.root)

    def _wait(self, checks: Mapping[str, Callable[[], bool]]) -> None:
        wait_ready(checks, partial(supervisor.running, self.layout), self.layout, self.patience)

    def _hand_ports_over(self) -> None:
        """To the holder, which waits for them; everything listens by now."""
        self.servers.release()
        self.claimed.release()


def service_checks(wanted: tuple[Service, ...], ports: Mapping[str, int]) -> dict[str, Callable[[], bool]]:
    """For each service, whether all its ports say that it is ready."""
    return {one.name: partial(_all_ready, [ports[name] for name in one.health_ports]) for one in wanted}


def _all_ready(ports: list[int]) -> bool:
    return all(map(answers_ready, ports))
