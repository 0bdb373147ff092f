"""``python -m tests.faults.watched MODULE …``: a module as it is, which also tells what lives in its loop.

Who connects to ``VITAL_PORT`` is answered with one line of JSON: the tasks, counted by coroutine.
``CRASH_AT`` arms a line of crashing.py, ``REQUESTS_FILE`` has asked.py write down its requests. Nothing of
the product knows of any of these.
"""

import asyncio
import json
import os
import runpy
import sys
from collections import Counter
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from tests.faults import asked, crashing

PORT: Final = "VITAL_PORT"
#: Coroutines of these folders are the product's own.
_OURS: Final = ("shared", "services")
_ROOT: Final = Path(__file__).resolve().parents[2]


def main() -> None:
    """Entry point."""
    crashing.install()
    asked.install()
    uvloop.run = partial(_run, uvloop.run)
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _run(run: Any, work: Coroutine[Any, Any, Any], **named: Any) -> Any:
    return run(_beside(work), **named)


async def _beside(work: Coroutine[Any, Any, Any]) -> Any:
    async with await asyncio.start_server(_tell, "127.0.0.1", int(os.environ[PORT])):
        return await work


async def _tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    found = Counter(_name(task) for task in asyncio.all_tasks())
    writer.write(json.dumps(found).encode() + b"\n")
    await writer.drain()
    writer.close()


def _name(task: asyncio.Task[Any]) -> str:
    """``shared/messaging/lane.py Lane.run``; of a library the coroutine's name alone."""
    coroutine: Any = task.get_coro()
    name = getattr(coroutine, "__qualname__", type(coroutine).__name__)
    code = getattr(coroutine, "cr_code", None)
    file = Path(code.co_filename) if code is not None else Path()
    ours = file.is_relative_to(_ROOT) and file.relative_to(_ROOT).parts[0] in _OURS
    return f"{file.relative_to(_ROOT)} {name}" if ours else str(name)


if __name__ == "__main__":
    main()
