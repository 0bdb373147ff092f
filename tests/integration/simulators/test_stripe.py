"""Stripe, with its own library as the judge."""

from typing import Any

import httpx
import pytest
import stripe

from infra.simulators.stripe.webhooks import signature

KEY, SECRET = "sk_test_salon", "whsec_test_secret_0123456789"


@pytest.fixture
async def client(stripe_control: Any) -> stripe.StripeClient:
    http = stripe.HTTPXClient()
    return stripe.StripeClient(
        KEY, base_addresses={"api": stripe_control.root}, http_client=http, max_network_retries=0
    )


def test_the_published_vector_is_signed_the_same() -> None:
    body = (
        '{"id":"evt_test_1","object":"event","api_version":"2026-06-24.dahlia","created":1767225600,'
        '"type":"invoice.paid","data":{"object":{"id":"in_1","object":"invoice"}},"livemode":false,'
        '"pending_webhooks":1,"request":{"id":null,"idempotency_key":null}}'
    )
    digest = "ce70656b43a7bb3f6cb9957cfc4f412178ea61180e09d546580e82f17957a90a"
    assert signature([SECRET], body.encode(), 1767225600).startswith(f"t=1767225600,v1={digest}")


async def test_checkout_portal_and_cancellation_with_the_real_library(
    client: Any, stripe_control: Any
) -> None:
    customer = await client.v1.customers.create_async(
        {"email": "a@example.org", "metadata": {"company": "c1"}}
    )
    assert customer.metadata["company"] == "c1"
    session = await client.v1.checkout.sessions.create_async(
        {
            "mode": "subscription",
            "customer": customer.id,
            "line_items": [{"price": "price_1", "quantity": 1}],
            "success_url": "https://example.org/ok",
            "client_reference_id": "c1",
            "subscription_data": {"metadata": {"company_id": "c1"}},
        }
    )
    assert session.url.startswith("https://")
    done = await stripe_control.complete_checkout(session.id)
    subscription = await client.v1.subscriptions.retrieve_async(done["subscription"])
    assert (subscription.status, subscription.metadata["company_id"]) == ("active", "c1")
    assert subscription["items"].data[0].current_period_end > subscription.created
    assert "current_period_end" not in subscription
    portal = await client.v1.billing_portal.sessions.create_async({"customer": customer.id})
    assert portal.url
    ended = await client.v1.subscriptions.cancel_async(subscription.id)
    assert ended.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.subscriptions.retrieve_async("sub_no")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


async def test_a_wrong_key_is_refused(stripe_control: Any) -> None:
    headers = {"Authorization": "Bearer sk_test_other"}
    async with httpx.AsyncClient(base_url=stripe_control.root, headers=headers) as http:
        assert (await http.get("/v1/events")).status_code == 401


async def test_every_change_is_an_event_that_the_library_accepts(
    stripe_control: Any, receiver: Any, client: Any
) -> None:
    await stripe_control.add_endpoint(receiver.url, "whsec_old", SECRET)
    made = await stripe_control.subscribe("cus_1", {"company_id": "c1"})
    await stripe_control.change_subscription(made["id"], status="past_due")
    paid = await stripe_control.bill(made["id"], "paid")
    await stripe_control.bill(made["id"], "failed")
    await stripe_control.change_subscription(made["id"], status="canceled")
    types = [each.json["type"] for each in receiver.arrived]
    assert types == [
        "customer.subscription.created",
        "customer.subscription.updated",
        "invoice.paid",
        "invoice.payment_failed",
        "customer.subscription.deleted",
    ]
    for each in receiver.arrived:
        event = stripe.Webhook.construct_event(each.body, each.headers["stripe-signature"], SECRET)
        assert (await client.v1.events.retrieve_async(event.id)).type == event.type
    updated = receiver.arrived[1].json["data"]
    assert (updated["previous_attributes"], updated["object"]["status"]) == ({"status": "active"}, "past_due")
    invoice = receiver.arrived[2].json["data"]["object"]
    assert "subscription" not in invoice
    assert invoice["parent"]["subscription_details"]["subscription"] == made["id"]
    assert (await client.v1.invoices.retrieve_async(paid["id"])).status == "paid"


