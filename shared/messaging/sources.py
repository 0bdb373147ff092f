"""What a relay sends: rows, the messages they become, and what a row becomes afterwards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from aio_pika import Message
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.ids import short_string
from shared.contracts.names import DELIVERY_ATTEMPT
from shared.contracts.topics import queues_for
from shared.db import deliveries, outbox, unsendable
from shared.db.failures import Failure
from shared.db.tables import Delivery, Outbox
from shared.messaging.edge import Origin
from shared.messaging.properties import message_of
from shared.messaging.publisher import UnroutableError
from shared.messaging.topology import all_queues, routes
from shared.observability.logging import describe

_KNOWN: Final = frozenset(spec.name for spec in all_queues())


class Row(Protocol):
    """``queue`` None: the exchange."""

    @property
    def queue(self) -> Any:
        """The one work queue it goes to."""
        ...


class Source(Protocol):
    """One table. Each method works within the session that holds the rows locked."""

    @property
    def name(self) -> str:
        """Of the table, for metrics and logs."""
        ...

    async def take(self, session: AsyncSession, limit: int, besides: Collection[int]) -> dict[int, Any]:
        """Rows to send, by their key; locked, and skipped by every other relay."""
        ...

    def message(self, row: Any) -> Message:
        """The message of a row."""
        ...

    async def sent(self, session: AsyncSession, rows: Sequence[Any]) -> None:
        """The broker has them."""
        ...

    async def give_up(self, session: AsyncSession, row: Any, error: BaseException) -> None:
        """The broker will never take it: it becomes a dead letter."""
        ...


@dataclass(frozen=True, slots=True)
class OutboxEvents:
    """Events committed with their cause."""

    origin: Origin
    name: str = "outbox"

    async def take(self, session: AsyncSession, limit: int, besides: Collection[int]) -> dict[int, Outbox]:
        """In the order of their commits, more or less."""
        return {row.seq: row for row in await outbox.take(session, limit, besides)}

    def message(self, row: Outbox) -> Message:
        """As it was put in."""
        return message_of(row.body, row.properties)

    async def sent(self, session: AsyncSession, rows: Sequence[Outbox]) -> None:
        """Their rows are deleted."""
        await outbox.forget(session, [row.seq for row in rows])

    async def give_up(self, session: AsyncSession, row: Outbox, error: BaseException) -> None:
        """A dead letter of each queue that would have got it."""
        queues = [row.queue] if row.queue else queues_for(routes(), row.event_type)
        await unsendable.bury_event(
            session, row, queues, _failure(error, self.origin), source=self.origin.service
        )


@dataclass(frozen=True, slots=True)
class DueDeliveries:
    """Redeliveries whose time has come."""

    origin: Origin
    name: str = "deliveries"

    async def take(self, session: AsyncSession, limit: int, besides: Collection[int]) -> dict[int, Delivery]:
        """The longest due first."""
        return {row.id: row for row in await deliveries.due(session, limit, besides)}

    def message(self, row: Delivery) -> Message:
        """The bytes and properties that came, with the count of the attempt; its row must be found again."""
        properties = {**(row.properties or {}), "message_id": short_string(row.event_id)}
        return message_of(row.body or b"", properties, **{DELIVERY_ATTEMPT: row.attempt + 1})

    async def sent(self, session: AsyncSession, rows: Sequence[Delivery]) -> None:
        """They wait in their queue again."""
        await deliveries.mark_waiting(session, rows)

    async def give_up(self, session: AsyncSession, row: Delivery, error: BaseException) -> None:
        """The redelivery becomes a dead letter."""
        failure = _failure(error, self.origin)
        await unsendable.bury_redelivery(session, row, failure, source=self.origin.service)


def never_routable(row: Row, error: BaseException) -> bool:
    """Whether nobody declares the queue that is missing: what our topology names is declared again."""
    return isinstance(error, UnroutableError) and row.queue is not None and row.queue not in _KNOWN


def _failure(error: BaseException, origin: Origin) -> Failure:
    return Failure(datetime.now(UTC), describe(error), origin.as_dict())
