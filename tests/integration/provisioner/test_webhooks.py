"""A company has one webhook at Cal.com, whatever becomes of our address and of its account."""

import pytest

from services.provisioner.content import Addresses
from shared.errors import TransientError
from tests.integration.provisioner.harness import World

ELSEWHERE = Addresses("http://127.0.0.1:3", "http://127.0.0.1:2")


async def test_after_our_address_has_changed_the_webhook_at_the_old_one_is_gone(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.addresses = ELSEWHERE
    await world.tell("branch.updated", world.branch(version=2))
    assert await _urls(world) == [ELSEWHERE.webhooks("calcom", world.company)]
    assert world.provisioning()["calcom_webhook_id"] == (await world.made())["webhooks"][0]["id"]


async def test_a_second_branch_finds_the_old_webhook_gone_already(world: World) -> None:
    await world.tell("branch.created", world.branch("first"))
    await world.tell("branch.created", world.branch("second"))
    world.addresses = ELSEWHERE
    for name in ("first", "second"):
        await world.tell("branch.updated", world.branch(name, version=2))
    assert await _urls(world) == [ELSEWHERE.webhooks("calcom", world.company)]


async def test_a_move_that_was_cut_off_before_the_old_webhook_went_is_finished(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.addresses = ELSEWHERE
    await world.calcom.fault("DELETE /v2/webhooks/{id}", "status", status=503, times=3)
    with pytest.raises(TransientError):
        await world.tell("branch.updated", world.branch(version=2))
    assert len(await _urls(world)) == 2
    await world.calcom.heal()
    await world.tell("branch.updated", world.branch(version=2))
    assert await _urls(world) == [ELSEWHERE.webhooks("calcom", world.company)]


async def test_a_webhook_in_the_account_of_the_key_before_hinders_nobody(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.addresses = ELSEWHERE
    world.calcom_key = (await world.calcom.add_account())["apiKey"]
    world.execute(
        "update companies set calcom_api_key_encrypted = %s where id = %s",
        world.vault.seal(world.calcom_key),
        world.company,
    )
    await world.tell("branch.updated", world.branch(version=2))
    assert world.status() == "provisioned"
    assert await _urls(world) == [ELSEWHERE.webhooks("calcom", world.company)]


async def test_the_last_branch_takes_a_webhook_at_an_old_address_with_it(world: World) -> None:
    await world.tell("branch.created", world.branch())
    world.addresses = ELSEWHERE
    gone = {"company_id": world.company, "branch_id": "schwabing", "version": 2}
    await world.tell("branch.deleted", gone)
    assert await _urls(world) == []


async def _urls(world: World) -> list[str]:
    return [webhook["subscriberUrl"] for webhook in (await world.made())["webhooks"]]
