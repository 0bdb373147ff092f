"""The table of what the stack runs besides its servers: names, modules, ports, and their own variables."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.layout import Layout
from infra.local.ports import LOOPBACK
from infra.local.programs import SYSTEM_PATH, Program


@dataclass(frozen=True, slots=True)
class Service:
    """One process: `ports` maps each environment variable to the name under which its port is claimed.

    `mute` are ports without a health check; `folders` are variables that name a folder of its own.
    """

    name: str
    module: str
    ports: Mapping[str, str]
    mute: frozenset[str] = frozenset()
    folders: tuple[str, ...] = field(default=())

    @property
    def health_ports(self) -> list[str]:
        """Names of the ports that answer /health/ready."""
        return [port for port in self.ports.values() if port not in self.mute]


def _service(name: str) -> Service:
    return Service(name, f"services.{name}", {"PORT": name})


_SIMULATOR_PORTS = (
    "RETELL_PORT",
    "CALCOM_PORT",
    "STRIPE_PORT",
    "MAILBOX_HTTP_PORT",
    "SMTP_PORT",
    "CHAT_PORT",
    "SMS_PORT",
)

SIMULATORS = Service(
    "simulators",
    "infra.simulators",
    {port: port for port in _SIMULATOR_PORTS},
    mute=frozenset({"SMTP_PORT"}),
    folders=("SIMULATORS_STATE",),
)

SERVICES = tuple(
    _service(name)
    for name in ("webhook_ingest", "provisioner", "syncer", "voice_tools", "notifier", "ops_console")
)

ALL = (SIMULATORS, *SERVICES)
PORT_NAMES = tuple(port for service in ALL for port in service.ports.values())


def program(service: Service, layout: Layout, ports: Mapping[str, int], settings: dict[str, str]) -> Program:
    """How to run it, with the settings every service shares."""
    own = {variable: str(ports[port]) for variable, port in service.ports.items()}
    own |= {variable: str(layout.data / service.name) for variable in service.folders}
    base = {"PATH": SYSTEM_PATH, "HOME": str(layout.local), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    argv = (sys.executable, "-m", service.module)
    return Program(service.name, argv, base | settings | {"HOST": LOOPBACK} | own, cwd=layout.root)