async def test_a_customers_subscriptions_are_listed_newest_first_without_the_canceled_ones(
    client: Any, stripe_control: Any
) -> None:
    first = await stripe_control.subscribe("cus_1", {"company_id": "c1"})
    second = await stripe_control.subscribe("cus_1", status="past_due")
    gone = await stripe_control.subscribe("cus_1")
    await stripe_control.change_subscription(gone["id"], status="canceled")
    await stripe_control.subscribe("cus_2")

    async def found(**query: Any) -> list[str]:
        return [each.id for each in (await client.v1.subscriptions.list_async(query)).data]

    assert await found(customer="cus_1") == [second["id"], first["id"]]
    assert await found(customer="cus_1", status="all") == [gone["id"], second["id"], first["id"]]
    assert await found(customer="cus_1", status="canceled") == [gone["id"]]
    assert await found(customer="cus_1", status="ended") == [gone["id"]]
    assert await found(customer="cus_1", status="past_due") == [second["id"]]
    assert len(await found()) == 3
    page = await client.v1.subscriptions.list_async({"customer": "cus_1", "limit": 1})
    assert ([each.id for each in page.data], page.has_more) == ([second["id"]], True)
    assert [each.id async for each in page.auto_paging_iter()] == [second["id"], first["id"]]
    assert await found(customer="cus_1", ending_before=first["id"]) == [second["id"]]


async def test_a_customer_without_subscriptions_has_an_empty_list_and_an_unknown_one_is_refused(
    client: Any,
) -> None:
    customer = await client.v1.customers.create_async({"email": "a@example.org"})
    assert (await client.v1.subscriptions.list_async({"customer": customer.id})).data == []
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"customer": "cus_no"}, "resource_missing"),
        ({"starting_after": "sub_no"}, "resource_missing"),
        ({"colour": "red"}, "parameter_unknown"),
    ]
    for query, code in wrong:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await client.v1.subscriptions.list_async(query)
        assert (refused.value.http_status, refused.value.code) == (400, code)
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.subscriptions.list_async({"status": "asleep"})


async def test_a_refused_webhook_comes_again_with_the_same_id(stripe_control: Any, receiver: Any) -> None:
    receiver.statuses = [500, 302]
    await stripe_control.add_endpoint(receiver.url, SECRET)
    await stripe_control.subscribe("cus_1")
    arrived = await receiver.until(3)
    assert len({each.json["id"] for each in arrived}) == 1
    await stripe_control.resend(arrived[0].json["id"])
    assert len(receiver.arrived) == 4


async def test_an_idempotency_key_repeats_the_first_result_and_wants_the_same_parameters(
    stripe_control: Any,
) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k1"}
    async with httpx.AsyncClient(base_url=stripe_control.root, headers=headers) as http:
        first = await http.post("/v1/customers", data={"email": "a@example.org"})
        again = await http.post("/v1/customers", data={"email": "a@example.org"})
        other = await http.post("/v1/customers", data={"email": "b@example.org"})
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


async def test_a_500_is_kept_under_its_key_and_a_refused_parameter_is_not(stripe_control: Any) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    await stripe_control.fault("POST /v1/customers", "status", status=500, times=1)
    async with httpx.AsyncClient(base_url=stripe_control.root, headers=headers) as http:
        for _ in range(2):
            broken = await http.post("/v1/customers", headers={"Idempotency-Key": "k1"})
            assert broken.status_code == 500
        wrong = await http.post("/v1/checkout/sessions", headers={"Idempotency-Key": "k2"})
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "mode")
        body = {"mode": "subscription", "line_items[0][price]": "p", "success_url": "https://x"}
        right = await http.post("/v1/checkout/sessions", data=body, headers={"Idempotency-Key": "k2"})
        assert right.status_code == 200
