"""Events and trails → shapes, as a person may see them."""

from typing import Any

from services.ops_console.routes.masking import shown
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
from services.ops_console.store.operators import Person
from shared.db.tables import Delivery


def event_out(line: Line) -> EventOut:
    """Without its bytes."""
    became = [DeliveryOut(**only(DeliveryOut, columns(one))) for one in line.deliveries]
    return EventOut(**only(EventOut, columns(line.event)), deliveries=became)


def event_story(found: Trail, person: Person) -> EventStory:
    """With everything that belongs to it."""
    envelope, raw = content_of(found.line.event.body, person)
    trail = [TrailLine(**_trail_fields(line, person)) for line in found.trail]
    return EventStory(
        **_trail_fields(found.line, person),
        envelope=envelope,
        raw=raw,
        call_id=found.call_id,
        appointment_id=found.appointment_id,
        trail=trail,
    )


def _trail_fields(line: Line, person: Person) -> dict[str, Any]:
    notices = [only(NoticeOut, columns(notice)) for notice in line.notices]
    return {
        **only(EventOut, columns(line.event)),
        "deliveries": [_delivery_story(one, person) for one in line.deliveries],
        "notices": [NoticeOut(**shown(notice, person)) for notice in notices],
    }


def _delivery_story(row: Delivery, person: Person) -> DeliveryStory:
    fields = only(DeliveryStory, columns(row))
    error = without_stack(row.error) if row.error else None
    return DeliveryStory(**{**fields, "error": shown(error, person), "history": shown(row.history, person)})
