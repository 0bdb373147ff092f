"""A company with accounts at the simulated providers, and what it has there."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from infra.simulators.control import CalcomControl, Control, RetellControl
from infra.simulators.runner import Simulators
from services.provisioner.app import subscriptions
from services.provisioner.content import Addresses
from services.provisioner.handlers import Rehearsal
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.contracts.envelope import Attributes, Envelope
from shared.db.engine import Database
from shared.db.settling import CurrentDelivery, current_delivery
from shared.db.vault import Vault

ENCRYPTION_KEY = Fernet.generate_key().decode()
WRITES = ("POST", "PATCH", "DELETE", "PUT")
#: Lists are asked for by POST.
_READS = ("/v2/list-agents",)


def changes(request: Mapping[str, Any]) -> bool:
    """A request as the log of a simulator has it: it changes something there."""
    return request["method"] in WRITES and request["path"] not in _READS


@dataclass
class World:
    """A company, its providers, and what the provisioner does with an event."""

    url: str
    simulators: Simulators
    retell: RetellControl
    calcom: CalcomControl
    database: Database
    providers: Providers
    vault: Vault
    company: str = field(default_factory=lambda: f"company_{secrets.token_hex(4)}")
    retell_key: str = ""
    calcom_key: str = ""
    today: date = date(2026, 11, 30)
    rehearsal: Rehearsal = field(default_factory=Rehearsal)
    #: Where providers reach us.
    addresses: Addresses = field(
        default_factory=lambda: Addresses("http://127.0.0.1:1", "http://127.0.0.1:2")
    )

    async def open(self) -> None:
        """Accounts at the providers, and the company in our database."""
        self.retell_key = (await self.retell.add_workspace())["api_key"]
        self.calcom_key = (await self.calcom.add_account())["apiKey"]
        self.execute(
            "insert into companies (id, name, retell_api_key_encrypted, calcom_api_key_encrypted) "
            "values (%s, 'Salon', %s, %s)",
            self.company,
            self.vault.seal(self.retell_key),
            self.vault.seal(self.calcom_key),
        )

    def branch(self, branch_id: str = "schwabing", **changes: Any) -> dict[str, Any]:
        """The data of branch.created."""
        fields: dict[str, Any] = {
            "company_id": self.company,
            "branch_id": branch_id,
            "version": 1,
            "name": "Salon Schön",
            "opening_hours": {"montag": ["09:00-12:30", "13:30-18:00"]},
            "special_days": [{"day": "2026-12-24", "note": "Heiligabend"}],
            "services": [
                {
                    "name": "Herrenhaarschnitt",
                    "aliases": ["Schneiden"],
                    "event_type_id": 7,
                    "staff": [{"staff_key": "steffi", "event_type_id": 8}],
                }
            ],
            "staff": [{"key": "steffi", "name": "Steffi"}],
        }
        return fields | changes

    async def tell(
        self,
        event_type: str,
        data: dict[str, Any],
        *,
        lease_seconds: float = 40.0,
        delivery: CurrentDelivery | None = None,
    ) -> None:
        """Run the handler of an event, as the edge would; as ``delivery``, where it matters which."""
        telling = self.telling(event_type, data, lease_seconds=lease_seconds, delivery=delivery)
        await asyncio.create_task(telling)

    async def telling(
        self,
        event_type: str,
        data: dict[str, Any],
        *,
        lease_seconds: float = 40.0,
        delivery: CurrentDelivery | None = None,
    ) -> None:
        """As ``tell``, for whoever makes the task."""
        current_delivery.set(delivery)
        attributes = Attributes(
            id=secrets.token_hex(8), source="test", type=event_type, time=datetime.now(UTC)
        )
        table = subscriptions(
            self.database,
            self.vault,
            self.providers,
            self.addresses,
            lease_seconds=lease_seconds,
            today=lambda: self.today,
            rehearsal=self.rehearsal,
        )
        line = next(line for line in table if line.matches(event_type))
        await line.run(Envelope.around(attributes, json.dumps(data).encode(), data))

    def execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def provisioning(self, branch_id: str = "schwabing") -> dict[str, Any]:
        statement = "select * from provisionings where company_id = %s and branch_id = %s"
        return self.rows(statement, self.company, branch_id)[0]

    def steps(self) -> dict[str, tuple[str, int]]:
        found = self.rows("select * from provisioning_steps where company_id = %s", self.company)
        return {row["step"]: (row["state"], row["attempt"]) for row in found}

    def status(self, branch_id: str = "schwabing") -> str:
        statement = "select status from branches where company_id = %s and id = %s"
        return str(self.rows(statement, self.company, branch_id)[0]["status"])

    def events(self) -> list[str]:
        found = self.rows(
            "select event_type from outbox where event_id like %s order by seq", f"%{self.company}%"
        )
        return [row["event_type"] for row in found]

    async def writes(self) -> list[str]:
        """What this company changed at the providers."""
        return [f"{each['method']} {each['path']}" for each in await self.asked() if changes(each)]

    async def asked(self) -> list[dict[str, Any]]:
        """What reached the providers with this company's keys, in order, each with its ``provider``."""
        received = [
            {**each, "provider": provider}
            for provider, control in self.controls.items()
            for each in await control.requests()
            if each["key"] in {self.retell_key, self.calcom_key}
        ]
        return sorted(received, key=lambda each: float(each["time"]))

    @property
    def controls(self) -> dict[str, Control]:
        return {"retell": self.retell, "calcom": self.calcom}

    async def ask_retell(self, method: str, path: str, body: Any = None) -> Any:
        """Retell's own API, as the company's person would look at it."""
        async with http_client() as client:
            answer = await client.request(
                method,
                self.simulators.retell_url + path,
                json=body,
                headers={"Authorization": f"Bearer {self.retell_key}"},
            )
            answer.raise_for_status()
            return answer.json() if answer.content else None

    async def made(self) -> dict[str, list[dict[str, Any]]]:
        """Everything the company has at the providers."""
        async with http_client() as client:
            headers = {"Authorization": f"Bearer {self.calcom_key}"}
            webhooks = await client.get(f"{self.simulators.calcom_url}/v2/webhooks", headers=headers)
        return {
            "llms": (await self.ask_retell("GET", "/v2/list-retell-llms"))["items"],
            "agents": (await self.ask_retell("POST", "/v2/list-agents", {}))["items"],
            "numbers": (await self.ask_retell("GET", "/v2/list-phone-numbers"))["items"],
            "webhooks": webhooks.json()["data"],
        }

    async def counts(self) -> tuple[int, int, int]:
        """LLMs, agents, webhooks."""
        made = await self.made()
        return len(made["llms"]), len(made["agents"]), len(made["webhooks"])
