"""`python -m infra.simulators`: ports from the environment, every simulator in one process until SIGTERM."""

import asyncio
import os
import signal
from pathlib import Path

from infra.simulators.runner import Ports, Simulators


def _port(name: str) -> int:
    return int(os.environ.get(name, "0"))


def _simulators() -> Simulators:
    """A port that is not named is a free one; without SIMULATORS_STATE nothing outlives the process."""
    state = os.environ.get("SIMULATORS_STATE")
    ports = Ports(
        retell=_port("RETELL_PORT"),
        calcom=_port("CALCOM_PORT"),
        stripe=_port("STRIPE_PORT"),
        mailbox=_port("MAILBOX_HTTP_PORT"),
        smtp=_port("SMTP_PORT"),
        chat=_port("CHAT_PORT"),
        sms=_port("SMS_PORT"),
    )
    return Simulators(os.environ.get("HOST", "127.0.0.1"), ports, Path(state) if state else None)


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _simulators() as simulators:
        for name, url in simulators.urls().items():
            print(f"{name} {url}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_run())
