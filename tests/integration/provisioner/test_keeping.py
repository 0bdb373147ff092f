"""What somebody changes about our webhook at Cal.com is found, put right and counted."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.provisioner.handlers import KeepWebhooks
from services.provisioner.store import Companies, Registrations
from shared.contracts.calcom import TRIGGERS
from tests.integration.provisioner.harness import World

LOOK = "GET /v2/webhooks"


@dataclass
class Told:
    """What was reported, by company."""

    drifts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)

    def __call__(
        self, company_id: str, *, drifts: tuple[str, ...] = (), error: Exception | None = None
    ) -> None:
        if error is not None:
            self.errors[company_id] = error
        else:
            self.drifts[company_id] = drifts


def keeper(world: World, told: Told, *, every: float = 0.0) -> KeepWebhooks:
    companies = Companies(world.database, world.vault)
    registrations = Registrations(world.database)
    return KeepWebhooks(registrations, companies, world.providers, world.addresses, told, every)


async def keep(world: World) -> tuple[str, ...]:
    """One round; in what this company's webhook was not as wanted."""
    told = Told()
    await keeper(world, told)()
    return told.drifts[world.company]


async def webhooks(world: World) -> list[dict[str, Any]]:
    return (await world.made())["webhooks"]


def row(world: World) -> dict[str, Any]:
    return world.rows("select * from webhook_registrations where company_id = %s", world.company)[0]


def without_id(webhook: dict[str, Any]) -> dict[str, Any]:
    return {name: value or None for name, value in webhook.items() if name != "id"}


async def test_a_webhook_that_is_as_it_should_be_costs_one_look_and_changes_nothing(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = await webhooks(world)
    await world.calcom.forget_requests()
    assert await keep(world) == ()
    mine = [one for one in await world.calcom.requests() if one["key"] == world.calcom_key]
    assert [f"{one['method']} {one['path']}" for one in mine] == [LOOK]
    assert await webhooks(world) == before
    assert (row(world)["state"], row(world)["drifts"]) == ("kept", 0)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("inactive", {"active": False}),
        ("triggers", {"triggers": ["BOOKING_CREATED"]}),
        ("secret", {"secret": "somebody else's"}),
        ("template", {"payloadTemplate": '{"uid": "{{uid}}"}'}),
        ("version", {"version": "2026-07-27"}),
    ],
)
async def test_what_was_changed_at_cal_com_is_put_right_and_counted(
    world: World, kind: str, change: dict[str, Any]
) -> None:
    await world.tell("branch.created", world.branch())
    before = (await webhooks(world))[0]
    await world.calcom.alter_webhook(before["id"], **change)
    assert await keep(world) == (kind,)
    after = (await webhooks(world))[0]
    assert (after["id"], without_id(after)) == (before["id"], without_id(before))
    assert (row(world)["drifts"], row(world)["last_drift"]) == (1, kind)
    assert await keep(world) == ()


async def test_a_webhook_that_was_deleted_at_cal_com_is_there_again(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = (await webhooks(world))[0]
    await world.calcom.delete_webhook(before["id"])
    assert await keep(world) == ("missing",)
    after = (await webhooks(world))[0]
    assert without_id(after) == without_id(before)
    assert row(world)["webhook_id"] == after["id"]
    assert set(after["triggers"]) == set(TRIGGERS)


async def test_a_company_is_looked_at_once_per_turn_by_however_many_processes(world: World) -> None:
    await world.tell("branch.created", world.branch())
    told = [Told() for _ in range(4)]
    world.execute("update webhook_registrations set next_at = now() where company_id = %s", world.company)
    await asyncio.gather(*(keeper(world, one, every=600.0)() for one in told))
    assert sum(world.company in one.drifts for one in told) == 1


async def test_a_company_without_a_branch_gets_no_webhook_back(world: World) -> None:
    await world.tell("branch.created", world.branch())
    gone = {"company_id": world.company, "branch_id": "schwabing", "version": 2}
    await world.tell("branch.deleted", gone)
    told = Told()
    await keeper(world, told)()
    assert world.company not in told.drifts
    assert await webhooks(world) == []


async def test_a_company_that_cannot_be_looked_at_is_shown_so_and_holds_up_no_other(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.calcom.alter_webhook((await webhooks(world))[0]["id"], active=False)
    await world.calcom.fault("PATCH /v2/webhooks/{id}", "status", status=500)
    told = Told()
    await keeper(world, told)()
    assert world.company in told.errors
    assert (row(world)["state"], "500" in row(world)["error"]) == ("unread", True)
    await world.calcom.heal()
    assert await keep(world) == ("inactive",)
    assert (row(world)["state"], row(world)["error"]) == ("kept", None)


async def test_a_second_branch_of_a_company_asks_cal_com_nothing_about_the_webhook(world: World) -> None:
    await world.tell("branch.created", world.branch("first"))
    await world.calcom.forget_requests()
    await world.tell("branch.created", world.branch("second"))
    mine = [one for one in await world.calcom.requests() if one["key"] == world.calcom_key]
    assert mine == []
    assert world.provisioning("second")["calcom_webhook_id"] == (await webhooks(world))[0]["id"]


async def test_what_was_verified_a_while_ago_is_looked_at_again(world: World) -> None:
    await world.tell("branch.created", world.branch("first"))
    world.execute(
        "update webhook_registrations set checked_at = now() - interval '11 minutes' where company_id = %s",
        world.company,
    )
    await world.calcom.delete_webhook((await webhooks(world))[0]["id"])
    await world.tell("branch.created", world.branch("second"))
    assert len(await webhooks(world)) == 1


async def test_whoever_retries_the_step_is_not_told_what_we_believe(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await world.calcom.delete_webhook((await webhooks(world))[0]["id"])
    wish = {"company_id": world.company, "branch_id": "schwabing", "reason": "a person", "step": "webhook"}
    await world.tell("branch.refresh_requested", {**wish, "requested_at": "2026-11-30T12:00:00Z"})
    assert len(await webhooks(world)) == 1


async def test_a_webhook_that_goes_is_not_believed_in_by_the_branch_after(world: World) -> None:
    await world.tell("branch.created", world.branch("first"))
    await world.tell("branch.deleted", {"company_id": world.company, "branch_id": "first", "version": 2})
    await world.tell("branch.created", world.branch("second"))
    assert len(await webhooks(world)) == 1
