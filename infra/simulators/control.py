"""Control of running simulators from tests and the demo: typed calls in, what they did out."""

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from infra.simulators.faults import FaultKind
from infra.simulators.store import Document

_USUAL_TIMEOUT = 60.0
# Simulators speak plain HTTP on loopback; loading the machine's certificates takes 50 ms per client.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Control:
    """One simulator's control endpoints; raises httpx.HTTPStatusError when it refuses.

    `root` is `http://host:port`. A base URL with a path (`…/v2`) works as well.
    """

    def __init__(self, root: str) -> None:
        self.root = str(httpx.URL(root).copy_with(path="/", query=None)).rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=self.root, trust_env=False, timeout=_USUAL_TIMEOUT, verify=_NO_TLS
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def call(self, method: str, path: str, body: Any = None, query: Document | None = None) -> Any:
        """Any endpoint outside the provider's own API; the parsed answer."""
        answer = await self._client.request(method, path, json=body, params=query)
        answer.raise_for_status()
        return answer.json()

    async def fault(self, route: str, kind: FaultKind | str, **details: Any) -> str:
        """Switches a fault on; its id. Details: status, seconds, retry_after, times, probability, after."""
        made = await self.call("POST", "/_control/faults", {"route": route, "kind": str(kind), **details})
        return str(made["id"])

    async def faults(self) -> list[Document]:
        """The faults that are on."""
        return list(await self.call("GET", "/_control/faults"))

    async def heal(self, fault_id: str | None = None) -> None:
        """Removes one fault, or all."""
        await self.call("DELETE", "/_control/faults" + (f"/{fault_id}" if fault_id else ""))

    async def requests(
        self, path: str | None = None, method: str | None = None, since: int = 0
    ) -> list[Document]:
        """What the simulator received, in order; `since` is the id of the last entry already seen."""
        query = {"path": path, "method": method, "since": since}
        asked = {name: value for name, value in query.items() if value is not None}
        return list(await self.call("GET", "/_control/requests", query=asked))

    async def forget_requests(self) -> None:
        """Empties the log of requests."""
        await self.call("DELETE", "/_control/requests")

    async def deliveries(self, since: int = 0) -> list[Document]:
        """The webhooks and function calls that the simulator sent, one entry per attempt."""
        return list(await self.call("GET", "/_control/deliveries", query={"since": since}))

    async def configure(self, **settings: Any) -> Document:
        """Changes settings; all of them."""
        return dict(await self.call("POST", "/_control/settings", settings))

    async def set_time(self, now: datetime | None) -> None:
        """Moves the simulator's clock; None goes back to the real time."""
        await self.call("POST", "/_control/time", {"now": now.isoformat() if now else None})

    async def reset(self) -> None:
        """Forgets everything: accounts, state, faults, settings, logs."""
        await self.call("POST", "/_control/reset")


class CalcomControl(Control):
    """What happens at Cal.com without the API."""

    async def add_account(self, **account: Any) -> Document:
        """An account with `id`, `username`, `email`, `apiKey`, …; each can be given."""
        return dict(await self.call("POST", "/_control/accounts", account))

    async def add_event_type(self, owner: int, title: str, minutes: int, **details: Any) -> Document:
        """An event type; `schedule`, `hosts`, `schedulingType`, `bookingFields`, … as in the README."""
        slug = details.pop("slug", title.lower().replace(" ", "-"))
        wish = {"ownerId": owner, "title": title, "slug": slug, "lengthInMinutes": minutes, **details}
        return dict(await self.call("POST", "/_control/event-types", wish))

    async def add_team(self, *members: int, **details: Any) -> int:
        """A team of these accounts; its id, which can be given."""
        return int((await self.call("POST", "/_control/teams", {"members": list(members), **details}))["id"])

    async def alter_webhook(self, webhook_id: str, **changes: Any) -> Document:
        """Changes any field behind the API's back."""
        return dict(await self.call("PATCH", f"/_control/webhooks/{webhook_id}", changes))

    async def delete_webhook(self, webhook_id: str) -> None:
        """Deletes it behind the API's back."""
        await self.call("DELETE", f"/_control/webhooks/{webhook_id}")

    async def end_meeting(self, uid: str) -> None:
        """Sends MEETING_ENDED."""
        await self.call("POST", f"/_control/bookings/{uid}/meeting-ended")

    async def ping(self, webhook_id: str) -> int | None:
        """The dashboard's test button; the receiver's status."""
        answer = await self.call("POST", f"/_control/webhooks/{webhook_id}/ping")
        return None if answer["status"] is None else int(answer["status"])


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """What became of a simulated call; `functions` in the order of the script.

    `inbound`: how many seconds it rang, and the variables that came; `times`: of each entry of the dialogue.
    """

    call_id: str
    finished: bool
    call: Document
    dialogue: list[Document] = field(default_factory=list)
    functions: list[Document] = field(default_factory=list)
    inbound: Document | None = None
    times: list[float] = field(default_factory=list)


