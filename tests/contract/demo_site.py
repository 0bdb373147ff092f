"""The services of the demo; they know providers through Prism alone, past which simulators are controlled."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from infra.local.services import SERVICES
from infra.local.settings import addresses
from infra.simulators.runner import Simulators
from services.ops_console.cli.registration import register
from tests.faults.supervised import Supervised
from tests.processes import STRIPE_SECRET

_PASSWORD: Final = "a long password of the tests"
_PORTS: Final = {
    "RETELL_PORT": "retell",
    "CALCOM_PORT": "calcom",
    "STRIPE_PORT": "stripe",
    "MAILBOX_HTTP_PORT": "mailbox",
    "SMTP_PORT": "smtp",
    "CHAT_PORT": "chat",
    "SMS_PORT": "sms",
}


@asynccontextmanager
async def demo_site(
    folder: Path, simulators: Simulators, servers: Mapping[str, str], providers: Mapping[str, str]
) -> AsyncIterator[dict[str, str]]:
    """Every service says ready; what the demo has to know. ``providers``: base URLs for the services."""
    environment: dict[str, str] = {}
    processes = {
        service.name: Supervised(service.module, folder / f"{service.name}.log", environment)
        for service in SERVICES
    }
    ports = {name: process.port for name, process in processes.items()}
    ports |= {name: _port(simulators.urls()[own]) for name, own in _PORTS.items()}
    secrets = {"STRIPE_API_KEY": "sk_test_demo", "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET}
    settings = {**addresses(ports), **secrets, **servers, **providers, "CONSOLE_PASSWORD": _PASSWORD}
    environment.update(settings)
    await register(servers["DATABASE_URL"], settings["CONSOLE_USER"], _PASSWORD, "operator")
    async with AsyncExitStack() as stack:
        for process in processes.values():
            await stack.enter_async_context(process)
        await asyncio.gather(*(process.ready() for process in processes.values()))
        yield settings


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
