"""What a delivery carried and how an attempt at it failed, as columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import Insert, insert

from shared.contracts.wire import searchable
from shared.db.settling import CurrentDelivery
from shared.db.tables import Delivery


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


def cleaned(value: dict[str, Any]) -> dict[str, Any]:
    """``value`` as jsonb can hold it."""
    held: dict[str, Any] = searchable(value)
    return held
