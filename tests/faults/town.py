"""A site with the real services: many companies, their simulated providers, and what reached those."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import insert

from infra.simulators.control import CalcomControl, RetellControl
from shared.clients.calcom import Calcom
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.contracts.events import BookingRequested
from shared.db.budgets import PostgresBudgets
from shared.db.circuits import PostgresCircuits
from shared.db.engine import Database
from shared.db.tables import Company
from shared.db.vault import Vault
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.faults.account import Account
from tests.faults.closing import Line
from tests.faults.producer import Producer
from tests.faults.salon import Salon, webhooks_at
from tests.faults.site import Site
from tests.faults.supervised import Supervised
from tests.processes import KEY
from tests.support import eventually

BOOKINGS = "/v2/bookings"
_TOKEN = "askpro_token"
GENEROUS = {"booking_seconds": [0, 0], "rate_limit_per_minute": 6000, "rate_limit_block_seconds": 60}


@dataclass
class Town:
    """``site`` keeps broker, database, ingest and console; here are the services that speak to providers.

    ``requests``: what those services wrote down of their own requests, for ``asked.read``.
    """

    site: Site
    producer: Producer
    calcom: CalcomControl
    retell: RetellControl
    requests: Path
    salons: list[Salon] = field(default_factory=list)

    @property
    def syncers(self) -> list[Supervised]:
        return [one for name, one in self.site.processes.items() if name.startswith("syncer")]

    @property
    def provisioner(self) -> Supervised:
        return self.site.processes["provisioner"]

    def begin(self) -> None:
        """A test begins."""
        self.producer.accepted.clear()
        self.site.begin()

    async def heal(self) -> None:
        """The providers answer, no fault is on, no circuit of all is open."""
        await self.calcom.heal()
        await self.retell.heal()
        await self.calcom.configure(**GENEROUS)
        await self.site.heal()
        if self.circuit("calcom").get("forced"):
            wish = {"reason": "the test is over"}
            await asyncio.to_thread(self.site.console.post, "circuits", "calcom", "auto", body=wish)
        if self.circuit("calcom").get("state") == "open":
            await self.producer.wish([(await self.settle(1))[0].wish(0)])
            await self.is_closed("calcom")

    async def settle(self, salons: int, *, key: str | None = None) -> list[Salon]:
        """So many new companies, known to Cal.com and to us; ``key``: the wrong one that we were given."""
        new = await asyncio.gather(*(self._account() for _ in range(salons)))
        vault = Vault([SecretStr(KEY)])
        rows = [
            {
                "id": one.company_id,
                "name": "Salon",
                "calcom_api_key_encrypted": vault.seal(key or one.calcom_key),
            }
            for one in new
        ]
        database = Database(self.site.database_url, application="test")
        async with database.transaction() as session:
            await session.execute(insert(Company), rows)
        await database.close()
        self.salons += new
        return list(new)

    async def _account(self) -> Salon:
        account = await self.calcom.add_account()
        event_type = await self.calcom.add_event_type(account["id"], "Haarschnitt", 30)
        return Salon(f"salon_{secrets.token_hex(5)}", str(account["apiKey"]), int(event_type["id"]))

    def circuit(self, name: str) -> dict[str, Any]:
        """Its row; empty where it was never open."""
        found = self.site.rows("select * from circuits where name = %s", name)
        return found[0] if found else {}

    async def is_open(self, name: str, *, within: float = 60.0) -> dict[str, Any]:
        """Wait until the circuit's row says open."""

        async def probe() -> dict[str, Any]:
            row = self.circuit(name)
            return row if row.get("state") == "open" else {}

        return await eventually(probe, within=within, of=f"{name} is open")

    async def is_closed(self, name: str, *, within: float = 60.0) -> None:
        """Wait until it is not open any more."""

        async def probe() -> bool:
            return self.circuit(name).get("state") == "closed"

        await eventually(probe, within=within, of=f"{name} is closed")

    def told(self, name: str) -> Counter[str]:
        """How often each event about the circuit was emitted."""
        query = (
            "select type, count(*) as n from event_log where type like 'circuit.%%'"
            " and document->'data'->>'circuit' = %s group by type"
        )
        return Counter({row["type"]: row["n"] for row in self.site.rows(query, name)})

    async def tells_once(self, name: str, before: Counter[str] | None = None) -> None:
        """Of the circuit's opening and of its closing there is one event each since ``before``."""

        async def probe() -> bool:
            return sum((self.told(name) - (before or Counter())).values()) >= 2

        await eventually(probe, within=60, of=f"{name} is told of")
        assert self.told(name) - (before or Counter()) == {"circuit.opened": 1, "circuit.closed": 1}

    def deliveries(self, event_ids: Iterable[str]) -> list[dict[str, Any]]:
        """The rows of these events, with the state, the attempts and the failures of each."""
        query = (
            "select event_id, queue, state, attempt, waits_for, due_at, history, first_seen_at, updated_at"
            " from deliveries where event_id = any(%s)"
        )
        return self.site.rows(query, list(event_ids))

    def done(self, event_ids: Iterable[str]) -> int:
        """How many of these events are done."""
        return len(self._in_state("done", event_ids))

    async def all_done(self, event_ids: Iterable[str], *, within: float) -> float:
        """Seconds from now until each of these events is done; a dead one ends the waiting."""
        ids, began = list(event_ids), time.monotonic()

        async def probe() -> bool:
            rows = self.deliveries(ids)
            dead = [(row["queue"], row["event_id"], row["history"]) for row in rows if row["state"] == "dead"]
            assert not dead, f"{len(dead)} of {len(ids)} are dead, the first {dead[0]}"
            return sum(row["state"] == "done" for row in rows) == len(ids)

        await eventually(probe, within=within, every=0.2, of=f"{len(ids)} events are done")
        return time.monotonic() - began

    async def asked(self, *keys: str, since: float = 0.0) -> list[dict[str, Any]]:
        """What reached Cal.com, in order; ``keys``: of these accounts alone; ``since``: Unix time."""
        received = await self.calcom.requests()
        return [each for each in received if (not keys or each["key"] in keys) and each["time"] >= since]

    async def booked(self, salons: Iterable[Salon]) -> Counter[str]:
        """How often each token was booked at Cal.com."""
        keys = {salon.calcom_key for salon in salons}
        made = await self.calcom.requests(BOOKINGS, "POST")
        return Counter(_token(each) for each in made if each["key"] in keys and each["status"] == 201)

    @asynccontextmanager
    async def caller(self, salon: Salon) -> AsyncIterator[Calcom]:
        """Cal.com as a caller on the line uses it, in a process of its own as far as circuits go."""
        database = Database(self.site.database_url, application="test")
        circuits = Circuits(
            PostgresCircuits(database, self.site.database_url, source="voice_tools"), process="caller"
        )
        await circuits.refresh()
        async with http_client() as http:
            guards = Guards(circuits, Limits(PostgresBudgets(database), patience=15))
            providers = Providers(http, guards, calcom_base_url=self.calcom.root)
            yield providers.calcom(salon.company_id, salon.calcom_key, region="default", voice=True)
        await circuits.stop()
        await database.close()

    async def use_up(self, salon: Salon, calls: int) -> None:
        """Somebody else uses the company's key."""
        async with httpx.AsyncClient(base_url=self.calcom.root, trust_env=False) as client:
            for _ in range(calls):
                await client.get("/v2/me", headers={"Authorization": f"Bearer {salon.calcom_key}"})

    async def ask_retell(self, key: str, method: str, path: str, body: Any = None) -> Any:
        """Retell's own API, as the company's person would look at it."""
        async with httpx.AsyncClient(base_url=self.retell.root, trust_env=False) as client:
            answer = await client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})
            answer.raise_for_status()
            return answer.json()

    async def webhooks(self, salon: Salon) -> int:
        """How many the company has at Cal.com."""
        return await webhooks_at(self.calcom.root, salon.calcom_key)

    async def account(
        self, wishes: Mapping[str, BookingRequested], line: Line, *, within: float = 300.0
    ) -> Account:
        """Wait for all, then: one booking at Cal.com and one appointment for each wish, or it is dead.

        ``wishes``: by event id.
        """
        await eventually(lambda: self._settled(wishes), within=within, every=0.3, of="all is settled")
        tokens = {wish.token: event_id for event_id, wish in wishes.items()}
        rows = self.site.rows(
            "select token, count(*) as n from appointments where token = any(%s) group by token", list(tokens)
        )
        booked = await self.booked(self.salons)
        account = Account(
            accepted=set(wishes),
            effects=Counter({tokens[row["token"]]: row["n"] for row in rows}),
            told=Counter({tokens[token]: number for token, number in booked.items() if token in tokens}),
            dead=self._in_state("dead", wishes),
        )
        await self.judge(account, line)
        return account

    async def judge(self, account: Account, line: Line, excused: Mapping[str, str] | None = None) -> None:
        """Hold it against the invariants; ``excused``: as in ``Site.account``."""
        line.account = account
        account.check()
        await self.site.aftermath.holds(excused)

    def tally(self) -> Account:
        """What has become, up to now, of all that this test has sent."""
        accepted = set(self.producer.accepted)
        return Account(
            accepted, Counter(self._in_state("done", accepted)), dead=self._in_state("dead", accepted)
        )

    def _in_state(self, state: str, event_ids: Iterable[str]) -> set[str]:
        return {row["event_id"] for row in self.deliveries(event_ids) if row["state"] == state}

    async def _settled(self, event_ids: Iterable[str]) -> bool:
        ids = list(event_ids)
        rows = self.deliveries(ids)
        return len(rows) == len(ids) and all(row["state"] in {"done", "dead"} for row in rows)


def _token(request: Mapping[str, Any]) -> str:
    _, _, rest = str(request["body"]).partition(f'"{_TOKEN}":')
    return rest.strip().split('"')[1]
