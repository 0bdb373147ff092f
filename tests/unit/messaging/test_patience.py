"""An attempt is held until its gate opens, and not for ever behind one that is open."""

import asyncio
from typing import cast

import pytest

from shared.db.engine import Database
from shared.messaging.gates import CircuitGates, Gates, LetGoError
from shared.messaging.patience import Patience
from shared.messaging.publisher import Publisher


class Servers:
    """Gates that are open or closed as a test says; nobody waits in truth."""

    def __init__(self) -> None:
        self.open = True
        self.pauses: list[float] = []
        self.waits: list[tuple[str, float]] = []

    async def is_open(self, _gate: str) -> bool:
        return self.open

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def wait(self, gate: str, seconds: float) -> bool:
        self.waits.append((gate, seconds))
        return True


@pytest.fixture
def servers() -> Servers:
    return Servers()


def patience(servers: Servers, **limits: float) -> Patience:
    return Patience(cast("Gates", servers), **limits)


async def test_what_nothing_can_replace_is_repeated_without_end_and_with_growing_pauses(
    servers: Servers,
) -> None:
    endless = patience(servers)
    assert [await endless.wait("broker") for _ in range(2_000)] == [True] * 2_000
    assert servers.pauses[:6] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert servers.pauses[-1] == 5.0


async def test_an_attempt_is_repeated_three_times_behind_an_open_gate(servers: Servers) -> None:
    limited = patience(servers, repeats=3)
    assert [await limited.wait("database") for _ in range(5)] == [True, True, True, False, False]
    assert servers.pauses == [0.5, 1.0, 2.0]


async def test_after_its_time_an_attempt_is_not_repeated_behind_an_open_gate(servers: Servers) -> None:
    assert not await patience(servers, repeats=3, seconds=-1.0).wait("database")


async def test_an_outage_in_between_costs_no_repeat(servers: Servers) -> None:
    limited = patience(servers, repeats=3)
    assert [await limited.wait("database") for _ in range(3)] == [True] * 3
    servers.open = False
    assert await limited.wait("database")
    servers.open = True
    assert [await limited.wait("database") for _ in range(4)] == [True, True, True, False]
    assert servers.pauses == [0.5, 1.0, 2.0] * 2


async def test_a_circuit_is_waited_for_within_the_time_that_is_left(servers: Servers) -> None:
    assert await patience(servers, seconds=900.0).wait("calcom")
    assert servers.pauses == []
    [(gate, seconds)] = servers.waits
    assert gate == "calcom"
    assert 890 < seconds <= 900


async def test_who_pauses_is_let_go_when_the_process_stops() -> None:
    gates = Gates(cast("Database", None), cast("Publisher", _Connected()), cast("CircuitGates", None))
    pausing = asyncio.create_task(gates.pause(60.0))
    await asyncio.sleep(0)
    gates.let_go()
    with pytest.raises(LetGoError):
        await pausing


class _Connected:
    async def connected(self) -> bool:
        return True
