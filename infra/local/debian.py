"""Packages of Debian or Ubuntu, unpacked into a folder: nothing is installed, no service starts, no root."""

import getpass
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LocalError

_CHECK_NETWORK = "check that the package servers in /etc/apt can be reached, then try again"
_TO_DEPENDENCIES = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")


def available() -> bool:
    """Whether this is a Debian or a child of it."""
    return all(map(shutil.which, ("apt-get", "apt-cache", "dpkg-deb")))


def release() -> str:
    """Names distribution, version and processor, e.g. `debian-12-x86_64`: none takes another's packages."""
    facts = platform.freedesktop_os_release()
    return f"{facts.get('ID', 'linux')}-{facts.get('VERSION_ID', 'rolling')}-{platform.machine()}"


@dataclass(frozen=True, slots=True)
class Apt:
    """apt with its state in a folder of ours; it reads the machine's sources and what is installed."""

    folder: Path

    def update(self) -> None:
        """Fetch the lists. One source that does not answer is no error: the packages may be in another."""
        for part in ("lists/partial", "archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._run("apt-get", "update", check=False)

    def closure(self, package: str, prefix: str) -> list[str]:
        """The package and all it depends on whose names begin with `prefix`."""
        without = [f"--no-{kind}" for kind in _TO_DEPENDENCIES]
        names = self._run("apt-cache", "depends", "--recurse", *without, package).split()
        return [package, *sorted({name for name in names if name.startswith(prefix)})]

    def missing(self, packages: Sequence[str]) -> list[str]:
        """Those packages and what they need, as far as it is not installed on this machine."""
        plan = self._run("apt-get", "install", "--simulate", "--no-install-recommends", *packages)
        return [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]

    def unpack(self, packages: Sequence[str], into: Path) -> None:
        """Download the packages and unpack them."""
        archives = self.folder / "archives"
        self._run("apt-get", "download", *packages, cwd=archives)
        for archive in sorted(archives.glob("*.deb")):
            _checked(["dpkg-deb", "-x", str(archive), str(into)], None, check=True)
            archive.unlink()

    def _run(self, tool: str, *arguments: str, cwd: Path | None = None, check: bool = True) -> str:
        options = {
            "Dir::State::lists": f"{self.folder}/lists",
            "Dir::Cache": str(self.folder),
            "APT::Sandbox::User": getpass.getuser(),
            "Debug::NoLocking": "1",
            "Acquire::Retries": "3",
        }
        settings = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        return _checked([tool, *settings, "-q", *arguments], cwd, check=check)


def _checked(command: list[str], cwd: Path | None, *, check: bool) -> str:
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode and check:
        raise LocalError(
            f"`{Path(command[0]).name} {command[-1]}` failed:\n{done.stderr.strip()}", _CHECK_NETWORK
        )
    return done.stdout
