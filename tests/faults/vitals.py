"""What a process consists of at rest, and whether it has come back to that: tasks, connections, memory."""

import asyncio
import json
import os
import resource
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests.support import eventually

#: More than at rest. The pools may have grown to their sizes, 12 for the database and 32 for providers; one
#: task or connection more for each message shows.
_MORE_TASKS: Final = 25
_MORE_CONNECTIONS: Final = 48
_MEGABYTE: Final = 1024 * 1024
_MORE_MEMORY: Final = 150 * _MEGABYTE
#: Looks at a process at rest; what is there in each of them is there for good.
_LOOKS: Final = 6
#: They end by themselves: what the product looks at once, at its start.
_END: Final = frozenset({"shared/health/examination.py Examination.at_start"})


class Watched(Protocol):
    """A process that is looked at."""

    @property
    def pid(self) -> int:
        """Of the one that runs now."""
        ...

    async def tasks(self) -> Counter[str]:
        """By coroutine; OSError or ValueError while it starts or is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Vital:
    """``tasks``: by coroutine; ``memory``: resident, in bytes."""

    tasks: Counter[str]
    connections: int
    memory: int


@dataclass(frozen=True, slots=True)
class Rest:
    """``lasting``: the product's own tasks that never end; the rest is the most that was seen."""

    lasting: Counter[str]
    tasks: int
    connections: int
    memory: int

    def missing(self, now: Vital) -> str:
        """What is not as it was, in words; empty where everything is."""
        ended = self.lasting - now.tasks
        more = {
            "tasks": now.tasks.total() - self.tasks - _MORE_TASKS,
            "connections": now.connections - self.connections - _MORE_CONNECTIONS,
            "bytes": now.memory - self.memory - _MORE_MEMORY,
        }
        found = [f"{name} has ended" for name in ended]
        found += [f"{number} {what} more than there may be" for what, number in more.items() if number > 0]
        return "; ".join(found) and f"{'; '.join(found)}: {now}"


async def vital(process: Watched) -> Vital:
    """As it is now. Raises OSError or ValueError while it starts or is gone."""
    tasks = await process.tasks()
    return Vital(tasks, _connections(process.pid), _memory(process.pid))


async def at_rest(process: Watched) -> Rest:
    """Of a process that has nothing to do."""
    looks: list[Vital] = []

    async def looked() -> bool:
        looks.append(await vital(process))
        return len(looks) == _LOOKS

    await eventually(looked, within=60, every=0.15, of="looks at a process at rest")
    lasting = looks[0].tasks
    for look in looks:
        lasting &= look.tasks
    return Rest(
        Counter({name: number for name, number in lasting.items() if "/" in name and name not in _END}),
        max(look.tasks.total() for look in looks),
        max(look.connections for look in looks),
        max(look.memory for look in looks),
    )


async def asked_for_tasks(port: int) -> Counter[str]:
    """What ``tests.faults.watched`` answers there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return Counter(json.loads(await reader.readline()))
    finally:
        writer.close()


def _connections(pid: int) -> int:
    return sum(_is_socket(file) for file in Path(f"/proc/{pid}/fd").iterdir())


def _is_socket(file: Path) -> bool:
    """False as well for one that was closed meanwhile."""
    try:
        return str(file.readlink()).startswith("socket:")
    except FileNotFoundError:
        return False


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def processor_seconds(pid: int) -> float:
    """What the process has used of a core since it was started."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
