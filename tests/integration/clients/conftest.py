"""All simulated providers, and our clients before them with circuits of each test's own."""

from collections.abc import AsyncIterator

import httpx
import pytest

from infra.simulators.control import CalcomControl, InboxControl, RetellControl, StripeControl
from infra.simulators.runner import Simulators
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.integration.clients.accounts import Salon, Workspace


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def circuits() -> Circuits:
    return Circuits(None, process="test")


@pytest.fixture
def guards(circuits: Circuits) -> Guards:
    return Guards(circuits, Limits(None))


@pytest.fixture
def providers(simulators: Simulators, http: httpx.AsyncClient, guards: Guards) -> Providers:
    return Providers(
        http,
        guards,
        calcom_base_url=simulators.calcom_url,
        retell_base_url=simulators.retell_url,
        stripe_base_url=simulators.stripe_url,
    )


@pytest.fixture
async def salon(simulators: Simulators, providers: Providers) -> AsyncIterator[Salon]:
    async with CalcomControl(simulators.calcom_url) as control:
        await control.reset()
        await control.configure(booking_seconds=[0, 0], rate_limit_per_minute=100_000)
        account = await control.add_account(username="salon")
        yield Salon(control, account, providers.calcom("salon", account["apiKey"], region="default"))
        await control.reset()


@pytest.fixture
async def workspace(simulators: Simulators, providers: Providers) -> AsyncIterator[Workspace]:
    async with RetellControl(simulators.retell_url) as control:
        await control.reset()
        key = (await control.add_workspace(name="Salon"))["api_key"]
        yield Workspace(control, providers.retell("salon", key))
        await control.reset()


@pytest.fixture
async def stripe_control(simulators: Simulators) -> AsyncIterator[StripeControl]:
    async with StripeControl(simulators.stripe_url) as control:
        await control.reset()
        await control.add_key("sk_test_platform")
        yield control
        await control.reset()


async def _inbox(root: str) -> AsyncIterator[InboxControl]:
    async with InboxControl(root) as control:
        await control.reset()
        yield control
        await control.reset()


@pytest.fixture
async def mailbox(simulators: Simulators) -> AsyncIterator[InboxControl]:
    async for control in _inbox(simulators.root("mailbox")):
        yield control


@pytest.fixture
async def chat(simulators: Simulators) -> AsyncIterator[InboxControl]:
    async for control in _inbox(simulators.root("chat")):
        yield control


@pytest.fixture
async def sms(simulators: Simulators) -> AsyncIterator[InboxControl]:
    async for control in _inbox(simulators.root("sms")):
        yield control
