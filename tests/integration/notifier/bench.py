"""The notifier's handlers inside a test: real database, real mail, chat and SMS servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import insert, select, text, update

from infra.simulators.control import InboxControl
from infra.simulators.runner import Simulators
from services.notifier.handlers import NotifyByChat, NotifyByMail, NotifyBySms
from services.notifier.recipients import Rules
from services.notifier.senders import Senders
from services.notifier.store import Callbacks, Notifications, People
from services.notifier.wording import Writer
from shared.clients.chat import ChatHooks
from shared.clients.mail import Mailer, SmtpServer
from shared.clients.messages import Messages
from shared.contracts.events import OwnEvent
from shared.contracts.targets import parse_targets
from shared.db.engine import Database
from shared.db.tables import Appointment, Booking, Callback, Company, Notification, Outbox
from shared.db.tables import Branch as BranchRow
from shared.db.vault import Vault
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits
from tests.unit.notifier.samples import START

COMPANY = "schoen"
DOMAIN = "bookings.example"


@dataclass
class Bench:
    database: Database
    vault: Vault
    by_mail: NotifyByMail
    by_chat: NotifyByChat
    by_sms: NotifyBySms
    mailbox: InboxControl
    chat: InboxControl
    sms: InboxControl

    async def company(self, **changes: Any) -> None:
        targets = changes.pop("notify_urls", None)
        fields = {"id": COMPANY, "name": "Salon Schön", "notification_email": "chef@salon.example", **changes}
        if targets:
            fields["notify_urls_encrypted"] = self.vault.seal(targets)
        async with self.database.transaction() as session:
            await session.execute(insert(Company).values(**fields))
            document = {
                "phone_number": "+498912345",
                "address": {"street": "Hauptstraße 5", "city": "München"},
            }
            branch = {"company_id": COMPANY, "id": "mitte", "version": 1, "name": "Mitte"}
            place = {"language": "de-DE", "timezone": "Europe/Berlin", "document": document}
            await session.execute(insert(BranchRow).values(**branch, **place))

    async def appointment(self, **fields: Any) -> None:
        row = {"company_id": COMPANY, "calcom_uid": "uid-1", "status": "accepted", **fields}
        async with self.database.transaction() as session:
            await session.execute(insert(Appointment).values(**row))

    async def attempt(self, kind: str, state: str = "booked", **fields: Any) -> None:
        """The row of voice_tools; as it is where the caller has heard that it is done."""
        row = {"company_id": COMPANY, "token": "t", "call_id": "c", "branch_id": "mitte", "kind": kind}
        row |= {"event_type_id": 1, "start_at": START, "calcom_uid": "uid-1", "request": {}, "state": state}
        said = {"outcome": "done", "waited": False}
        async with self.database.transaction() as session:
            await session.execute(insert(Booking).values(row | {"result": said} | fields))

    async def settle_attempt(self, result: dict[str, Any]) -> None:
        """What was begun is booked."""
        settled = {"state": "booked", "calcom_uid": "uid-1", "result": result}
        async with self.database.transaction() as session:
            await session.execute(update(Booking).values(settled))

    async def rows(self, event: OwnEvent, channel: str = "mail") -> dict[str, Notification]:
        query = select(Notification).where(
            Notification.event_id == event.event_id(), Notification.channel == channel
        )
        async with self.database.transaction() as session:
            return {row.recipient: row for row in (await session.execute(query)).scalars()}

    async def end_of_lease(self) -> None:
        """The time for which a dead process's reservation holds has passed."""
        async with self.database.transaction() as session:
            await session.execute(text("update notifications set lease_until = now() - interval '1 second'"))

    async def all_of(self, table: type[Callback | Outbox]) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.execute(select(table))).scalars())

    async def forget(self) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                text("truncate companies, notifications, outbox, deliveries, callbacks cascade")
            )
        for inbox in (self.mailbox, self.chat, self.sms):
            await inbox.reset()


@asynccontextmanager
async def bench(database_url: str, simulators: Simulators) -> AsyncIterator[Bench]:
    """Handlers wired as the service wires them, without a broker."""
    vault = Vault([SecretStr(Fernet.generate_key().decode())])
    database = Database(database_url, application="test")
    guards = Guards(Circuits(None, process="test"), Limits(None))
    operators = parse_targets(f"chat={simulators.chat_url},sms={_gateway(simulators)}")
    rules = Rules(operators, placeholder_domain=DOMAIN)
    people, notices, writer = People(database, vault), Notifications(database), Writer("https://console")
    mailer = Mailer(SmtpServer.parse(simulators.smtp_url), guards)
    services = Messages(guards)
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        InboxControl(simulators.root("mailbox")) as mailbox,
        InboxControl(simulators.root("chat")) as chat,
        InboxControl(simulators.root("sms")) as sms,
    ):
        senders = Senders(ChatHooks(http, guards), services)
        try:
            yield Bench(
                database,
                vault,
                NotifyByMail(people, notices, rules, writer, mailer, f"no-reply@{DOMAIN}", _now),
                NotifyByChat(people, notices, rules, writer, senders),
                NotifyBySms(people, notices, Callbacks(database), rules, writer, senders),
                mailbox,
                chat,
                sms,
            )
        finally:
            services.close()
            await database.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _gateway(simulators: Simulators) -> str:
    return simulators.sms_url.replace("http://", "json://") + "/{to}"
