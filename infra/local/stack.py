"""The whole stack of a checkout: up, down, status."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from infra.local import services, supervisor
from infra.local.errors import LocalError
from infra.local.layout import Layout
from infra.local.ports import Claim, claim, read
from infra.local.processes import is_marked, read_pid
from infra.local.programs import SYSTEM_PATH, Program
from infra.local.servers import Servers, named_outside
from infra.local.settings import addresses, generated, passed_on, read_stack_env, write_stack_env
from infra.local.waiting import Checks, answers_ready, say, wait_ready

_SERVERS_SECONDS = 90.0
_SERVICES_SECONDS = 90.0


def up(layout: Layout) -> dict[str, str]:
    """Start everything that does not run yet; returns when all is ready, with the settings in stack.env.

    Idempotent. What a crash of the machine or of the supervisor left is cleaned up first. A failure stops
    what was started and raises LocalError.
    """
    layout.make()
    with _alone(layout):
        if supervisor.running(layout):
            return _already_up(layout)
        supervisor.stop(layout)
        try:
            return _start(layout)
        except BaseException:
            supervisor.stop(layout)
            raise


def down(layout: Layout) -> int:
    """End everything, the services before the servers; returns how many processes there were."""
    if not layout.local.exists():
        return 0
    layout.make()
    with _alone(layout):
        return supervisor.stop(layout)


def status(layout: Layout) -> dict[str, int | None]:
    """Every process by name with its pid; None for one that does not run at the moment."""
    pids = {file.stem: read_pid(file) for file in sorted(layout.run.glob("*.pid"))}
    return {name: pid if pid and is_marked(pid, layout.mark) else None for name, pid in pids.items()}


def run_tool(layout: Layout, settings: Mapping[str, str], *command: str, text: str | None = None) -> None:
    """Run one of the project's tools to its end, its output shown only when it fails; raises LocalError."""
    environment = tool_environment(settings)
    done = subprocess.run(
        command,
        env=environment,
        cwd=layout.root,
        input=text or "",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LocalError(
            f"`{' '.join(command[1:4])}` failed:\n{done.stdout}{done.stderr}", "read the message above"
        )


def tool_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment in which tools of the project run: like a service's, and nothing of the caller's."""
    return {"PATH": SYSTEM_PATH, "HOME": str(Path.home()), "LANG": "C.UTF-8", **settings}


def _start(layout: Layout) -> dict[str, str]:
    servers = Servers(layout)
    claimed = claim(layout.ports, services.PORT_NAMES)
    settings = _prepare(layout, servers, claimed)
    say("Starting the servers ...")
    supervisor.start(layout)
    wait_ready(servers.checks, partial(supervisor.running, layout), layout, _SERVERS_SECONDS)
    say("Creating the tables ...")
    run_tool(layout, settings, sys.executable, "-m", "shared.db.migrate")
    layout.migrated.touch()
    say("Starting the services ...")
    wait_ready(_service_checks(claimed.ports), partial(supervisor.running, layout), layout, _SERVICES_SECONDS)
    servers.release()
    claimed.release()
    return settings


def _prepare(layout: Layout, servers: Servers, claimed: Claim) -> dict[str, str]:
    """Write everything that the processes read; nothing runs yet."""
    say(f"Preparing {layout.local} ...")
    layout.migrated.unlink(missing_ok=True)
    for server in servers.private:
        server.prepare()
    settings = servers.urls | addresses(claimed.ports) | generated(layout.secrets) | passed_on()
    write_stack_env(layout.stack_env, settings)
    supervisor.configure(layout, _groups(layout, servers, claimed.ports, settings), gated="services")
    return settings


def _groups(
    layout: Layout, servers: Servers, ports: Mapping[str, int], settings: dict[str, str]
) -> supervisor.Groups:
    build = partial(services.program, layout=layout, ports=ports, settings=settings)
    companions = [program for program in servers.programs if program.name == "epmd"]
    main = [program for program in servers.programs if program.name != "epmd"]
    main += map(build, services.runnable((services.SIMULATORS,)))
    # The port mapper ends last: a node that misses it starts one of its own, which nobody would end.
    return {
        "companions": [*companions, _ports_holder(layout, servers)],
        "servers": main,
        "services": [build(service) for service in services.runnable(services.SERVICES)],
    }


def _ports_holder(layout: Layout, servers: Servers) -> Program:
    """Keeps the ports of servers that are just being restarted away from everybody else."""
    files = [layout.ports, *(server.ports_file for server in servers.private)]
    argv = (sys.executable, "-m", "infra.local.ports", *map(str, files))
    return Program("ports", argv, {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}, cwd=layout.root)


def _service_checks(ports: Mapping[str, int]) -> Checks:
    ready = {
        service.name: [ports[name] for name in service.health_ports]
        for service in services.runnable((services.SIMULATORS, *services.SERVICES))
    }
    return {name: partial(_all_ready, its) for name, its in ready.items()}


def _all_ready(ports: list[int]) -> bool:
    return all(map(answers_ready, ports))


def _already_up(layout: Layout) -> dict[str, str]:
    settings = read_stack_env(layout.stack_env)
    changed = [name for name, url in named_outside().items() if settings.get(name) != url]
    if changed:
        raise LocalError(
            f"The stack runs already, with another {' and '.join(changed)}.", "make down, then try again"
        )
    say("The stack is up already.")
    checks = _service_checks(read(layout.ports))
    wait_ready(checks, partial(supervisor.running, layout), layout, _SERVICES_SECONDS)
    return settings


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """One start or stop at a time per checkout; the kernel lets go of the lock when we die."""
    with (layout.local / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
