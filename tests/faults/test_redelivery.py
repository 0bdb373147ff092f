"""What waits in rows falls due while everything dies: it is sent, not more often than somebody dies."""

from collections import Counter

import pytest

from tests.faults.closing import Closing
from tests.faults.load import Load
from tests.faults.site import Site
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
_BATCH = 50
#: All relays at once, the broker, the database.
_DEATHS = 3


@pytest.mark.long
@pytest.mark.parametrize(("number", "rounds"), [(150, 1), (3000, 3)])
async def test_redeliveries_that_fall_due_at_once_survive_every_death(
    here: Site, closing: Closing, number: int, rounds: int
) -> None:
    line = closing.begin(f"{rounds}x {number} due at once; relays, broker, database die", here.tally)
    async with here.load(rate=0) as load:
        for _ in range(rounds):
            await _sent_and_failed(here, load, number)
            await _all_die_in_turn(here)
    line.recovered_after = await here.handles_again(within=600)
    account = await here.account(load, line, within=900)
    assert len(account.accepted) == number * rounds
    assert not account.dead
    copies = Counter({event_id: here.redelivered[event_id] for event_id in account.accepted})
    assert min(copies.values()) >= 1
    # One of an earlier round may still be on its way when the next one dies.
    assert max(copies.values()) <= 1 + _DEATHS * rounds, copies.most_common(5)


async def _sent_and_failed(here: Site, load: Load, number: int) -> None:
    """Return once so many more have failed once, and are due."""
    ids = [event_id for _ in range(number // _BATCH) for event_id in await load.send(_BATCH, fail=1)]
    await eventually(lambda: _failed_once(here, ids), within=900, every=0.5, of="each has failed once")
    here.execute("update deliveries set due_at = now() where event_id = any(%s)", ids)


async def _all_die_in_turn(here: Site) -> None:
    """Each while something is on its way, as long as there is something left to send."""
    await _more_is_sent(here)
    for process in here.ours.values():
        process.kill()
    for server in (here.nodes.rabbitmq, here.nodes.postgres):
        await _more_is_sent(here)
        server.kill9()
        await here.nodes.back(server)


async def _more_is_sent(here: Site) -> None:
    before = here.redelivered.total()

    async def moved() -> bool:
        due = "select 1 from deliveries where state = 'redelivery' and due_at <= now() limit 1"
        return here.redelivered.total() > before or not here.rows(due)

    await eventually(moved, within=300, every=0.01, of="redeliveries are sent")


async def _failed_once(here: Site, ids: list[str]) -> bool:
    """Whether each waits for its second attempt, which is put off until all are there."""
    here.execute("update deliveries set due_at = now() + interval '1 hour' where state = 'redelivery'")
    query = "select count(*) as n from deliveries where event_id = any(%s) and history <> '[]'"
    return bool(here.rows(query, ids)[0]["n"] == len(ids))


async def test_what_is_due_later_never_reaches_a_worker(here: Site, closing: Closing) -> None:
    line = closing.begin(f"a backlog of {_BATCH} that waits for its time", here.tally)
    async with here.load(rate=0) as load:
        waiting = await load.send(_BATCH, fail=1, note=True)
        await eventually(lambda: _failed_once(here, waiting), within=180, of="each has failed once")
        before = here.arrivals(load)
        async with here.load() as fresh:
            await fresh.goes_on(60)
        await here.done(fresh.accepted, within=180)
        assert here.arrivals(load) == before
        here.execute("update deliveries set due_at = now() where state = 'redelivery'")
    await here.account(load, line)