class RetellControl(Control):
    """Workspaces and callers."""

    async def add_workspace(self, **workspace: Any) -> Document:
        """A workspace with `id`, `name`, `api_key`; each can be given."""
        return dict(await self.call("POST", "/_control/workspaces", workspace))

    async def add_dialled_number(self, workspace: str, number: str, **details: Any) -> Document:
        """A custom number without termination URI; `workspace` is an id, details are fields of the API."""
        wish = {"workspace": workspace, "phone_number": number, **details}
        return dict(await self.call("POST", "/_control/numbers", wish))

    async def decide_tests(self, status: str, name: str = "*", explanation: str | None = None) -> None:
        """How test cases of that name end from the next run on, `*` for all: pass, fail or error."""
        told = {"explanation": explanation} if explanation else {}
        await self.call("POST", "/_control/test-outcomes", {"name": name, "status": status, **told})

    async def place_call(
        self, to_number: str, from_number: str, script: list[Document], **details: Any
    ) -> PlacedCall:
        """Plays the script and returns when everything was sent once; details: call_analysis, metadata."""
        wish = {"to_number": to_number, "from_number": from_number, "script": script, **details}
        return PlacedCall(**await self.call("POST", "/_control/calls", wish))

    async def start_call(
        self, to_number: str, from_number: str, script: list[Document], **details: Any
    ) -> str:
        """Starts the call and returns its id at once."""
        wish = {"to_number": to_number, "from_number": from_number, "script": script, **details}
        return str((await self.call("POST", "/_control/calls", {**wish, "wait": False}))["call_id"])

    async def look_at_call(self, call_id: str) -> PlacedCall:
        """The call as it is now."""
        return PlacedCall(**await self.call("GET", f"/_control/calls/{call_id}"))


class StripeControl(Control):
    """Customers, banks and the dashboard."""

    async def add_key(self, api_key: str) -> None:
        """A secret key that the API accepts."""
        await self.call("POST", "/_control/accounts", {"api_key": api_key})

    async def add_endpoint(self, url: str, *secrets: str, **details: Any) -> Document:
        """Where webhooks go; without secrets one is made."""
        wish = {"url": url, **({"secrets": list(secrets)} if secrets else {}), **details}
        return dict(await self.call("POST", "/_control/webhook-endpoints", wish))

    async def subscribe(self, customer: str, metadata: Document | None = None, **details: Any) -> Document:
        """A new subscription; sends customer.subscription.created."""
        wish = {"customer": customer, "metadata": metadata or {}, **details}
        return dict(await self.call("POST", "/_control/subscriptions", wish))

    async def change_subscription(self, subscription_id: str, **changes: Any) -> Document:
        """Changes attributes; status "canceled" ends it."""
        return dict(await self.call("POST", f"/_control/subscriptions/{subscription_id}", changes))

    async def bill(self, subscription_id: str, outcome: str) -> Document:
        """A new invoice, `paid` or `failed`."""
        path = f"/_control/subscriptions/{subscription_id}/invoice"
        return dict(await self.call("POST", path, {"outcome": outcome}))

    async def complete_checkout(self, session_id: str) -> Document:
        """The person paid."""
        return dict(await self.call("POST", f"/_control/checkout/{session_id}/complete"))

    async def resend(self, event_id: str) -> None:
        """The same event once more."""
        await self.call("POST", f"/_control/events/{event_id}/resend")


class InboxControl(Control):
    """Mailbox, chat or SMS: what arrived."""

    async def messages(self, **filters: str) -> list[Document]:
        """In order of arrival; filters (`to`, `subject`, `text`, …) look for a part of the field."""
        return list(await self.call("GET", "/messages", query=dict(filters)))

    async def clear(self) -> None:
        """Deletes all messages."""
        await self.call("DELETE", "/messages")
