"""A town is set up: a site, the services that speak to providers, and those providers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from infra.simulators.control import CalcomControl, RetellControl
from shared.contracts import names
from tests.faults.asked import FILE as REQUESTS_FILE
from tests.faults.open_site import open_site
from tests.faults.producer import Producer
from tests.faults.site import Nodes
from tests.faults.supervised import Supervised
from tests.faults.town import GENEROUS, Town

_PARTS: Final = {
    "syncer-1": "services.syncer",
    "syncer-2": "services.syncer",
    "provisioner": "services.provisioner",
}
_CONSUMED: Final = (
    names.SYNCER_BOOKINGS,
    names.SYNCER_CALLS,
    names.SYNCER_BILLING,
    names.SYNCER_BOOKING_REQUESTS,
    names.PROVISIONER_BRANCHES,
)


@asynccontextmanager
async def open_town(nodes: Nodes, folder: Path) -> AsyncIterator[Town]:
    """Everything is ready, the providers are quick and generous."""
    providers = _providers(folder)
    calcom_url, retell_url = providers.url, f"http://127.0.0.1:{providers.spare}"
    urls = {
        "CALCOM_BASE_URL": calcom_url,
        "RETELL_BASE_URL": retell_url,
        "INGEST_PUBLIC_URL": "http://127.0.0.1:9",
        "VOICE_TOOLS_PUBLIC_URL": "http://127.0.0.1:9",
        # What a test counts at the providers is what its messages caused.
        "REPAIR_SECONDS": "3600",
    }
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(providers)
        here = await stack.enter_async_context(open_site(nodes, folder, workers=0, heard=_CONSUMED, **urls))
        requests = folder / "requests.jsonl"
        for name, module in _PARTS.items():
            own = {**here.environment, REQUESTS_FILE: str(requests)}
            process = Supervised(module, folder / f"{name}.log", own)
            here.processes[name] = await stack.enter_async_context(process)
        here.processes["simulators"] = providers
        await here.settled()
        calcom = await stack.enter_async_context(CalcomControl(calcom_url))
        retell = await stack.enter_async_context(RetellControl(retell_url))
        await calcom.configure(**GENEROUS)
        producer = await stack.enter_async_context(Producer(here.ingest.url))
        yield Town(here, producer, calcom, retell, requests)


def _providers(folder: Path) -> Supervised:
    """Cal.com and Retell in one process, which is not what is tested."""
    providers = Supervised("infra.simulators", folder / "simulators.log", {}, ours=False)
    providers.environment = {
        "CALCOM_PORT": str(providers.port),
        "RETELL_PORT": str(providers.spare),
        "SIMULATORS_STATE": str(folder),
    }
    return providers
