"""Webhooks of Stripe → subscriptions and invoices; what cannot prove to be newer is fetched."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.syncer.handlers import RepairSubscriptions
from services.syncer.providers import StripeSubscriptions
from services.syncer.store.billing import Subscriptions
from services.syncer.store.doubtful import Doubtful
from services.syncer.store.standings import Standings
from shared.errors import InvalidEventError, TransientError

if TYPE_CHECKING:
    from infra.simulators.control import StripeControl
    from tests.integration.syncer.conftest import World


def event(kind: str, created: int, **thing: Any) -> dict[str, Any]:
    return {"id": f"evt_{secrets.token_hex(4)}", "type": kind, "created": created, "data": {"object": thing}}


async def tell(world: "World", kind: str, created: int, **thing: Any) -> None:
    await world.tell(f"stripe.{kind}", event(kind, created, **thing), company=None)


def subscription(world: "World") -> dict[str, Any]:
    identity = f"sub_{world.company}"
    return {"id": identity, "customer": f"cus_{world.company}", "metadata": {"company_id": world.company}}


def stored(world: "World") -> dict[str, Any]:
    return world.rows("select * from subscriptions where id = %s", f"sub_{world.company}")[0]


async def test_a_status_is_told_when_it_changed_and_only_then(world: "World") -> None:
    kind = "customer.subscription.updated"
    for created, status in ((1, "active"), (2, "active"), (3, "past_due")):
        await tell(world, kind, created, **subscription(world), status=status)
    told = [data for _, data in world.events("company.subscription_changed")]
    assert [(each["previous_status"], each["status"]) for each in told] == [
        (None, "active"),
        ("active", "past_due"),
    ]


async def test_an_older_event_changes_nothing_where_stripe_cannot_be_asked(world: "World") -> None:
    await tell(world, "customer.subscription.deleted", 9, **subscription(world), status="canceled")
    await tell(world, "customer.subscription.updated", 5, **subscription(world), status="active")
    await tell(world, "customer.subscription.updated", 9, **subscription(world), status="active")
    assert stored(world)["status"] == "canceled"


async def test_within_a_second_the_end_outranks_and_the_beginning_does_not(world: "World") -> None:
    await tell(world, "customer.subscription.updated", 5, **subscription(world), status="active")
    await tell(world, "customer.subscription.created", 5, **subscription(world), status="incomplete")
    assert stored(world)["status"] == "active"
    await tell(world, "customer.subscription.deleted", 5, **subscription(world), status="canceled")
    assert stored(world)["status"] == "canceled"


async def test_what_is_not_newer_is_fetched_and_the_fetched_state_taken(
    connected: "World", stripe: "StripeControl"
) -> None:
    await stripe.add_key("sk_test_1")
    made = await stripe.subscribe(f"cus_{connected.company}", {"company_id": connected.company})
    current = await stripe.change_subscription(made["id"], status="past_due")
    identity = {"id": made["id"], "customer": made["customer"], "metadata": made["metadata"]}
    await tell(connected, "customer.subscription.updated", 50, **identity, status="active")
    await tell(connected, "customer.subscription.created", 50, **identity, status="incomplete")
    (row,) = connected.rows("select * from subscriptions where id = %s", made["id"])
    assert row["status"] == current["status"] == "past_due"
    assert row["company_id"] == connected.company


async def test_the_company_is_found_by_its_customer(world: "World") -> None:
    world.execute(
        "update companies set stripe_customer_id = %s where id = %s", f"cus_{world.company}", world.company
    )
    thing = {**subscription(world), "metadata": {}, "status": "active"}
    await tell(world, "customer.subscription.created", 1, **thing)
    assert stored(world)["company_id"] == world.company


async def test_an_unknown_customer_is_stored_without_company_and_tells_nobody(world: "World") -> None:
    thing = {**subscription(world), "metadata": {"company_id": "nobody"}, "status": "active"}
    await tell(world, "customer.subscription.created", 1, **thing)
    assert stored(world)["company_id"] is None
    assert world.kinds() == []


async def test_a_checkout_gives_the_customer_and_what_came_before_to_the_company(world: "World") -> None:
    thing = {**subscription(world), "metadata": {}, "status": "active"}
    await tell(world, "customer.subscription.created", 1, **thing)
    invoice = {"id": f"in_{world.company}", "customer": thing["customer"], "status": "paid"}
    await tell(world, "invoice.paid", 2, **invoice)
    checkout = {"id": "cs_1", "customer": thing["customer"], "client_reference_id": world.company}
    for _ in range(2):
        await tell(world, "checkout.session.completed", 3, **checkout)
    assert stored(world)["company_id"] == world.company
    (company,) = world.rows("select stripe_customer_id from companies where id = %s", world.company)
    assert company["stripe_customer_id"] == thing["customer"]
    invoices = world.rows("select company_id from invoices where id = %s", invoice["id"])
    assert invoices == [{"company_id": world.company}]
    assert world.kinds() == ["company.subscription_changed"]


async def test_a_checkout_of_an_unknown_company_changes_nothing(world: "World") -> None:
    await tell(world, "checkout.session.completed", 3, id="cs_1", customer="cus_x", client_reference_id="no")
    await tell(world, "checkout.session.completed", 3, id="cs_2")


async def test_both_shapes_of_an_invoice_name_their_subscription(world: "World") -> None:
    await tell(world, "customer.subscription.created", 1, **subscription(world), status="active")
    identity = f"sub_{world.company}"
    parent = {"subscription_details": {"subscription": identity, "metadata": {}}}
    await tell(world, "invoice.paid", 1, id=f"in_new_{world.company}", parent=parent, status="paid")
    await tell(world, "invoice.paid", 1, id=f"in_old_{world.company}", subscription=identity, status="paid")
    rows = world.rows("select subscription_id, company_id from invoices where subscription_id = %s", identity)
    assert rows == [{"subscription_id": identity, "company_id": world.company}] * 2


async def test_a_failed_payment_that_comes_late_does_not_undo_the_payment(world: "World") -> None:
    identity = f"in_{world.company}"
    await tell(world, "invoice.paid", 9, id=identity, status="paid", amount_paid=100)
    await tell(world, "invoice.payment_failed", 8, id=identity, status="open", amount_paid=0)
    await tell(world, "invoice.payment_failed", 9, id=identity, status="open", amount_paid=0)
    (row,) = world.rows("select status, amount_paid from invoices where id = %s", identity)
    assert row == {"status": "paid", "amount_paid": 100}


async def test_events_at_once_leave_the_newest_state(world: "World") -> None:
    kind = "customer.subscription.updated"
    statuses = ("incomplete", "active", "past_due", "unpaid")

    async def until_done(created: int, status: str) -> None:
        # What was written meanwhile is tried again, as the edge would.
        while True:
            try:
                return await tell(world, kind, created, **subscription(world), status=status)
            except TransientError:
                continue

    await asyncio.gather(*(until_done(created, status) for created, status in enumerate(statuses)))
    assert stored(world)["status"] == "unpaid"


async def _doubted(world: "World", stripe: "StripeControl", **columns: Any) -> str:
    """A subscription that Stripe has ended, while we have it as ``columns`` say, for two hours."""
    await stripe.add_key("sk_test_1")
    made = await stripe.subscribe(f"cus_{world.company}", {"company_id": world.company})
    await stripe.change_subscription(made["id"], status="canceled")
    identity = {"id": made["id"], "customer": made["customer"], "metadata": made["metadata"]}
    await tell(world, "customer.subscription.updated", 50, **identity, status="active")
    ours = {"updated_at": datetime.now(UTC) - timedelta(hours=2), **columns}
    for name, value in ours.items():
        world.execute(f"update subscriptions set {name} = %s where id = %s", value, made["id"])  # noqa: S608
    return str(made["id"])


def _repair(world: "World") -> tuple[RepairSubscriptions, list[tuple[str, Exception | None]]]:
    told: list[tuple[str, Exception | None]] = []

    def report(subscription_id: str, *, error: Exception | None = None) -> None:
        told.append((subscription_id, error))

    ledger = Subscriptions(world.database, Standings(source="syncer", grace=0.0), source="syncer")
    originals = StripeSubscriptions(world.stripe)
    return RepairSubscriptions(Doubtful(world.database), ledger, originals, report), told


LATE = datetime.now(UTC) - timedelta(minutes=61)


@pytest.mark.parametrize(
    "columns", [{"current_period_end": LATE}, {"status": "past_due"}, {"status": "unpaid"}]
)
async def test_a_subscription_whose_event_was_lost_is_fetched(
    connected: "World", stripe: "StripeControl", columns: dict[str, Any]
) -> None:
    identity = await _doubted(connected, stripe, **columns)
    repair, told = _repair(connected)
    await repair()
    (row,) = connected.rows("select * from subscriptions where id = %s", identity)
    assert (row["status"], told) == ("canceled", [(identity, None)])
    _, news = connected.events("company.subscription_changed")[-1]
    assert (news["status"], news["company_id"]) == ("canceled", connected.company)


async def test_a_subscription_in_no_doubt_or_looked_at_within_the_hour_is_left_alone(
    connected: "World", stripe: "StripeControl"
) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    await _doubted(connected, stripe, current_period_end=soon)
    await _doubted(connected, stripe, status="past_due", updated_at=datetime.now(UTC) - timedelta(minutes=50))
    await _doubted(connected, stripe, status="canceled", current_period_end=LATE)
    repair, told = _repair(connected)
    await repair()
    assert told == []
    assert await Doubtful(connected.database).claim() == []


async def test_an_event_from_before_the_look_that_comes_late_undoes_nothing(
    connected: "World", stripe: "StripeControl"
) -> None:
    identity = await _doubted(connected, stripe, status="past_due")
    await _repair(connected)[0]()
    await tell(connected, "customer.subscription.updated", 60, id=identity, status="active")
    (row,) = connected.rows("select status from subscriptions where id = %s", identity)
    assert row["status"] == "canceled"


async def test_a_stripe_that_is_away_is_asked_again_in_an_hour(
    connected: "World", stripe: "StripeControl"
) -> None:
    identity = await _doubted(connected, stripe, status="past_due")
    await stripe.fault("GET /v1/subscriptions/{id}", "status", status=500)
    repair, told = _repair(connected)
    await repair()
    assert [one for one, _ in told] == [identity]
    assert isinstance(told[0][1], TransientError)
    assert await Doubtful(connected.database).claim() == []
    (row,) = connected.rows("select status from subscriptions where id = %s", identity)
    assert row["status"] == "past_due"


@pytest.mark.parametrize("body", [{}, [], {"created": 1}, {"data": {"object": {"id": "sub_1"}}}])
async def test_an_event_without_object_or_time_breaks_its_contract(world: "World", body: Any) -> None:
    with pytest.raises(InvalidEventError):
        await world.tell("stripe.customer.subscription.updated", body, company=None)
