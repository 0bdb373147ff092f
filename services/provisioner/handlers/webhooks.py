"""A company's one webhook at Cal.com: registered once, at the address that is ours now."""

from services.provisioner.content import Wanted
from services.provisioner.handlers.lookup import delete_known, existing
from shared.clients.calcom import Calcom


async def register(calcom: Calcom, wanted: Wanted, secret: str, known: str | None = None) -> str:
    """Id of the company's one webhook; ``known``, registered under another address, goes. Idempotent.

    The new one is there before the old one goes: in between a booking is told twice, and merged once.
    """
    webhook = await calcom.ensure_webhook(wanted.calcom_url, wanted.calcom_triggers, secret)
    if known not in {None, webhook.id}:
        await delete_known(calcom.delete_webhook(str(known)))
    return webhook.id


async def unregister(calcom: Calcom, wanted: Wanted, known: str | None) -> None:
    """Whatever is at our address, and ``known``, which may be at an older one."""
    for webhook in await calcom.list_webhooks():
        if webhook.id == known or webhook.subscriber_url == wanted.calcom_url:
            await existing(calcom.delete_webhook(webhook.id))
