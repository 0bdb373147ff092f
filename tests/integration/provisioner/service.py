"""The provisioner as a process of its own, which is killed and started again."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.faults.crashing import ENVIRONMENT as CRASH_AT
from tests.faults.watched import PORT as WATCHED_AT
from tests.integration.provisioner.harness import ENCRYPTION_KEY, World
from tests.processes import Process, free_port, running


@dataclass
class Service:
    """``stack`` ends whatever runs at its end; each start has a log of its own in ``folder``."""

    environment: dict[str, str]
    folder: Path
    stack: AsyncExitStack
    starts: int = 0
    process: Process | None = None

    @classmethod
    def of(cls, world: World, broker_url: str, folder: Path, stack: AsyncExitStack) -> Self:
        """Of the world's database and providers."""
        environment = {
            "RABBITMQ_URL": broker_url,
            "DATABASE_URL": world.url,
            "ENCRYPTION_KEYS": ENCRYPTION_KEY,
            "RETELL_BASE_URL": world.simulators.retell_url,
            "CALCOM_BASE_URL": world.simulators.calcom_url,
            "INGEST_PUBLIC_URL": world.addresses.ingest,
            "VOICE_TOOLS_PUBLIC_URL": world.addresses.voice_tools,
        }
        return cls(environment, folder, stack)

    async def runs(self) -> None:
        """Started, unless it runs already."""
        if self.process is None:
            await self._start("services.provisioner", self.environment)

    async def dies_at(self, point: str) -> None:
        """Started anew, to die at a line of crashing.py."""
        if self.process is not None:
            await self.process.stop()
        own = {CRASH_AT: point, WATCHED_AT: str(free_port())}
        await self._start("tests.faults.watched services.provisioner", self.environment | own)

    async def kill(self) -> None:
        assert self.process is not None
        await self.process.kill()
        self.process = None

    async def died(self) -> None:
        """Wait for the death that ``dies_at`` has ordered."""
        assert self.process is not None
        assert await self.process.child.wait() != 0
        self.process = None

    async def _start(self, module: str, environment: dict[str, str]) -> None:
        self.starts += 1
        log = self.folder / f"provisioner-{self.starts}.log"
        self.process = await self.stack.enter_async_context(running(module, log, environment))
