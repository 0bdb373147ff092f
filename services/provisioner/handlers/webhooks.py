"""A company's one webhook at Cal.com: registered once, at the address that is ours now."""

from services.provisioner.content import WantedWebhook
from services.provisioner.handlers.lookup import delete_known, existing
from services.provisioner.store import Registrations
from shared.clients.calcom import Calcom


async def register(
    calcom: Calcom, registrations: Registrations, wanted: WantedWebhook, known: str | None = None
) -> str:
    """Id of the company's one webhook; ``known``, registered under another address, goes. Idempotent.

    The new one is there before the old one goes: in between a booking is told twice, and merged once. One
    that was seen a short while ago is not looked for: a company may have hundreds of branches.
    """
    webhook_id = await registrations.verified(wanted)
    if webhook_id is None:
        webhook_id = (await calcom.ensure_webhook(wanted.url, wanted.triggers, wanted.secret)).id
        await registrations.remember(wanted, webhook_id)
    if known not in {None, webhook_id}:
        await delete_known(calcom.delete_webhook(str(known)))
    return webhook_id


async def unregister(
    calcom: Calcom, registrations: Registrations, wanted: WantedWebhook, known: str | None
) -> None:
    """Whatever is at our address, and ``known``, which may be at an older one."""
    # First: a branch that is entered meanwhile must not believe what is about to go.
    await registrations.forget(wanted.company_id)
    for webhook in await calcom.list_webhooks():
        if webhook.id == known or webhook.subscriber_url == wanted.url:
            await existing(calcom.delete_webhook(webhook.id))
