"""Events and trails → shapes, as a person may see them."""

from typing import Any

from services.ops_console.handlers.masking import visible
from services.ops_console.routes.shapes_events import (
    DeliveryOut,
    DeliveryStory,
    EventOut,
    EventStory,
    NoticeOut,
    TrailLine,
)
from services.ops_console.routes.views import columns, content_of, only, without_stack
from services.ops_console.store.events import Line, Trail
from shared.db.tables import Delivery


def event_out(line: Line) -> EventOut:
    """Without its bytes."""
    became = [DeliveryOut(**only(DeliveryOut, columns(one))) for one in line.deliveries]
    return EventOut(**only(EventOut, columns(line.event)), deliveries=became)


def event_story(found: Trail, *, revealed: bool = False) -> EventStory:
    """With everything that belongs to it."""
    envelope, raw = content_of(found.line.event.body, revealed=revealed)
    trail = [TrailLine(**_trail_fields(line, revealed=revealed)) for line in found.trail]
    return EventStory(
        **_trail_fields(found.line, revealed=revealed),
        envelope=envelope,
        raw=raw,
        call_id=found.call_id,
        appointment_id=found.appointment_id,
        trail=trail,
    )


def _trail_fields(line: Line, *, revealed: bool) -> dict[str, Any]:
    notices = [only(NoticeOut, columns(notice)) for notice in line.notices]
    return {
        **only(EventOut, columns(line.event)),
        "deliveries": [_delivery_story(one, revealed=revealed) for one in line.deliveries],
        "notices": [NoticeOut(**visible(notice, revealed=revealed)) for notice in notices],
    }


def _delivery_story(row: Delivery, *, revealed: bool) -> DeliveryStory:
    fields = only(DeliveryStory, columns(row))
    error = without_stack(row.error) if row.error else None
    return DeliveryStory(
        **{
            **fields,
            "error": visible(error, revealed=revealed),
            "history": visible(row.history, revealed=revealed),
        }
    )
