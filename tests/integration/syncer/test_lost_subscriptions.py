"""A subscription of which no webhook ever reached us is found with its customer, within the hour."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from services.syncer.handlers import FindSubscriptions
from services.syncer.providers import StripeSubscriptions
from services.syncer.store.billing import Subscriptions
from services.syncer.store.payers import Payers
from services.syncer.store.standings import Standings
from shared.errors import TransientError
from tests.integration.syncer.test_billing import tell

if TYPE_CHECKING:
    from infra.simulators.control import StripeControl
    from tests.integration.syncer.conftest import World

HOUR = 3600.0


class Finding:
    """A round over the customers whose turn it is."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.told: list[tuple[str, Exception | None]] = []
        standings = Standings(source="syncer", grace=HOUR)
        self.find = FindSubscriptions(
            Payers(world.database),
            Subscriptions(world.database, standings, source="syncer"),
            StripeSubscriptions(world.stripe),
            self._report,
            HOUR,
        )

    async def again(self) -> None:
        self.world.execute("update repair_positions set next_at = now() where provider = 'stripe.customers'")
        await self.find()

    def stored(self) -> dict[str, Any]:
        query = "select id, status from subscriptions where company_id = %s"
        return {row["id"]: row["status"] for row in self.world.rows(query, self.world.company)}

    def news(self) -> list[str]:
        return [data["status"] for _, data in self.world.events("company.subscription_changed")]

    def _report(self, object_id: str, *, error: Exception | None = None) -> None:
        self.told.append((object_id, error))


@pytest.fixture
async def finding(connected: "World", stripe: "StripeControl") -> Finding:
    await stripe.add_key("sk_test_1")
    connected.execute(
        "update companies set stripe_customer_id = %s where id = %s",
        f"cus_{connected.company}",
        connected.company,
    )
    return Finding(connected)


def _customer(finding: Finding) -> str:
    return f"cus_{finding.world.company}"


async def test_one_that_nobody_told_us_of_is_found_and_counts(
    finding: Finding, stripe: "StripeControl"
) -> None:
    made = await stripe.subscribe(_customer(finding), status="canceled")
    await finding.find()
    assert finding.stored() == {made["id"]: "canceled"}
    assert finding.news() == ["canceled"]
    assert finding.told == [(made["id"], None)]
    (company,) = finding.world.rows("select suspend_at from companies where id = %s", finding.world.company)
    assert company["suspend_at"] is not None


async def test_one_that_ended_amid_its_period_is_found_too(finding: Finding, stripe: "StripeControl") -> None:
    made = await stripe.subscribe(_customer(finding))
    await finding.find()
    await stripe.change_subscription(made["id"], status="canceled")
    await finding.again()
    await finding.again()
    assert finding.stored() == {made["id"]: "canceled"}
    assert finding.news() == ["active", "canceled"]


async def test_an_event_that_was_on_its_way_all_the_while_undoes_nothing(
    finding: Finding, stripe: "StripeControl"
) -> None:
    made = await stripe.subscribe(_customer(finding), status="canceled")
    await finding.find()
    about = {"id": made["id"], "customer": made["customer"]}
    await tell(finding.world, "customer.subscription.created", 50, **about, status="active")
    assert finding.stored() == {made["id"]: "canceled"}


async def test_a_customer_is_asked_for_once_an_hour_by_one_replica(
    finding: Finding, stripe: "StripeControl"
) -> None:
    await stripe.subscribe(_customer(finding))
    await asyncio.gather(*(finding.find() for _ in range(3)))
    await finding.find()
    asked = [one for one in await stripe.requests() if _customer(finding) in str(one["query"])]
    assert len(asked) == 1
    assert len(finding.told) == 1


async def test_a_stripe_that_is_away_is_reported_and_changes_nothing(
    finding: Finding, stripe: "StripeControl"
) -> None:
    await stripe.subscribe(_customer(finding), status="canceled")
    await stripe.fault("GET /v1/subscriptions", "status", status=500)
    await finding.find()
    ((customer, error),) = finding.told
    assert customer == _customer(finding)
    assert isinstance(error, TransientError)
    assert finding.stored() == {}
