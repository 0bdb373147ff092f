"""A company that stops paying is suspended after its grace, and resumed as soon as it pays."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.syncer.app import repair_subscriptions
from shared.contracts.envelope import Envelope, parse_envelope
from shared.contracts.events import CompanySuspensionDue
from tests.integration.syncer.test_appointments import webhook
from tests.integration.syncer.test_billing import event

if TYPE_CHECKING:
    from infra.simulators.control import StripeControl
    from tests.integration.syncer.conftest import World

GRACE = 14 * 24 * 3600.0


async def hear(world: "World", created: int, status: str, name: str = "") -> None:
    """A webhook of Stripe about a subscription of the company."""
    thing = {"id": f"sub_{world.company}{name}", "customer": f"cus_{world.company}"}
    body = event("x", created, **thing, status=status, metadata={"company_id": world.company})
    await world.tell("stripe.customer.subscription.updated", body, company=None)


def company(world: "World") -> dict[str, Any]:
    query = "select status, suspend_at, suspended_at from companies where id = %s"
    return world.rows(query, world.company)[0]


def scheduled(world: "World") -> list[dict[str, Any]]:
    """What will come when a grace is over, oldest first."""
    return world.rows(
        "select *, extract(epoch from due_at - now())::float as seconds from deliveries "
        "where event_type = 'company.suspension_due' and company_id = %s order by id",
        world.company,
    )


async def grace_ends(world: "World", which: int = -1) -> None:
    """The relay has sent what was scheduled."""
    envelope = parse_envelope(bytes(scheduled(world)[which]["body"]))
    assert isinstance(envelope, Envelope)
    await asyncio.create_task(world.deliver(envelope, envelope.data))


def outcomes(world: "World") -> list[str]:
    return [kind for kind in world.kinds("company.") if kind != "company.subscription_changed"]


async def test_who_stops_paying_is_suspended_when_the_grace_is_over_and_not_before(world: "World") -> None:
    await hear(world, 1, "active")
    await hear(world, 2, "canceled")
    standing = company(world)
    assert (standing["status"], standing["suspended_at"]) == ("active", None)
    (due,) = scheduled(world)
    assert (due["queue"], due["state"]) == ("syncer.billing", "redelivery")
    assert GRACE - 60 < due["seconds"] <= GRACE
    told = [data["suspend_at"] for _, data in world.events("company.subscription_changed")]
    assert told[0] is None
    assert told[1] is not None
    await grace_ends(world)
    standing = company(world)
    assert standing["status"] == "suspended"
    assert standing["suspended_at"] is not None
    assert standing["suspend_at"] is None
    assert outcomes(world) == ["company.suspended"]


async def test_bookings_of_a_suspended_company_are_taken_over_still(world: "World") -> None:
    await hear(world, 1, "canceled")
    await grace_ends(world)
    await world.tell("calcom.booking_created", webhook("u1"))
    assert world.appointment("u1")["status"] == "accepted"


async def test_who_pays_is_resumed_at_once_and_told_once(world: "World") -> None:
    await hear(world, 1, "unpaid")
    await grace_ends(world)
    await hear(world, 2, "past_due")
    assert company(world)["status"] == "suspended"
    for created in (3, 4):
        await hear(world, created, "active")
    assert company(world) == {"status": "active", "suspend_at": None, "suspended_at": None}
    assert outcomes(world) == ["company.suspended", "company.resumed"]


async def test_a_grace_that_ended_in_a_payment_suspends_nobody_nor_cuts_the_next_one_short(
    world: "World",
) -> None:
    await hear(world, 1, "canceled")
    await hear(world, 2, "active", "_new")
    await grace_ends(world)
    assert company(world)["status"] == "active"
    await hear(world, 3, "canceled", "_new")
    await grace_ends(world, 0)
    assert company(world)["status"] == "active"
    await grace_ends(world, 1)
    assert company(world)["status"] == "suspended"


async def test_an_old_cancellation_after_resuming_changes_nothing(world: "World") -> None:
    await hear(world, 5, "canceled")
    await grace_ends(world)
    await hear(world, 9, "active")
    await hear(world, 4, "canceled")
    await grace_ends(world)
    assert company(world) == {"status": "active", "suspend_at": None, "suspended_at": None}
    assert outcomes(world) == ["company.suspended", "company.resumed"]


async def test_one_paid_subscription_is_enough_whichever_ends_later(world: "World") -> None:
    await hear(world, 1, "active", "_main")
    await hear(world, 2, "canceled", "_side")
    assert company(world)["suspend_at"] is None
    assert scheduled(world) == []


async def test_past_due_warns_and_takes_a_running_grace_back(world: "World") -> None:
    await hear(world, 1, "unpaid")
    await hear(world, 2, "past_due")
    assert company(world)["suspend_at"] is None
    await grace_ends(world)
    assert company(world)["status"] == "active"


async def test_a_further_cancellation_neither_lengthens_a_grace_nor_begins_another(world: "World") -> None:
    await hear(world, 1, "canceled", "_a")
    before = company(world)["suspend_at"]
    await hear(world, 2, "unpaid", "_b")
    assert company(world)["suspend_at"] == before
    assert len(scheduled(world)) == 1


async def test_two_subscriptions_that_end_at_once_begin_a_grace(world: "World") -> None:
    await hear(world, 1, "active", "_a")
    await hear(world, 1, "active", "_b")
    await asyncio.gather(hear(world, 2, "canceled", "_a"), hear(world, 2, "canceled", "_b"))
    assert len(scheduled(world)) == 1


async def test_a_company_that_is_closed_stays_closed(world: "World") -> None:
    world.execute("update companies set status = 'closed' where id = %s", world.company)
    await hear(world, 1, "canceled")
    assert scheduled(world) == []
    await hear(world, 2, "active")
    assert company(world)["status"] == "closed"
    assert outcomes(world) == []


async def test_a_checkout_resumes_the_company_whose_customer_nobody_knew(world: "World") -> None:
    await hear(world, 1, "canceled")
    await grace_ends(world)
    paid = {"id": f"sub_{world.company}_2", "customer": f"cus_{world.company}_2", "status": "active"}
    await world.tell("stripe.customer.subscription.created", event("x", 2, **paid), company=None)
    assert company(world)["status"] == "suspended"
    checkout = {"id": "cs_1", "customer": paid["customer"], "client_reference_id": world.company}
    await world.tell("stripe.checkout.session.completed", event("x", 3, **checkout), company=None)
    assert company(world)["status"] == "active"


async def test_a_payment_whose_webhook_was_lost_is_found_when_the_grace_is_over(
    connected: "World", stripe: "StripeControl"
) -> None:
    await stripe.add_key("sk_test_1")
    await stripe.subscribe(f"cus_{connected.company}", status="active")
    await hear(connected, 1, "canceled")
    await grace_ends(connected)
    assert company(connected)["status"] == "active"
    told = [data["status"] for _, data in connected.events("company.subscription_changed")]
    assert told == ["canceled", "active"]


async def test_what_stripe_does_not_know_is_judged_by_what_was_heard(
    connected: "World", stripe: "StripeControl"
) -> None:
    await stripe.add_key("sk_test_1")
    await hear(connected, 1, "canceled")
    await grace_ends(connected)
    assert company(connected)["status"] == "suspended"


async def test_a_subscription_whose_period_is_over_is_asked_for_and_others_are_not(
    connected: "World", stripe: "StripeControl"
) -> None:
    await stripe.add_key("sk_test_1")
    metadata = {"company_id": connected.company}
    over, late, current = [await stripe.subscribe(f"cus_{connected.company}", metadata) for _ in range(3)]
    for made, status in ((over, "active"), (late, "past_due"), (current, "active")):
        identity = {"id": made["id"], "customer": made["customer"], "metadata": metadata, "status": status}
        body = event("x", 1, **identity, items=made["items"])
        await connected.tell("stripe.customer.subscription.updated", body, company=None)
    connected.execute(
        "update subscriptions set current_period_end = now() - %s where id = %s",
        timedelta(hours=2),
        over["id"],
    )
    # None was looked at within this hour.
    connected.execute("update subscriptions set updated_at = now() - %s", timedelta(hours=2))
    for made in (over, current):
        await stripe.change_subscription(made["id"], status="unpaid")
    assert connected.stripe is not None
    await repair_subscriptions(connected.database, connected.stripe, grace=GRACE)()
    rows = connected.rows("select id, status from subscriptions where company_id = %s", connected.company)
    found = {row["id"]: row["status"] for row in rows}
    assert found == {over["id"]: "unpaid", late["id"]: "active", current["id"]: "active"}


async def test_a_due_date_that_nobody_set_suspends_nobody(world: "World") -> None:
    await hear(world, 1, "canceled")
    stranger = CompanySuspensionDue.model_validate(
        {"company_id": world.company, "suspend_at": "2020-01-01T00:00:00Z"}
    )
    await world.observe(stranger)
    assert company(world)["status"] == "active"
