"""Prism as a proxy of one document: what it finds wrong is in the header `sl-violations` of each answer."""

from functools import cached_property
from pathlib import Path
from typing import Final

from infra.local.ports import LOOPBACK, answers
from infra.local.private_server import PrivateServer
from infra.local.programs import SYSTEM_PATH, Program
from tests.contract.installation import TOOLS, PrismFiles

_SKIPPED: Final = "SKIPPED"


class Prism(PrivateServer):
    """Passes everything on, right or wrong; ``upstream`` is where to."""

    name = "prism"
    port_names = ("prism",)

    def __init__(self, folder: Path, files: PrismFiles, document: Path, upstream: str) -> None:
        super().__init__(folder)
        self._files = files
        self._document = document
        self._upstream = upstream

    @property
    def url(self) -> str:
        """Where clients send their requests."""
        return f"http://{LOOPBACK}:{self.port}"

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """The proxy alone, which tells what it does not validate."""
        argv = (
            *tools(self._files), str(self._files.cli), "proxy", "--port", str(self.port), "--host", LOOPBACK,
            "--verboseLevel", "warn", str(self._document), self._upstream,
        )  # fmt: skip
        return (Program(self.name, argv, environment(self._files)),)

    def prepare(self) -> None:
        """Everything is an argument."""

    def ready(self) -> bool:
        """Whether it has read its document."""
        return answers(self.port)

    @property
    def skipped(self) -> list[str]:
        """Schemas that it could not use, which means that it let everything pass them."""
        return skipped_in(self.log.read_text())


def tools(files: PrismFiles) -> tuple[str, ...]:
    """Node.js that tells which schemas Prism skips."""
    return (str(files.node), "--require", str(TOOLS / "skipped.cjs"))


def environment(files: PrismFiles) -> dict[str, str]:
    """Of Prism and of scripts that use its modules."""
    return {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", "NODE_PATH": str(files.modules)}


def skipped_in(text: str) -> list[str]:
    """The lines that skipped.cjs wrote, each once."""
    return sorted({line for line in text.splitlines() if line.startswith(_SKIPPED)})
