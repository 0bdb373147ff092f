"""A check may have the ten conversations held with what callers hear; the rest does not wait for them."""

import secrets
from datetime import UTC, datetime, timedelta

from services.provisioner.handlers import Rehearsal
from tests.integration.provisioner.checking import answering, branch_of, check, rows_of, scheduled
from tests.integration.provisioner.harness import World


async def test_conversations_are_held_with_what_callers_hear(world: World) -> None:
    await answering(world)
    found = await check(world, conversations=True)
    assert found["conversations"]["found_de"] == "Alle 10 Probegespräche sind bestanden."
    assert found["verdict"]["found_de"] == "Alles in Ordnung: 14 von 14 Prüfungen."
    assert (await world.writes()).count("POST /create-batch-test") == 2


async def test_conversations_that_go_wrong_are_named(world: World) -> None:
    await answering(world)
    await world.retell.decide_tests("fail", f"askpro/{world.company}/schwabing/8", "It gave advice.")
    found = await check(world, conversations=True)
    assert found["conversations"]["ok"] is False
    assert "1 von 10" in found["conversations"]["found_de"]
    assert "emergency (It gave advice.)" in found["conversations"]["found_de"]
    assert world.status() == "provisioned"


async def test_while_conversations_are_held_the_rest_is_there_already(world: World) -> None:
    await answering(world)
    await world.retell.configure(test_seconds=600)
    world.rehearsal = Rehearsal(poll=7.0)
    run = secrets.token_hex(4)
    found = await check(world, conversations=True, run=run)
    assert found["number agent"]["ok"] is True
    assert found["conversations"]["ok"] is None
    assert "verdict" not in found
    [again] = scheduled(world)
    assert 5 < again["seconds"] <= 7
    await world.retell.configure(test_seconds=0)
    await world.tell("branch.check_requested", again["data"])
    rows = rows_of(world, run)
    assert list(rows)[-2:] == ["conversations", "verdict"]
    assert rows["conversations"]["ok"] is rows["verdict"]["ok"] is True
    assert len(scheduled(world)) == 1


async def test_conversations_that_never_end_leave_the_verdict_open(world: World) -> None:
    await answering(world)
    await world.retell.configure(test_seconds=100_000)
    await world.retell.set_time(datetime.now(UTC) - timedelta(hours=1))
    found = await check(world, conversations=True)
    assert "nicht beendet" in found["conversations"]["found_de"]
    assert found["verdict"]["ok"] is None


async def test_a_language_without_conversations_says_so(world: World) -> None:
    await world.tell("branch.created", branch_of(world, language="en-GB"))
    found = await check(world, conversations=True)
    assert found["conversations"]["found_en"].startswith("There are no simulated conversations")
