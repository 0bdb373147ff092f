"""The whole stack of a checkout: up, down, status."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from infra.local import supervisor
from infra.local.errors import LocalError
from infra.local.layout import Layout
from infra.local.ports import claim, read
from infra.local.processes import is_marked, read_pid
from infra.local.servers import Servers, named_outside
from infra.local.services import PORT_NAMES, Service
from infra.local.settings import read_stack_env
from infra.local.starting import Start, service_checks
from infra.local.waiting import say, wait_ready


def up(layout: Layout, wanted: tuple[Service, ...], patience: float = 90.0) -> dict[str, str]:
    """Start the servers and the wanted services; returns when all is ready, with the settings in stack.env.

    Idempotent. What a crash of the machine or of the supervisor left is cleaned up first. A failure stops
    what was started and raises LocalError. `patience` is in seconds, once for the servers and once for the
    services.
    """
    layout.make()
    with _alone(layout):
        if supervisor.running(layout):
            return _already_up(layout, wanted, patience)
        supervisor.stop(layout)
        try:
            claimed = claim(layout.ports, PORT_NAMES)
            return Start(layout, wanted, Servers(layout), claimed, patience).run()
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


def _already_up(layout: Layout, wanted: tuple[Service, ...], patience: float) -> dict[str, str]:
    settings = read_stack_env(layout.stack_env)
    changed = [name for name, url in named_outside().items() if settings.get(name) != url]
    if changed:
        raise LocalError(
            f"The stack runs already, with another {' and '.join(changed)}.", "make down, then try again"
        )
    say("The stack is up already.")
    checks = service_checks(wanted, read(layout.ports))
    wait_ready(checks, partial(supervisor.running, layout), layout, patience)
    return settings


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """One start or stop at a time per checkout; the kernel lets go of the lock when we die."""
    with (layout.local / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
