"""The whole stack of ``make up`` as an installation with its books; nothing in it is started by a test."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.local.ports import read
from infra.local.services import SERVICES
from shared.clients.console import ConsoleClient
from tests.faults.account import Account
from tests.faults.aftermath import Aftermath
from tests.faults.depths import Depths
from tests.faults.reckoning import TOLD
from tests.stack import Stack


@dataclass
class Member:
    """A service. Of its tasks it tells nobody; that it ended by itself shows in its process id."""

    stack: Stack
    name: str
    deaths: list[int] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.stack.layout.log / f"{self.name}.log"

    @property
    def pid(self) -> int:
        return self.stack.pid(self.name) or 0

    async def tasks(self) -> Counter[str]:
        return Counter()


@dataclass
class Household:
    """``begin`` before each fault."""

    stack: Stack

    def __post_init__(self) -> None:
        self.ours = {one.name: Member(self.stack, one.name) for one in SERVICES}
        broker = self.stack.settings["RABBITMQ_URL"]
        self.aftermath = Aftermath(self, Depths(broker, _management(self.stack, broker)))
        self.begin()

    @property
    def console(self) -> ConsoleClient:
        return self.stack.console

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return self.stack.rows(query, *values)

    def begin(self) -> None:
        """A test begins."""
        self.aftermath.begin()
        self._pids = {name: one.pid for name, one in self.ours.items()}
        self._last = self.rows("select coalesce(max(seq), 0) as n from event_log")[0]["n"]
        self._told = self._told_so_far()

    def ended_besides(self, killed: str) -> list[str]:
        """Services that have another process than at the beginning, without ``killed``."""
        return [name for name, one in self.ours.items() if one.pid != self._pids[name] and name != killed]

    def tally(self) -> Account:
        """What has become, up to now, of all that was accepted since the beginning."""
        accepted = "select id from event_log where handled and seq > %s"
        states = "select event_id, state from deliveries where event_id = any(%s)"
        ids = [row["id"] for row in self.rows(accepted, self._last)]
        found = self.rows(states, ids)
        dead = {row["event_id"] for row in found if row["state"] == "dead"}
        done = {row["event_id"] for row in found if row["state"] == "done"} - dead
        return Account(set(ids), Counter(done), self._told_so_far() - self._told, dead)

    def _told_so_far(self) -> Counter[str]:
        return Counter(f"{what}: {row['k']}" for what, query in TOLD.items() for row in self.rows(query))


def _management(stack: Stack, broker_url: str) -> str:
    parts = urlsplit(broker_url)
    port = read(stack.layout.data / "rabbitmq" / "ports.json")["management"]
    return f"http://{parts.username}:{parts.password}@{parts.hostname}:{port}"
