"""Webhooks of a company: where Cal.com sends what happens to bookings."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from shared.clients.calcom.client import NOT_YOURS, Answer, CalcomClient, CalcomObject
from shared.clients.http import Request, in_path
from shared.errors import ConflictError, UnknownOutcomeError

_PAGE: Final = 250
#: The shape of the bodies that we read; the only one that the API's document names.
_VERSION: Final = "2021-10-20"


class Webhook(CalcomObject):
    """``id`` is a UUID as text (the specification says number). ``secret`` can be read again.

    ``payload_template`` changes the whole body; ``version`` its shape.
    """

    id: str
    subscriber_url: str
    triggers: tuple[str, ...] = ()
    active: bool = True
    secret: str | None = None
    payload_template: str | None = None
    version: str | None = None

    def drifts(self, triggers: Sequence[str], secret: str) -> tuple[str, ...]:
        """In what it is not as wanted: inactive, triggers, secret, template, version."""
        looks = {
            "inactive": not self.active,
            "triggers": set(self.triggers) != set(triggers),
            "secret": self.secret != secret,
            "template": bool(self.payload_template),
            "version": self.version not in {None, _VERSION},
        }
        return tuple(kind for kind, differs in looks.items() if differs)


_WEBHOOK: Final = TypeAdapter(Answer[Webhook])
_WEBHOOKS: Final = TypeAdapter(Answer[tuple[Webhook, ...]])


class CalcomWebhooks(CalcomClient):
    """One webhook per account and URL: a second one is a conflict."""

    async def list_webhooks(self) -> list[Webhook]:
        """Every webhook of the key's account."""
        found: list[Webhook] = []
        while True:
            params = {"take": _PAGE, "skip": len(found)}
            page = await self._ask(Request("calcom.webhooks.list", "GET", "/v2/webhooks", params), _WEBHOOKS)
            found.extend(page.data)
            if len(page.data) < _PAGE:
                return found

    async def create_webhook(self, subscriber_url: str, triggers: Sequence[str], secret: str) -> Webhook:
        """Raises ConflictError where the account has one for this URL."""
        body = _body(subscriber_url, triggers, secret)
        request = Request("calcom.webhooks.create", "POST", "/v2/webhooks", json=body)
        return (await self._ask(request, _WEBHOOK)).data

    async def update_webhook(
        self, webhook_id: str, subscriber_url: str, triggers: Sequence[str], secret: str
    ) -> Webhook:
        """Raises NotFoundError; ProviderRefusedError (403) where it is somebody else's."""
        # An empty template is none; the API takes no null.
        body = {**_body(subscriber_url, triggers, secret), "payloadTemplate": ""}
        path = f"/v2/webhooks/{in_path(webhook_id)}"
        request = Request("calcom.webhooks.update", "PATCH", path, json=body, about_thing=NOT_YOURS)
        return (await self._ask(request, _WEBHOOK)).data

    async def delete_webhook(self, webhook_id: str) -> None:
        """Raises NotFoundError; ProviderRefusedError (403) where it is somebody else's."""
        path = f"/v2/webhooks/{in_path(webhook_id)}"
        await self._tell(Request("calcom.webhooks.delete", "DELETE", path, about_thing=NOT_YOURS))

    async def ensure_webhook(self, subscriber_url: str, triggers: Sequence[str], secret: str) -> Webhook:
        """The one webhook of this URL, with these triggers and this secret; looked for before it is made.

        Idempotent: a repeat, a lost answer and another process at the same time end with one webhook.
        """
        if (found := await self.find_webhook(subscriber_url)) is None:
            try:
                return await self.create_webhook(subscriber_url, triggers, secret)
            except (ConflictError, UnknownOutcomeError):
                if (found := await self.find_webhook(subscriber_url)) is None:
                    raise
        if not found.drifts(triggers, secret):
            return found
        return await self.update_webhook(found.id, subscriber_url, triggers, secret)

    async def find_webhook(self, subscriber_url: str) -> Webhook | None:
        """The account's webhook at this URL; None where there is none."""
        webhooks = await self.list_webhooks()
        return next((each for each in webhooks if each.subscriber_url == subscriber_url), None)


def _body(subscriber_url: str, triggers: Sequence[str], secret: str) -> dict[str, Any]:
    return {
        "active": True,
        "subscriberUrl": subscriber_url,
        "triggers": list(triggers),
        "secret": secret,
        "version": _VERSION,
    }
