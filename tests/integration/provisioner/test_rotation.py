"""A company's webhook secret is replaced without one webhook refused, wherever it is cut off."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from services.ops_console.store.companies import Companies as ConsoleCompanies
from shared.errors import AskProError
from tests.integration.provisioner.harness import World
from tests.integration.provisioner.test_keeping import keep


def console(world: World, *, seconds: float = 60.0) -> ConsoleCompanies:
    return ConsoleCompanies(world.database, world.vault, rotation_seconds=seconds)


def secrets(world: World) -> dict[str, str | None]:
    row = world.rows("select * from companies where id = %s", world.company)[0]
    columns = {
        "current": row["calcom_webhook_secret_encrypted"],
        "next": row["calcom_webhook_secret_next_encrypted"],
        "previous": row["calcom_webhook_secret_previous_encrypted"],
    }
    return {name: world.vault.open(bytes(sealed)) if sealed else None for name, sealed in columns.items()}


async def there(world: World) -> list[str]:
    """The secrets of the webhooks at Cal.com."""
    return [webhook["secret"] for webhook in (await world.made())["webhooks"]]


async def rotate(world: World) -> None:
    """The handler, as the delivery that is due would run it."""
    wish = {"company_id": world.company, "requested_at": datetime.now(UTC).isoformat()}
    await world.tell("webhook.rotation_requested", wish)


async def test_the_next_secret_is_accepted_before_cal_com_is_told_of_it(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = secrets(world)["current"]
    await console(world).rotate(world.company, by="anna")
    assert (secrets(world)["current"], await there(world)) == (before, [before])
    assert secrets(world)["next"] not in {None, before}
    query = "select *, due_at - now() as due from deliveries where company_id = %s and state = 'redelivery'"
    due = world.rows(query, world.company)
    assert [one["event_type"] for one in due] == ["webhook.rotation_requested"]
    assert timedelta(seconds=50) < due[0]["due"] <= timedelta(seconds=60)


async def test_cal_com_signs_with_the_next_secret_and_the_one_before_stays_good(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = secrets(world)["current"]
    await console(world).rotate(world.company, by="anna")
    following = secrets(world)["next"]
    await rotate(world)
    assert secrets(world) == {"current": following, "next": None, "previous": before}
    assert await there(world) == [following]
    await world.calcom.forget_requests()
    await rotate(world)
    assert secrets(world)["current"] == following
    assert await world.writes() == [each for each in await world.writes() if "webhooks" not in each]


@pytest.mark.parametrize("kind", ["lost_answer", "status"])
async def test_a_rotation_that_was_cut_off_is_finished_and_both_secrets_are_good_meanwhile(
    world: World, kind: str
) -> None:
    await world.tell("branch.created", world.branch())
    await console(world).rotate(world.company, by="anna")
    known = secrets(world)
    details = {"status": 500} if kind == "status" else {}
    await world.calcom.fault("PATCH /v2/webhooks/{id}", kind, **details)
    with contextlib.suppress(AskProError):
        await rotate(world)
    assert set(await there(world)) <= {known["current"], known["next"]}
    await world.calcom.heal()
    await rotate(world)
    assert secrets(world) == {"current": known["next"], "next": None, "previous": known["current"]}
    assert await there(world) == [known["next"]]


async def test_an_answer_that_cal_com_does_not_keep_promotes_nothing(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await console(world).rotate(world.company, by="anna")
    known = secrets(world)
    # From the second look on Cal.com shows nothing.
    await world.calcom.fault("GET /v2/webhooks", "status", status=500, after=1)
    with pytest.raises(AskProError):
        await rotate(world)
    assert secrets(world) == known


async def test_a_second_wish_while_one_is_on_its_way_changes_no_secret(world: World) -> None:
    await world.tell("branch.created", world.branch())
    for _ in range(2):
        await console(world).rotate(world.company, by="anna")
    known = secrets(world)
    await rotate(world)
    assert await there(world) == [known["next"]]


async def test_a_secret_entered_by_hand_takes_the_same_way(world: World) -> None:
    await world.tell("branch.created", world.branch())
    before = secrets(world)["current"]
    await console(world).change(
        world.company, {"calcom_webhook_secret": "by-hand-by-hand", "name": "Anna"}, by="anna"
    )
    assert secrets(world) == {"current": before, "next": "by-hand-by-hand", "previous": None}
    assert world.rows("select name from companies where id = %s", world.company) == [{"name": "Anna"}]
    await rotate(world)
    assert (secrets(world)["current"], await there(world)) == ("by-hand-by-hand", ["by-hand-by-hand"])


async def test_another_secret_by_hand_waits_for_the_one_that_is_on_its_way(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await console(world).rotate(world.company, by="anna")
    known = secrets(world)
    with pytest.raises(AskProError, match="on its way"):
        await console(world).change(world.company, {"calcom_webhook_secret": "by-hand-by-hand"}, by="anna")
    assert secrets(world) == known


async def test_the_regular_look_takes_no_rotation_for_a_drift(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await console(world).rotate(world.company, by="anna")
    following = secrets(world)["next"]
    # As a worker leaves it that was killed after Cal.com was told.
    await world.calcom.alter_webhook((await world.made())["webhooks"][0]["id"], secret=following)
    assert await keep(world) == ()
    assert await there(world) == [following]


async def test_a_secret_that_was_replaced_over_an_hour_ago_is_forgotten(world: World) -> None:
    await world.tell("branch.created", world.branch())
    await console(world).rotate(world.company, by="anna")
    await rotate(world)
    await keep(world)
    assert secrets(world)["previous"] is not None
    world.execute(
        "update companies set calcom_webhook_secret_rotated_at = now() - interval '61 minutes' where id = %s",
        world.company,
    )
    await keep(world)
    assert secrets(world)["previous"] is None
