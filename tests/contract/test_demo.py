"""The whole demo through Prism. Stripe publishes no document here, so its simulator is spoken to directly."""

from pathlib import Path

import pytest

from infra.local.demo.story import play
from infra.local.demo.timeline import Timeline
from infra.local.demo.world import World
from infra.local.rabbitmq import PrivateRabbit
from infra.simulators.runner import Simulators
from tests.contract.corrections import CALCOM, RETELL
from tests.contract.demo_site import demo_site
from tests.contract.documents import CASES
from tests.contract.line import Line
from tests.contract.needs import CONTRACT_TEST
from tests.contract.tap import Operation, RoundTrip

pytestmark = [*CONTRACT_TEST, pytest.mark.slow]
#: Whether somebody is there at all: what each service asks at its start, before any operation.
_LOOKS = {"HEAD /"}


async def test_what_the_demo_asks_and_gets_is_as_published(
    simulators: Simulators,
    calcom: Line,
    retell: Line,
    rabbitmq: PrivateRabbit,
    broker_url: str,
    database_url: str,
    tmp_path: Path,
) -> None:
    servers = {
        "RABBITMQ_URL": broker_url,
        "RABBITMQ_MANAGEMENT_URL": rabbitmq.management_url,
        "DATABASE_URL": database_url,
    }
    providers = {"CALCOM_BASE_URL": calcom.url, "RETELL_BASE_URL": retell.url}
    async with demo_site(tmp_path, simulators, servers, providers) as settings:
        world, timeline = World(settings), Timeline()
        salon = await play(world, timeline, broker_url)
        assert await world.webhook_secret(salon)
        await world.close()
    assert timeline.steps[-1][0] == "ledger balanced"
    assert calcom.round_trips_of(Operation.of("POST /v2/bookings"))
    assert retell.round_trips_of(Operation.of("POST /create-agent"))
    assert [*calcom.complaints(), *retell.complaints()] == []
    assert _unknown(CALCOM, calcom) | _unknown(RETELL, retell) <= _LOOKS


def _unknown(document: str, line: Line) -> set[str]:
    """Operations of which the other contract tests do not show that a wrong one is caught."""
    known = [case.operation for case in CASES if case.document == document]

    def is_known(trip: RoundTrip) -> bool:
        return any(trip.is_of(operation) for operation in known)

    return {f"{each.method} {each.path}" for each in line.front.round_trips if not is_known(each)}
