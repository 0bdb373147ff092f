"""`python -m infra.local up|down|run|demo|status|chromium`: what the Makefile calls."""

import sys
from collections.abc import Callable, Mapping
from functools import partial

from infra.local import stack, supervisor
from infra.local.chromium import chromium
from infra.local.errors import LocalError
from infra.local.foreground import Parent, StopRequested, stay, stoppable
from infra.local.layout import Layout
from infra.local.play import add_operator, enter_demo_company, play_demo
from infra.local.services import ALL
from infra.local.waiting import say

WITHOUT_COMPANY = """
Failed: the stack is up, but there is no demo company in it.
  What to do: see what is said above; `make up` tries again, `make down` stops the stack."""
STILL_UP = """
The stack is still up, to be asked from another terminal; after Ctrl-C `make run` tries again."""
STOPPED = """
The stack is stopped, its logs are kept; `make run` plays the demo and leaves the stack up, to be asked."""


def _up(layout: Layout) -> int:
    settings = stack.up(layout, ALL)
    add_operator(layout, settings)
    if failed := enter_demo_company(layout, settings):
        say(WITHOUT_COMPANY)
        return failed
    say(f"All is ready. Addresses and secrets: {layout.stack_env}")
    return 0


def _down(layout: Layout) -> int:
    ended = stack.down(layout)
    say(f"Stopped {ended} processes, none is left." if ended else "Nothing was running.")
    return 0


def _run(layout: Layout) -> int:
    parent, failed = Parent(), 0
    try:
        settings = stack.up(layout, ALL)
        add_operator(layout, settings)
        failed = play_demo(layout, settings)
        if failed:
            say(STILL_UP)
        _tell_console(settings)
        stay(parent, partial(supervisor.running, layout))
        say("The supervisor ended; starting again needs `make run`.")
    except StopRequested:
        say("\nStopping everything ...")
        return failed
    finally:
        _down(layout)
    return 1


def _demo(layout: Layout) -> int:
    try:
        settings = stack.up(layout, ALL)
        add_operator(layout, settings)
        failed = play_demo(layout, settings)
    finally:
        _down(layout)
    if failed:
        say(STOPPED)
    return failed


def _status(layout: Layout) -> int:
    pids = stack.status(layout)
    for name, pid in pids.items():
        say(f"{name:<16} {pid or 'not running'}")
    return 0 if pids and all(pids.values()) else 1


def _chromium(_layout: Layout) -> int:
    say(str(chromium()))
    return 0


def _tell_console(settings: Mapping[str, str]) -> None:
    say(f"\nConsole:  {settings['CONSOLE_URL']}")
    say(f"User:     {settings['CONSOLE_USER']}")
    say(f"Password: {settings['CONSOLE_PASSWORD']}")
    say("\nCtrl-C stops everything.")


_COMMANDS: Mapping[str, Callable[[Layout], int]] = {
    "up": _up,
    "down": _down,
    "run": _run,
    "demo": _demo,
    "status": _status,
    "chromium": _chromium,
}


def main(arguments: list[str]) -> int:
    """Run one command; 0 done, 1 failed, 2 wrong call, 130 interrupted."""
    command = _COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        say(f"usage: python -m infra.local {'|'.join(_COMMANDS)}")
        return 2
    try:
        with stoppable():
            return command(Layout())
    except LocalError as error:
        say(f"\nFailed: {error}")
        return 1
    except StopRequested:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
