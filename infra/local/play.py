"""What happens in a stack that has just come up: the console gets its operator, the demo is played."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.layout import Layout
from infra.local.tools import run_tool, tool_environment
from infra.local.waiting import say

_DEMO = "infra.local.demo"


def add_operator(layout: Layout, settings: Mapping[str, str]) -> None:
    """Let CONSOLE_USER into the console with CONSOLE_PASSWORD; idempotent."""
    askpro = str(Path(sys.executable).with_name("askpro"))
    # Whose machine it is may look at everything, and sign as every sender.
    command = (askpro, "operators", "add", settings["CONSOLE_USER"], "--role", "admin", "--password-stdin")
    run_tool(layout, settings, *command, text=settings["CONSOLE_PASSWORD"])


def play_demo(layout: Layout, settings: Mapping[str, str]) -> int:
    """Play the demo, which prints its timeline; its exit code is not 0 when a step is missing."""
    say("\nPlaying the demo ...")
    return _demo(layout, settings)


def enter_demo_company(layout: Layout, settings: Mapping[str, str]) -> int:
    """See to it that there is a demo company with a branch; its ids and secrets go to stack.env."""
    say("Entering the demo company ...")
    return _demo(layout, settings, "--prepare")


def _demo(layout: Layout, settings: Mapping[str, str], *options: str) -> int:
    command = [sys.executable, "-m", _DEMO, *options]
    return subprocess.run(command, env=tool_environment(settings), cwd=layout.root, check=False).returncode
