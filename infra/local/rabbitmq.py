"""A private RabbitMQ node: own port mapper, cookie, ports and data; loopback only, no guest."""

import base64
import http.client
import secrets
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from infra.local import rabbitmq_source
from infra.local.cache import without_space
from infra.local.errors import LocalError
from infra.local.ports import LOOPBACK, answers
from infra.local.private_server import PrivateServer, write_private
from infra.local.programs import SYSTEM_PATH, Program

_USER = "askpro"
_OK = 200
# Two schedulers that do not spin, for a laptop runs much besides; node-to-node traffic on loopback.
_ERLANG = "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"


class PrivateRabbit(PrivateServer):
    """A broker with one administrator, whose name is `askpro`."""

    name = "rabbitmq"
    port_names = ("amqp", "management", "distribution", "epmd")

    @property
    def url(self) -> str:
        """The address, as the AMQP clients take it."""
        return f"amqp://{_USER}:{self.password}@{LOOPBACK}:{self.port}/"

    @property
    def management_url(self) -> str:
        """The address of the management API, with user and password."""
        return f"http://{_USER}:{self.password}@{LOOPBACK}:{self.claim.ports['management']}"

    @property
    def programs(self) -> tuple[Program, ...]:
        """Port mapper and node, or one container."""
        return self._native(self._installation) if self._installation else (self._container(),)

    def prepare(self) -> None:
        """Write the configuration. User and password count at the very first start only."""
        for part in ("mnesia", "log", "generated", "schema"):
            (self.folder / part).mkdir(exist_ok=True)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "env.conf").write_text("")
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            write_private(cookie, secrets.token_hex(20))
            cookie.chmod(0o400)
        write_private(self.folder / "rabbitmq.conf", "\n".join(self._settings) + "\n")

    def ready(self) -> bool:
        """Whether clients can connect and the management API answers."""
        return answers(self.port) and self._management_answers()

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` prints for these arguments; raises LocalError with its complaint."""
        found = self._installation
        if found is None:
            raise LocalError("A broker in a container has no rabbitmqctl here.", "use `docker exec`")
        command = (str(found.server.with_name("rabbitmqctl")), "--quiet", *arguments)
        done = subprocess.run(command, env=self._environment(found), capture_output=True, check=False)
        if done.returncode:
            raise LocalError(
                f"rabbitmqctl {' '.join(arguments)}: {done.stderr.decode().strip()}", f"read {self.log}"
            )
        return done.stdout.decode()

    @cached_property
    def _installation(self) -> rabbitmq_source.Installation | None:
        return rabbitmq_source.find()

    @property
    def _settings(self) -> list[str]:
        inside = self._installation is not None
        amqp, management = (self.port, self.claim.ports["management"]) if inside else (5672, 15672)
        address = LOOPBACK if inside else "0.0.0.0"  # noqa: S104 - within a container, whose ports are on loopback
        return [
            f"listeners.tcp.1 = {address}:{amqp}",
            f"management.tcp.ip = {address}",
            f"management.tcp.port = {management}",
            f"default_user = {_USER}",
            f"default_pass = {self.password}",
            "default_user_tags.administrator = true",
            "loopback_users = none",
            "vm_memory_high_watermark.absolute = 1GB",
            "disk_free_limit.absolute = 200MB",
            "log.console = true",
            "log.console.level = warning",
            "log.console.use_colors = off",
            "log.file = false",
        ]

    def _native(self, found: rabbitmq_source.Installation) -> tuple[Program, ...]:
        env = self._environment(found)
        epmd = str(self.claim.ports["epmd"])
        # Were there no port mapper yet, the node would start one of its own, which would outlive it.
        wait = 'until "$0" -port "$1" -names >/dev/null 2>&1; do sleep 0.05; done; exec "$2"'
        node = ("/bin/sh", "-c", wait, str(found.epmd), epmd, str(found.server))
        mapper = (str(found.epmd), "-port", epmd, "-address", LOOPBACK)
        return Program("epmd", mapper, env), Program(self.name, node, env, cwd=self.folder)

    def _environment(self, found: rabbitmq_source.Installation) -> Mapping[str, str]:
        own, ports = self.folder, self.claim.ports
        return {
            "PATH": found.path,
            "LANG": "C.UTF-8",
            "HOME": str(own),  # where Erlang looks for the cookie
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": f"askpro-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            # Its disk alarm calls `df` with this path unquoted.
            "RABBITMQ_MNESIA_BASE": str(without_space(own / "mnesia")),
            "RABBITMQ_LOG_BASE": f"{own}/log",
            "RABBITMQ_PID_FILE": f"{own}/node.pid",
            "RABBITMQ_CONFIG_FILE": f"{own}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{own}/env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{own}/enabled_plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{own}/generated",
            "RABBITMQ_SCHEMA_DIR": f"{own}/schema",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
            # The start script then execs the virtual machine: the pid we hold is the server and not a shell.
            "RUNNING_UNDER_SYSTEMD": "true",
            **found.env,
        }

    def _container(self) -> Program:
        """A container that is removed first when a crash of its client left it behind."""
        name = f"askpro-{self.port}"
        ports, configuration = self.claim.ports, "/etc/rabbitmq"
        publish = [
            f"--publish={LOOPBACK}:{ports['amqp']}:5672",
            f"--publish={LOOPBACK}:{ports['management']}:15672",
        ]
        volumes = [
            f"--volume={self.folder}/rabbitmq.conf:{configuration}/rabbitmq.conf:ro",
            f"--volume={name}:/var/lib/rabbitmq",
        ]
        run = ["docker", "run", "--rm", f"--name={name}", "--hostname=askpro", *publish, *volumes]
        replace = 'docker rm --force "$0" >/dev/null 2>&1; exec "$@"'
        argv = ("/bin/sh", "-c", replace, name, *run, rabbitmq_source.DOCKER_IMAGE)
        return Program(self.name, argv, {"PATH": SYSTEM_PATH, "HOME": str(Path.home())})

    def _management_answers(self) -> bool:
        token = base64.b64encode(f"{_USER}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection(LOOPBACK, self.claim.ports["management"], timeout=2)
        try:
            connection.request("GET", "/api/whoami", headers={"Authorization": f"Basic {token}"})
            return connection.getresponse().status == _OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
