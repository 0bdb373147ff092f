"""What happens in a stack that has just come up: the console gets its operator, the demo is played."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.layout import Layout
from infra.local.tools import run_tool, tool_environment
from infra.local.waiting import say

_CONSOLE_TOOL = "services.ops_console.cli"
_DEMO = "infra.local.demo"


def add_operator(layout: Layout, settings: Mapping[str, str]) -> None:
    """Let CONSOLE_USER into the console with CONSOLE_PASSWORD; idempotent."""
    if importlib.util.find_spec(_CONSOLE_TOOL) is None:
        return
    askpro = str(Path(sys.executable).with_name("askpro"))
    command = (askpro, "operators", "add", settings["CONSOLE_USER"], "--password-stdin")
    run_tool(layout, settings, *command, text=settings["CONSOLE_PASSWORD"])


def play_demo(layout: Layout, settings: Mapping[str, str]) -> int:
    """Play the demo, which prints its timeline; its exit code is not 0 when a step is missing."""
    if importlib.util.find_spec(_DEMO) is None:
        return 0
    say("\nPlaying the demo ...")
    environment = tool_environment(settings)
    return subprocess.run(
        [sys.executable, "-m", _DEMO], env=environment, cwd=layout.root, check=False
    ).returncode
