"""The demo's world: a salon with accounts at the simulated providers, and what there is to see of it."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any, Final

import httpx

from infra.local.demo.timeline import patiently
from infra.simulators.control import CalcomControl, InboxControl, RetellControl, StripeControl
from shared.clients.console import ConsoleClient, ConsoleError

_WEEK: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:30, 13:30-18:00")
_ADDRESS: Final = {
    "street": "Hauptstraße 5",
    "postal_code": "80331",
    "city": "München",
    "subdivision": "BY",
}


@dataclass(frozen=True, slots=True)
class Salon:
    """A company and its branch, with its keys at the simulators."""

    company_id: str
    branch_id: str
    retell_api_key: str
    calcom_api_key: str
    phone_number: str
    mail: str
    caller: str


class World:
    """The stack from outside, by the addresses in its settings."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._retell_api = settings["RETELL_BASE_URL"]
        self._calcom_api = settings["CALCOM_BASE_URL"]
        # A proxy before the API would not know the simulators' own endpoints.
        self.retell = RetellControl(settings.get("RETELL_CONTROL_URL", self._retell_api))
        self.calcom = CalcomControl(settings.get("CALCOM_CONTROL_URL", self._calcom_api))
        self.stripe = StripeControl(settings["STRIPE_BASE_URL"])
        self.mailbox = InboxControl(settings["MAILBOX_URL"])
        self.sms = InboxControl(settings["SMS_URL"])
        self._console = ConsoleClient(
            settings["CONSOLE_URL"], settings["CONSOLE_USER"], settings["CONSOLE_PASSWORD"]
        )

    async def close(self) -> None:
        """Close every connection."""
        for control in (self.retell, self.calcom, self.stripe, self.mailbox, self.sms):
            await control.close()

    # --- the console, as an operator uses it ---

    async def ask(self, *path: str | int, **query: Any) -> Any:
        """GET of the console's API."""
        return await asyncio.to_thread(lambda: self._console.get(*path, **query))

    async def enter(self, *path: str, body: dict[str, Any]) -> Any:
        """POST that survives a console that is just being restarted; a repeat finds its own work done."""

        async def attempt() -> Any:
            try:
                return await asyncio.to_thread(lambda: self._console.post(*path, body=body))
            except ConsoleError as error:
                if error.status == 409:  # noqa: PLR2004  # the first attempt got through, its answer did not
                    return body
                raise

        return await patiently(f"POST {'/'.join(path)}", attempt)

    # --- the providers ---

    async def open_salon(self) -> Salon:
        """Accounts, event types and a phone number for a new salon; nothing in our system yet."""
        tag = secrets.token_hex(3)
        number = f"+498912{secrets.randbelow(10**6):06}"
        workspace = await patiently(
            "Retell workspace", lambda: self.retell.add_workspace(name=f"Salon {tag}")
        )
        account = await patiently("Cal.com account", lambda: self.calcom.add_account(username=f"salon-{tag}"))
        await patiently("Stripe account", self._open_stripe)
        salon = Salon(
            company_id=f"salon-{tag}",
            branch_id="mitte",
            retell_api_key=workspace["api_key"],
            calcom_api_key=account["apiKey"],
            phone_number=number,
            mail=f"inhaberin-{tag}@salon.example",
            # A mobile number of this caller alone: what reaches it is about this call.
            caller=f"+491511{secrets.randbelow(10**7):07}",
        )
        await self._connect_number(salon)
        await self._offer(account)
        return salon

    async def _open_stripe(self) -> bool:
        await self.stripe.add_key(self._settings["STRIPE_API_KEY"])
        await self.stripe.add_endpoint(
            f"{self._settings['INGEST_URL']}/webhooks/stripe", self._settings["STRIPE_WEBHOOK_SECRET"]
        )
        return True

    async def _connect_number(self, salon: Salon) -> None:
        body = {"phone_number": salon.phone_number, "termination_uri": "salon.pstn.example"}
        # 409: the first attempt got through, its answer did not.
        path = f"{self._retell_api}/import-phone-number"
        await self._provider("POST", path, salon.retell_api_key, body, allowed=(409,))

    async def _offer(self, account: dict[str, Any]) -> None:
        self.event_types = [
            await self._add_event_type(account["id"], title, minutes)
            for title, minutes in (("Herrenhaarschnitt", 30), ("Färben", 90))
        ]

    async def _add_event_type(self, owner: int, title: str, minutes: int) -> dict[str, Any]:
        async def attempt() -> dict[str, Any]:
            # Each attempt has a slug of its own: one whose answer was lost has taken its slug.
            slug = f"{title.lower()}-{secrets.token_hex(2)}"
            return await self.calcom.add_event_type(owner, title, minutes, slug=slug)

        return await patiently(f"event type {title}", attempt)

    async def cancel_at_calcom(self, salon: Salon, uid: str) -> bool:
        """The owner cancels in Cal.com's own app."""
        path = f"{self._calcom_api}/v2/bookings/{uid}/cancel"
        headers = {"cal-api-version": "2024-08-13"}
        body = {"cancellationReason": "Die Friseurin ist krank."}
        await self._provider("POST", path, salon.calcom_api_key, body, headers, allowed=(400,))
        return True

    async def webhook_secret(self, salon: Salon) -> str:
        """What Cal.com signs this salon's webhooks with."""
        answer = await self._provider("GET", f"{self._calcom_api}/v2/webhooks", salon.calcom_api_key)
        return str(answer["data"][0]["secret"])

    async def _provider(
        self,
        method: str,
        url: str,
        key: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        allowed: tuple[int, ...] = (),
    ) -> Any:
        async def attempt() -> Any:
            async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
                answer = await client.request(
                    method, url, json=body, headers={"Authorization": f"Bearer {key}", **(headers or {})}
                )
            if answer.status_code not in allowed:
                answer.raise_for_status()
            return answer.json()

        return await patiently(f"{method} {url}", attempt)

    # --- our own system ---

    async def has_company(self, company_id: str | None) -> bool:
        """Whether this database has that company."""
        known = await patiently("the console", lambda: self.ask("companies"))
        return company_id in {company["id"] for company in known["items"]}

    async def enter_company(self, salon: Salon) -> None:
        """The company with its keys."""
        body = {
            "id": salon.company_id,
            "name": "Salon Müller",
            "retell_api_key": salon.retell_api_key,
            "calcom_api_key": salon.calcom_api_key,
            "notification_email": salon.mail,
            "customer_messages": "ours",
        }
        await self.enter("companies", body=body)

    async def enter_branch(self, salon: Salon) -> None:
        """The whole branch."""
        haircut, colour = self.event_types
        body = {
            "company_id": salon.company_id,
            "branch_id": salon.branch_id,
            "name": "Salon Müller Mitte",
            "address": _ADDRESS,
            "opening_hours": _WEEK,
            "services": [
                _service(
                    "herrenhaarschnitt", "Herrenhaarschnitt", 30, 3200, haircut, "Schneiden", "Haarschnitt"
                ),
                _service("faerben", "Färben", 90, 8900, colour),
            ],
            "phone_number": salon.phone_number,
        }
        await self.enter("branches", body=body)


def _service(
    key: str, name: str, minutes: int, cents: int, event_type: dict[str, Any], *aliases: str
) -> dict[str, Any]:
    return {
        "key": key,
        "name": name,
        "duration_minutes": minutes,
        "price_cents": cents,
        "event_type_id": event_type["id"],
        "aliases": list(aliases),
    }
