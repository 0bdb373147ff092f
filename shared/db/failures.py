"""What a delivery carried and how an attempt at it failed, as columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.wire import searchable
from shared.db.settling import CurrentDelivery
from shared.db.tables import AttemptStack, Delivery

#: Of its end: what was called last says where it failed.
_STACK: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What must come back byte for byte: the body and the properties as JSON."""

    body: bytes
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. ``error``: class, message, place, stack."""

    at: datetime
    error: dict[str, Any]
    origin: dict[str, Any]

    def entry(self, attempt: int) -> dict[str, Any]:
        """Its line in the history: everything but the stack."""
        kept = {key: value for key, value in self.error.items() if key != "stack"}
        return cleaned({"attempt": attempt, "at": self.at.isoformat(), **kept, **self.origin})


def row_of(delivery: CurrentDelivery, content: Content) -> dict[str, Any]:
    """Who it is and what it carried: columns of ``deliveries``."""
    return {
        "queue": delivery.queue,
        "event_id": delivery.event_id,
        "attempt": delivery.attempt,
        "event_type": searchable(delivery.event_type),
        "company_id": searchable(delivery.company_id),
        "correlation_id": searchable(delivery.correlation_id),
        "body": content.body,
        "properties": cleaned(content.properties),
    }


def appending(values: Mapping[str, Any], changes: Collection[str], *, where: ColumnElement[bool]) -> Insert:
    """A row of ``values``; of one that is there already its ``changes`` where ``where`` holds.

    What ``values`` has of history is put behind what is there.
    """
    new = insert(Delivery).values(**values)
    return new.on_conflict_do_update(
        index_elements=[Delivery.queue, Delivery.event_id],
        set_={
            **{name: values[name] for name in changes},
            "history": Delivery.history.op("||")(new.excluded.history),
            "updated_at": func.now(),
        },
        where=where,
    )


async def keep_stack(session: AsyncSession, delivery_id: int, attempt: int, failure: Failure) -> None:
    """The stack of a failed attempt, beside its line in the history; nothing where it has none."""
    stack = searchable(str(failure.error.get("stack") or ""))[-_STACK:]
    if stack:
        row = {"delivery_id": delivery_id, "attempt": attempt, "at": failure.at, "stack": stack}
        await session.execute(insert(AttemptStack).values(**row).on_conflict_do_nothing())


def cleaned(value: dict[str, Any]) -> dict[str, Any]:
    """``value`` as jsonb can hold it."""
    held: dict[str, Any] = searchable(value)
    return held
