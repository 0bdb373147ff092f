"""Where RabbitMQ comes from: the installed one, else Debian's packages unpacked, Homebrew, or Docker."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local import debian
from infra.local.cache import cached
from infra.local.errors import LocalError
from infra.local.programs import SYSTEM_PATH

DOCKER_IMAGE = "rabbitmq:4-management"
_SERVER = "usr/lib/rabbitmq/bin/rabbitmq-server"
_ERL = "usr/lib/erlang/bin/erl"


@dataclass(frozen=True, slots=True)
class Installation:
    """A RabbitMQ that can be started: start script, Erlang's port mapper, what their environment needs."""

    server: Path
    epmd: Path
    path: str = SYSTEM_PATH
    env: Mapping[str, str] = field(default_factory=dict)


def find() -> Installation | None:
    """The installation to use, fetched when needed; None says that it has to be a container.

    Raises LocalError where RabbitMQ cannot be had at all.
    """
    installed = _installed()
    if installed:
        return installed
    if sys.platform == "linux" and debian.available():
        return _unpacked()
    if shutil.which("brew"):
        return _from_homebrew()
    if shutil.which("docker"):
        return None
    raise LocalError(
        "RabbitMQ is not on this machine.", "install it, or set RABBITMQ_URL to one that runs elsewhere"
    )


def _installed() -> Installation | None:
    server = Path("/") / _SERVER
    epmd = shutil.which("epmd", path=SYSTEM_PATH)
    return Installation(server, Path(epmd)) if server.exists() and epmd else None


def _unpacked() -> Installation:
    root = cached(f"rabbitmq-{debian.release()}", _fetch) / "root"
    erlang = root / "usr/lib/erlang"
    path = f"{erlang}/bin:{SYSTEM_PATH}"
    return Installation(root / _SERVER, erlang / "bin/epmd", path, {"ERL_ROOTDIR": str(erlang)})


def _fetch(folder: Path) -> None:
    print("  fetching RabbitMQ from the packages of this system (about 35 MB, once) ...", flush=True)
    apt = debian.Apt(folder / "apt")
    apt.update()
    apt.unpack(apt.closure("rabbitmq-server", "erlang-"), folder / "root")
    shutil.rmtree(folder / "apt")
    _make_movable(folder / "root" / _ERL)


def _make_movable(erl: Path) -> None:
    """Debian compiles the place of Erlang into its start script; let ERL_ROOTDIR decide in our copy."""
    text = erl.read_text()
    erl.write_text(text.replace("ROOTDIR=/usr/lib/erlang\n", 'ROOTDIR="${ERL_ROOTDIR:-/usr/lib/erlang}"\n'))


def _from_homebrew() -> Installation:
    if subprocess.run(["brew", "list", "rabbitmq"], capture_output=True, check=False).returncode:
        print("  installing RabbitMQ by Homebrew (no service is started) ...", flush=True)
        subprocess.run(["brew", "install", "rabbitmq"], check=True)
    prefix = Path("/opt/homebrew" if platform.machine() == "arm64" else "/usr/local")
    path = f"{prefix}/bin:{SYSTEM_PATH}"
    epmd = shutil.which("epmd", path=path)
    if epmd is None:
        raise LocalError("Homebrew's Erlang has no epmd.", "brew reinstall erlang")
    return Installation(prefix / "opt/rabbitmq/sbin/rabbitmq-server", Path(epmd), path)
