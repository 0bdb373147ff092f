"""Cal.com keeps European accounts apart: other servers, other keys, other outages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from infra.simulators.control import CalcomControl
from infra.simulators.runner import Simulators
from shared.clients.calcom import Calcom
from shared.clients.providers import Providers
from shared.contracts.calcom import Region
from shared.errors import CredentialRejectedError, TransientError
from shared.health.findings import providers as reach_all
from shared.messaging.outcome import Hold, Park, outcome_of, policy_of
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.policies import CALCOM_REGIONS
from shared.settings import ProviderSettings
from tests.processes import free_port


@pytest.fixture(scope="module")
async def europe() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@dataclass
class World:
    """An account in each region, and clients of both."""

    controls: dict[Region, CalcomControl]
    keys: dict[Region, str]
    providers: Providers

    def client(self, region: Region, *, voice: bool = False) -> Calcom:
        return self.providers.calcom(f"salon-{region}", self.keys[region], region=region, voice=voice)

    async def take_away(self, region: Region) -> None:
        await self.controls[region].fault("GET /v2/me", "status", status=503)

    async def until_open(self, region: Region, circuits: Circuits, *, voice: bool = False) -> TransientError:
        """The error of the call that found the region's circuit open."""
        uses = CALCOM_REGIONS[region]
        name = (uses.voice if voice else uses.common).dependency
        while True:
            with pytest.raises(TransientError) as caught:
                await self.client(region, voice=voice).me()
            if circuits.is_open(name):
                return caught.value


@pytest.fixture
async def world(
    simulators: Simulators, europe: Simulators, http: httpx.AsyncClient, guards: Guards
) -> AsyncIterator[World]:
    urls: dict[Region, str] = {"default": simulators.calcom_url, "eu": europe.calcom_url}
    providers = Providers(http, guards, calcom_base_url=urls["default"], calcom_eu_base_url=urls["eu"])
    async with CalcomControl(urls["default"]) as rest, CalcomControl(urls["eu"]) as eu:
        controls: dict[Region, CalcomControl] = {"default": rest, "eu": eu}
        keys = {region: (await control.add_account())["apiKey"] for region, control in controls.items()}
        yield World(controls, keys, providers)
        for control in controls.values():
            await control.reset()


@pytest.mark.parametrize("away", ["default", "eu"])
@pytest.mark.parametrize("voice", [False, True])
async def test_an_outage_of_one_region_does_not_open_the_other(
    world: World,
    circuits: Circuits,
    away: Region,
    voice: bool,
) -> None:
    there: Region = "eu" if away == "default" else "default"
    await world.take_away(away)
    await world.until_open(away, circuits, voice=voice)
    assert (await world.client(there, voice=voice).me()).id


async def test_what_waits_for_europe_is_parked_and_fills_nobody_s_window(
    world: World, circuits: Circuits
) -> None:
    outcomes = {}
    for region in ("default", "eu"):
        await world.take_away(region)
        error = await world.until_open(region, circuits)
        outcomes[region] = outcome_of(error, 1, 0.0, policy_of("syncer.bookings"))
        with pytest.raises(TransientError) as caught:
            await world.client(region).me()
        assert outcome_of(caught.value, 1, 0.0, policy_of("syncer.bookings")) == outcomes[region]
    assert outcomes == {"default": Hold("calcom"), "eu": Park("calcom.eu")}


async def test_a_key_is_good_in_its_own_region_alone(world: World) -> None:
    await world.providers.probe_calcom(world.keys["eu"], "eu")
    with pytest.raises(CredentialRejectedError):
        await world.providers.probe_calcom(world.keys["eu"], "default")


async def test_the_doctor_looks_at_europe_where_somebody_has_named_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CALCOM_EU_BASE_URL", raising=False)
    assert "calcom.eu" not in ProviderSettings().provider_urls
    monkeypatch.setenv("CALCOM_EU_BASE_URL", f"http://127.0.0.1:{free_port()}/")
    (found,) = await reach_all({"calcom.eu": ProviderSettings().provider_urls["calcom.eu"]})
    assert (found.name, found.ok) == ("calcom.eu", False)
    assert "CALCOM_EU_BASE_URL" in found.advice
