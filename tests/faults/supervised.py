"""A process that is started again when it dies, as the supervisor of a deployment would."""

import asyncio
import contextlib
import os
import resource
import signal
import ssl
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.faults.crashing import ENVIRONMENT as CRASH_AT
from tests.faults.vitals import asked_for_tasks
from tests.faults.watched import PORT as WATCHED_AT
from tests.processes import ROOT, free_port, process_environment
from tests.support import eventually

_AGAIN_AFTER = 0.3
# Loading the machine's certificates takes 50 ms of a core, each time that somebody asks.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Supervised:
    """``python -m module …``; ``deaths`` are the ends that nobody here asked for, by exit code.

    ``memory``: bytes of address space that it may take. ``ours``: it is what is tested, not a provider.
    """

    module: str
    log: Path
    environment: Mapping[str, str]
    memory: int | None = None
    ours: bool = True
    deaths: list[int] = field(default_factory=list)
    starts: int = 0

    def __post_init__(self) -> None:
        self.port, self.spare, self._vital_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._child: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._asked: set[int] = set()
        self._extra: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.terminate()
            try:
                await asyncio.wait_for(self._child.wait(), 27)
            except TimeoutError:
                self._child.kill()
                await self._child.wait()

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it now; it comes back."""
        self._asked.add(self.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def crash_at(self, point: str) -> None:
        """Start it anew, to die at ``point`` (see crashing.py); what comes after that is sound again."""
        self._extra = {CRASH_AT: point}
        self.kill(signal.SIGTERM)

    async def ready(self, within: float = 60.0) -> None:
        try:
            await eventually(self.is_ready, within=within, every=0.2, of=f"{self.module} is ready")
        except AssertionError as error:
            raise AssertionError(f"{error}; it says {await self.problem()}; {self._tail()}") from error

    async def is_ready(self) -> bool:
        return await self.problem() is None

    async def problem(self) -> str | None:
        """What its readiness says; None: ready."""
        try:
            async with httpx.AsyncClient(trust_env=False, verify=_NO_TLS) as client:
                answer = await client.get(f"{self.url}/health/ready", timeout=4)
        except httpx.HTTPError as error:
            return f"{type(error).__name__}"
        return None if answer.status_code == 200 else answer.text

    async def tasks(self) -> Counter[str]:
        """By coroutine; OSError or ValueError while it starts or is gone."""
        return await asked_for_tasks(self._vital_port)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "no log"

    async def _keep(self) -> None:
        while True:
            with self.log.open("ab") as output:
                own = {WATCHED_AT: str(self._vital_port), **self.environment, **self._extra}
                self._child = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.faults.watched", *self.module.split(), cwd=ROOT,
                    env=process_environment(self.port, own),
                    stdout=output, stderr=output, preexec_fn=self._limit if self.memory else None,
                )  # fmt: skip
            self.starts += 1
            planned, self._extra = bool(self._extra), {}
            code = await self._child.wait()
            if self._child.pid not in self._asked and not planned:
                self.deaths.append(code)
            await asyncio.sleep(_AGAIN_AFTER)

    def _limit(self) -> None:
        assert self.memory is not None
        resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
