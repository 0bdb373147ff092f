"""Tools of the project that run to their end: migrations, the console's command line, the demo."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.layout import Layout
from infra.local.programs import SYSTEM_PATH


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
