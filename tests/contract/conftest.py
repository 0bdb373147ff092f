"""Each provider behind Prism, once for all contract tests, and accounts there for our clients."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

import httpx
import pytest

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from shared.clients.calcom import Calcom
from shared.clients.http import http_client
from shared.clients.retell import Retell
from shared.resilience import policies
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.contract.corrections import CALCOM, RETELL, Schema
from tests.contract.documents import corrected_document
from tests.contract.installation import PrismFiles, prism_files
from tests.contract.line import Line, line
from tests.integration.clients.accounts import Salon, Workspace

#: What is made wrong is asked for once: the second attempt would be as wrong, and seconds later.
_CALCOM_ONCE: Final = replace(policies.CALCOM, attempts=1, per_minute=None)
_RETELL_ONCE: Final = replace(policies.RETELL, attempts=1)


@pytest.fixture(scope="session")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        async with CalcomControl(running.calcom_url) as calcom:
            await calcom.configure(booking_seconds=[0, 0], rate_limit_per_minute=100_000)
        yield running


@pytest.fixture(scope="session")
def prism() -> PrismFiles:
    return prism_files()


@pytest.fixture(scope="session")
def documents() -> dict[str, Schema]:
    return {name: corrected_document(name) for name in (CALCOM, RETELL)}


@pytest.fixture(scope="session")
async def lines(
    simulators: Simulators,
    prism: PrismFiles,
    documents: dict[str, Schema],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Line]]:
    """The lines to the providers, by their documents."""
    providers = {CALCOM: simulators.calcom_url, RETELL: simulators.retell_url}
    async with AsyncExitStack() as stack:
        opening = (
            stack.enter_async_context(line(tmp_path_factory.mktemp("line"), prism, documents[name], provider))
            for name, provider in providers.items()
        )
        yield dict(zip(providers, await asyncio.gather(*opening), strict=True))


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def guards() -> Guards:
    return Guards(Circuits(None, process="test"), Limits(None))


@pytest.fixture
async def salon(
    simulators: Simulators, lines: dict[str, Line], http: httpx.AsyncClient, guards: Guards
) -> AsyncIterator[Salon]:
    async with CalcomControl(simulators.calcom_url) as control:
        account, guard = await control.add_account(), guards.guard(_CALCOM_ONCE, credential="calcom:salon")
        yield Salon(control, account, Calcom(http, lines[CALCOM].url, account["apiKey"], guard))


@pytest.fixture
async def workspace(
    simulators: Simulators, lines: dict[str, Line], http: httpx.AsyncClient, guards: Guards
) -> AsyncIterator[Workspace]:
    async with RetellControl(simulators.retell_url) as control:
        made, guard = await control.add_workspace(), guards.guard(_RETELL_ONCE, credential="retell:salon")
        yield Workspace(control, Retell(http, lines[RETELL].url, made["api_key"], guard))


@pytest.fixture
def accounts(salon: Salon, workspace: Workspace) -> dict[str, Salon | Workspace]:
    """An account at each provider, by its document."""
    return {CALCOM: salon, RETELL: workspace}


@pytest.fixture
def calcom(lines: dict[str, Line]) -> Line:
    """Cal.com's, with nothing judged yet."""
    lines[CALCOM].forget()
    return lines[CALCOM]


@pytest.fixture
def retell(lines: dict[str, Line]) -> Line:
    """Retell's, with nothing judged yet."""
    lines[RETELL].forget()
    return lines[RETELL]
