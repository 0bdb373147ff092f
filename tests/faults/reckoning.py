"""Everything that was accepted against what is in our books, in our tables and at the providers."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from infra.simulators.control import CalcomControl, RetellControl
from shared.clients.retell import MARK
from tests.faults.account import Account
from tests.faults.closing import Line
from tests.faults.installation import Installation
from tests.faults.messages import Claim
from tests.faults.salon import webhooks_at
from tests.faults.senders import Senders
from tests.support import eventually

_TABLES: Final = {
    "appointments": "select company_id || '/' || calcom_uid as row, status as state from appointments",
    "wishes": "select company_id || '/' || token as row, status as state from appointments where token <> ''",
    "calls": "select company_id || '/' || call_id as row, status as state from calls",
    "subscriptions": "select id as row, status as state from subscriptions",
    "branches": "select company_id || '/' || id as row, status as state from branches",
}
#: Each row is something that was done, and must have been done once.
TOLD: Final = {
    "an appointment's outcome": "select type || ' ' || (document->'data'->>'appointment_id') as k"
    " from event_log where type in ('appointment.booked', 'appointment.cancelled')",
    "a call's stage": "select (document->'data'->>'company_id') || (document->'data'->>'call_id')"
    " || (document->'data'->>'stage') as k from event_log where type = 'call.recorded'",
    "a branch's version": "select type || (document->'data'->>'company_id')"
    " || (document->'data'->>'branch_id') || (document->'data'->>'version') as k from event_log where type in"
    " ('branch.provisioned', 'branch.deprovisioned')",
    "a message": "select event_id || channel || recipient as k from notifications where state <> 'nobody'",
}
_LEFT: Final = (
    "select (select count(*) from outbox) as outbox, (select count(*) from event_log) as logged,"
    " (select count(*) from deliveries where state = 'waiting') as waiting,"
    " (select count(*) from deliveries where state = 'redelivery') as redelivery,"
    " (select count(*) from deliveries where state = 'done') as done,"
    " (select count(*) from deliveries where state = 'dead') as dead"
)


@dataclass
class Reckoning:
    """``problems`` has to be empty; each says what is wrong with which row."""

    here: Installation
    senders: Senders
    problems: list[str] = field(default_factory=list)

    def left(self) -> dict[str, Any] | None:
        """What the books still wait for; None while the database is away."""
        try:
            return self.here.rows(_LEFT)[0]
        except psycopg.OperationalError:
            return None

    async def drained(self, within: float) -> None:
        """I3: everything is logged and settled; the outbox and the broker hold nothing any more."""

        async def closed() -> bool:
            left = await asyncio.to_thread(self.left)
            if left is None or left["outbox"] or left["waiting"] or left["redelivery"]:
                return False
            ledger = await asyncio.to_thread(self.here.console.get, "ledger")
            return bool(ledger["to_be_logged"] == 0)

        await eventually(closed, within=within, every=1.0, of="the books are closed")

    async def judge(self, line: Line) -> None:
        """Hold everything against the invariants, after it has drained."""
        line.refused = self.senders.refused.total()
        line.account = account = self.tally()
        ids = list(account.accepted)
        logged = {row["id"] for row in self.here.rows("select id from event_log where id = any(%s)", ids)}
        self.problems += [f"{each} is not in the event log" for each in account.accepted - logged]
        self._check_rows()
        await self._check_providers()
        assert not self.problems, (len(self.problems), self.problems[:20])
        account.check()
        assert not account.dead, f"nothing here deserved it: {sorted(account.dead)[:5]}"
        await self.here.aftermath.holds()

    def tally(self) -> Account:
        """What has become, up to now, of all that was accepted."""
        ids = list(self.senders.accepted.values())
        settled = self.here.rows("select event_id, state from deliveries where event_id = any(%s)", ids)
        return Account(
            accepted=set(ids),
            effects=Counter({row["event_id"]: 1 for row in settled if row["state"] == "done"}),
            told=self._told(),
            dead={row["event_id"] for row in settled if row["state"] == "dead"},
        )

    def _told(self) -> Counter[str]:
        return Counter(f"{what}: {row['k']}" for what, query in TOLD.items() for row in self.here.rows(query))

    def _check_rows(self) -> None:
        """What was accepted has had its effect: the row is in the state that follows from all that came."""
        states = {
            (table, row["row"]): row["state"]
            for table, query in _TABLES.items()
            for row in self.here.rows(query)
        }
        for key, allowed in self._allowed().items():
            if (found := states.get(key)) not in allowed:
                self.problems.append(f"{key} is {found}, not {' or '.join(sorted(allowed))}")

    def _allowed(self) -> dict[tuple[str, str], set[str]]:
        """By row: the state of the highest accepted claim, or one above whose sender was never answered."""
        certain: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        perhaps: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for number, message in enumerate(self.senders.messages):
            claims = certain if number in self.senders.accepted else perhaps
            for claim in message.claims:
                claims[claim.table, claim.row].append(claim)
        return {key: _states(claims, perhaps[key]) for key, claims in certain.items()}

    async def _check_providers(self) -> None:
        """I4: one agent and one LLM of each branch, one webhook of each company, one booking of each wish."""
        async with (
            RetellControl(self.here.simulators["RETELL"]) as retell,
            CalcomControl(self.here.simulators["CALCOM"]) as calcom,
        ):
            requests = await retell.requests(method="POST")
            made = Counter(
                each["path"] + " " + _name(each)
                for each in requests
                if each["path"] in {"/create-agent", "/create-retell-llm"} and _done(each)
            )
            self._no_more_than_one(made)
            # By its state: with a company's last branch the webhook goes, and comes back with the next one.
            keys = [company.calcom_key for company in self.here.companies]
            webhooks = {f"webhook of {key}": await webhooks_at(calcom.root, key) for key in keys}
            self._no_more_than_one(Counter(webhooks))
            bookings = await calcom.requests(method="POST", path="/v2/bookings")
            self._no_more_than_one(Counter("booking " + _token(each) for each in bookings if _done(each)))

    def _no_more_than_one(self, made: Counter[str]) -> None:
        self.problems += [f"{what}: {times} times" for what, times in made.items() if times > 1]


def _states(certain: list[Claim], perhaps: Iterable[Claim]) -> set[str]:
    best = max(certain, key=lambda claim: claim.rank)
    return {best.state} | {claim.state for claim in perhaps if claim.rank > best.rank}


def _done(request: dict[str, Any]) -> bool:
    """It had its effect, or may have had it: the provider was not asked whether it was answered."""
    return request["status"] is None or request["status"] < 300  # 0: reset after the effect


def _name(request: dict[str, Any]) -> str:
    body = json.loads(request["body"])
    return str(body.get("agent_name") or body["default_dynamic_variables"][MARK])


def _token(request: dict[str, Any]) -> str:
    return f"{request['key']} {json.loads(request['body'])['metadata']['askpro_token']}"
