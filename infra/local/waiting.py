"""Waiting until everything is ready, telling a person what is and what is not."""

import http.client
import time
from collections.abc import Callable, Mapping

from infra.local.errors import LocalError
from infra.local.layout import Layout
from infra.local.ports import LOOPBACK
from infra.local.programs import tail

_OK = 200


def say(text: str) -> None:
    """Show progress at once, also into a pipe."""
    print(text, flush=True)


def wait_ready(
    checks: Mapping[str, Callable[[], bool]], alive: Callable[[], bool], layout: Layout, seconds: float
) -> None:
    """Poll all until each was ready once; raises LocalError with the logs of those that are not."""
    begin = time.monotonic()
    pending = dict(checks)
    while pending and alive() and time.monotonic() < begin + seconds:
        for name in [name for name, check in pending.items() if check()]:
            say(f"  {name:<16} ready after {time.monotonic() - begin:4.1f} s")
            del pending[name]
        time.sleep(0.1 if pending else 0)
    if pending:
        raise _not_ready(list(pending), layout)


def answers_ready(port: int) -> bool:
    """Whether a service says that it can do its work."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _not_ready(names: list[str], layout: Layout) -> LocalError:
    logs = "\n".join(f"  {name}:\n{tail(layout.log_file(name))}" for name in names[:3])
    return LocalError(
        f"Not ready: {', '.join(names)}. The ends of their logs:\n{logs}", f"read the logs in {layout.log}"
    )
