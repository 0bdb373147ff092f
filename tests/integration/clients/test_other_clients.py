"""Stripe, mail, chat and other messages: what is refused for now, for good, and what is an outage."""

from email.message import EmailMessage

import httpx
import pytest

from infra.simulators.control import InboxControl, StripeControl
from infra.simulators.runner import Simulators
from shared.clients.chat import ChatHooks
from shared.clients.mail import InvalidSmtpUrlError, Mailer, SmtpServer
from shared.clients.messages import Messages
from shared.clients.providers import Providers
from shared.contracts.names import NOTIFIER_CHAT
from shared.errors import (
    CredentialOpenError,
    DependencyOpenError,
    NotFoundError,
    PermanentError,
    ProviderRefusedError,
    RateLimitedError,
    RefusedForNowError,
    TransientError,
    UnknownOutcomeError,
)
from shared.messaging.outcome import Park, Redeliver, outcome_of, policy_of
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards


def mail(to: str = "eva@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "salon@example.org", to, "Ihr Termin: Grüße"
    message["Message-ID"] = "<event-1.eva@askpro.example>"
    message.set_content("Bis morgen!")
    return message


@pytest.fixture
def mailer(simulators: Simulators, guards: Guards) -> Mailer:
    return Mailer(SmtpServer.parse(simulators.smtp_url), guards)


async def test_a_mail_arrives_with_the_message_id_it_was_given(mailer: Mailer, mailbox: InboxControl) -> None:
    await mailer.send(mail())
    (arrived,) = await mailbox.messages()
    assert "<event-1.eva@askpro.example>" in str(arrived)


@pytest.mark.parametrize(
    ("route", "status", "kind"),
    [
        ("SMTP /rcpt/eva@example.org", 550, ProviderRefusedError),
        ("SMTP /rcpt/eva@example.org", 450, RefusedForNowError),
        ("SMTP /data", 552, ProviderRefusedError),
        ("SMTP /data", 451, RefusedForNowError),
    ],
)
async def test_a_mail_is_refused_for_now_or_for_good(
    mailer: Mailer, mailbox: InboxControl, circuits: Circuits, route: str, status: int, kind: type[Exception]
) -> None:
    await mailbox.fault(route, "status", status=status)
    for _ in range(6):
        with pytest.raises(kind):
            await mailer.send(mail())
    assert not circuits.is_open("smtp")


async def test_a_lost_answer_to_a_mail_leaves_its_outcome_unknown(
    mailer: Mailer, mailbox: InboxControl
) -> None:
    await mailbox.fault("SMTP /data", "lost_answer", times=1)
    with pytest.raises(UnknownOutcomeError):
        await mailer.send(mail())
    assert len(await mailbox.messages()) == 1


async def test_a_mail_server_that_is_away_opens_its_circuit(guards: Guards, circuits: Circuits) -> None:
    nowhere = Mailer(SmtpServer.parse("smtp://127.0.0.1:9"), guards)
    with pytest.raises(TransientError):
        await nowhere.send(mail())
    with pytest.raises(TransientError):
        await nowhere.send(mail())
    with pytest.raises(DependencyOpenError) as caught:
        await nowhere.send(mail())
    assert caught.value.gate == "smtp"
    assert circuits.is_open("smtp")


async def test_a_mail_without_message_id_is_not_sent(mailer: Mailer) -> None:
    message = mail()
    del message["Message-ID"]
    with pytest.raises(ValueError, match="Message-ID"):
        await mailer.send(message)


@pytest.mark.parametrize("url", ["http://host", "smtp://", "smtp://host:port", "host:25"])
def test_a_wrong_smtp_url_is_found_at_start_and_not_shown(url: str) -> None:
    with pytest.raises(InvalidSmtpUrlError) as caught:
        SmtpServer.parse(url.replace("//", "//user:hunter2@"))
    assert "hunter2" not in str(caught.value)


def test_an_smtp_url_says_everything() -> None:
    server = SmtpServer.parse("smtps://us%40er:p%3Ass@mail.example.org")
    assert (server.host, server.port, server.username, server.password) == (
        "mail.example.org",
        465,
        "us@er",
        "p:ss",
    )
    assert server.tls
    assert SmtpServer.parse("smtp+starttls://mail.example.org").starttls


@pytest.fixture
def hooks(http: httpx.AsyncClient, guards: Guards) -> ChatHooks:
    return ChatHooks(http, guards)


async def test_a_chat_message_arrives(hooks: ChatHooks, chat: InboxControl) -> None:
    await hooks.send(f"{chat.root}/hooks/salon", "Neuer Termin")
    assert [message["text"] for message in await chat.messages()] == ["Neuer Termin"]


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_a_hook_that_is_gone_is_refused_for_good(
    hooks: ChatHooks, chat: InboxControl, status: int
) -> None:
    await chat.fault("POST /hooks/*", "status", status=status, times=1)
    with pytest.raises(ProviderRefusedError):
        await hooks.send(f"{chat.root}/hooks/salon", "Neuer Termin")
    await hooks.send(f"{chat.root}/hooks/salon", "Neuer Termin")


async def test_a_429_parks_that_hook_alone(hooks: ChatHooks, chat: InboxControl) -> None:
    await chat.fault("POST /hooks/salon", "rate_limit", retry_after=20, times=1)
    with pytest.raises(RateLimitedError):
        await hooks.send(f"{chat.root}/hooks/salon", "Neuer Termin")
    with pytest.raises(CredentialOpenError):
        await hooks.send(f"{chat.root}/hooks/salon", "Neuer Termin")
    await hooks.send(f"{chat.root}/hooks/other", "Neuer Termin")


async def test_one_companys_dead_chat_server_parks_its_messages_and_holds_nobody(
    hooks: ChatHooks, circuits: Circuits
) -> None:
    outcomes = []
    for _ in range(6):
        with pytest.raises(TransientError) as caught:
            await hooks.send("http://127.0.0.1:9/hooks/salon", "Neuer Termin")
        outcomes.append(outcome_of(caught.value, 1, 0.0, policy_of(NOTIFIER_CHAT)))
    # Each call makes three attempts, the second meets the fifth outage: from then on nothing is counted.
    assert isinstance(outcomes[0], Redeliver)
    assert outcomes[1:] == [Park("chat:127.0.0.1")] * 5
    assert not circuits.is_open("chat")


async def test_an_sms_goes_out_by_apprise(guards: Guards, simulators: Simulators, sms: InboxControl) -> None:
    messages = Messages(guards)
    await messages.send(simulators.sms_url.replace("http:", "json:"), "Bis morgen")
    (arrived,) = await sms.messages()
    assert arrived["text"] == "Bis morgen"
    messages.close()


async def test_a_no_of_apprise_is_transient_and_opens_no_circuit(
    guards: Guards, circuits: Circuits, simulators: Simulators, sms: InboxControl
) -> None:
    await sms.fault("POST /messages*", "status", status=500)
    messages = Messages(guards)
    for _ in range(6):
        with pytest.raises(RefusedForNowError):
            await messages.send(simulators.sms_url.replace("http:", "json:"), "Bis morgen")
    assert not circuits.is_open("messages")
    messages.close()


async def test_a_url_apprise_does_not_know_is_for_good(guards: Guards) -> None:
    with pytest.raises(PermanentError):
        await Messages(guards).send("nobody-knows-this://x", "Bis morgen")


async def test_a_subscription_is_read_with_its_period(
    providers: Providers, stripe_control: StripeControl
) -> None:
    made = await stripe_control.subscribe("cus_salon")
    stripe = providers.stripe("sk_test_platform")
    subscription = await stripe.get_subscription(made["id"])
    assert subscription.customer == "cus_salon"
    assert subscription.period_end is not None
    with pytest.raises(NotFoundError):
        await stripe.get_subscription("sub_nobody_knows")


async def test_a_repeated_create_with_one_key_makes_one_customer(
    providers: Providers, stripe_control: StripeControl
) -> None:
    await stripe_control.fault("POST /v1/customers", "lost_answer", times=1)
    stripe = providers.stripe("sk_test_platform")
    fields = {"email": "salon@example.org", "metadata": {"company_id": "acme"}}
    first = await stripe.create_customer(fields, key="customer:acme")
    second = await stripe.create_customer(fields, key="customer:acme")
    assert first.id == second.id


async def test_all_subscriptions_of_a_customer_are_listed_over_pages_the_ended_ones_too(
    providers: Providers, stripe_control: StripeControl
) -> None:
    made = [await stripe_control.subscribe("cus_many") for _ in range(101)]
    await stripe_control.subscribe("cus_other")
    await stripe_control.change_subscription(made[0]["id"], status="canceled")
    stripe = providers.stripe("sk_test_platform")
    found = {each.id: each.status async for each in stripe.list_subscriptions("cus_many")}
    assert found == {each["id"]: "active" for each in made} | {made[0]["id"]: "canceled"}
    with pytest.raises(ProviderRefusedError) as refused:
        _ = [each async for each in stripe.list_subscriptions("cus_nobody_knows")]
    assert refused.value.status == 400
