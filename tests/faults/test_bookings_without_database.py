"""The database goes away at each moment of a booking: one booking or one wish, which comes to its end."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from infra.simulators.runner import Simulators
from tests.integration.voice_tools.conftest import broker_way as broker_way  # noqa: PLC0414  # fixtures
from tests.integration.voice_tools.conftest import calcom as calcom  # noqa: PLC0414
from tests.integration.voice_tools.conftest import client as client  # noqa: PLC0414
from tests.integration.voice_tools.conftest import database as database  # noqa: PLC0414
from tests.integration.voice_tools.conftest import distant as distant  # noqa: PLC0414
from tests.integration.voice_tools.conftest import far as far  # noqa: PLC0414
from tests.integration.voice_tools.conftest import open_salon as open_salon  # noqa: PLC0414
from tests.integration.voice_tools.conftest import published as published  # noqa: PLC0414
from tests.integration.voice_tools.conftest import salon as salon  # noqa: PLC0414
from tests.integration.voice_tools.conftest import simulators as simulators  # noqa: PLC0414
from tests.integration.voice_tools.conftest import voice as voice  # noqa: PLC0414
from tests.integration.voice_tools.conftest import way as way  # noqa: PLC0414
from tests.integration.voice_tools.far import Far
from tests.integration.voice_tools.interrupted import PIECES, Fault, interrupted
from tests.integration.voice_tools.salon import environment_of
from tests.processes import Process, running
from tests.proxy import FaultProxy
from tests.support import eventually

Syncing = Callable[[], AbstractAsyncContextManager[Process]]
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("fault", [FaultProxy.cut, FaultProxy.black_hole])
async def test_a_booking_is_one_booking_or_one_wish_wherever_the_database_goes_away_in_it(
    far: Far, fault: Fault, syncing: Syncing, say: Callable[[str], None]
) -> None:
    ends = Counter([await interrupted(far, pieces, fault) for pieces in range(1, PIECES)])
    # What was noted waits in its queue until somebody is there to work on it.
    async with syncing():
        await eventually(lambda: _settled(far), within=180, every=0.5, of="every wish has ended")
    say(f"{PIECES - 1} bookings ended {dict(ends)}, and every wish in the calendar")
    at_calcom = Counter(each["metadata"]["call_id"] for each in await far.salon.bookings_at_calcom())
    assert set(at_calcom.values()) == {1}
    assert set(at_calcom) == {each.call_id for each in await far.salon.attempts()}
    assert len(at_calcom) == PIECES - 1


@pytest.fixture
def syncing(broker_url: str, database_url: str, simulators: Simulators, voice: Process) -> Syncing:
    environment = environment_of(broker_url, database_url, simulators)
    return lambda: running("services.syncer", voice.log.with_name("syncer.log"), environment)


async def _settled(far: Far) -> bool:
    return {each.state for each in await far.salon.attempts()} == {"booked"}
