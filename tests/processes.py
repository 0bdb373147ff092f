"""A service of ours as a process of its own, with the environment it has in production."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from tests.support import eventually

ROOT = Path(__file__).resolve().parent.parent
KEY = Fernet.generate_key().decode()
EVENTS_SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
STRIPE_SECRET = "whsec_test_secret_0123456789"


@dataclass
class Process:
    name: str
    url: str
    child: asyncio.subprocess.Process
    log: Path

    async def stop(self) -> int:
        """SIGTERM, then its exit code."""
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.child.wait(), 30)

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.child.kill()
        await self.child.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def process_environment(port: int, own: Mapping[str, str]) -> dict[str, str]:
    """What a service of ours is started with: loopback, secrets of the tests, and its ``own`` settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ENCRYPTION_KEYS": KEY,
        "EVENTS_SECRET": EVENTS_SECRET,
        "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
        # Nobody is there; the real ones are never asked.
        **{f"{name}_BASE_URL": "http://127.0.0.1:1" for name in ("RETELL", "CALCOM", "STRIPE")},
        **own,
    }


@asynccontextmanager
async def running(
    module: str, log: Path, environment: Mapping[str, str], *, ready: bool = True
) -> AsyncIterator[Process]:
    """``python -m module``, which may have arguments; returns once it says ready, ends it afterwards."""
    port = free_port()
    with log.open("wb") as output:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *module.split(),
            cwd=ROOT,
            env=process_environment(port, environment),
            stdout=output,
            stderr=output,
        )
    process = Process(module, f"http://127.0.0.1:{port}", child, log)
    try:
        await eventually(
            lambda: _answers(process, "ready" if ready else "live"), within=180, of=f"{module} is up"
        )
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            await process.stop()
        await process.kill()


async def _answers(process: Process, what: str) -> bool:
    if process.child.returncode is not None:
        raise AssertionError(f"{process.name} ended: {process.log.read_text()[-3000:]}")
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{process.url}/health/{what}", timeout=3)).status_code == 200
    except httpx.HTTPError:
        return False
