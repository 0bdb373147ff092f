"""Rows → shapes. Secrets never leave; personal data is masked for viewers."""

from dataclasses import asdict
from typing import Any, Final

from services.ops_console.routes.listings import EventTypeOut
from services.ops_console.routes.masking import shown
from services.ops_console.routes.shapes_events import (
    DeliveryOut,
    DeliveryStory,
    EventOut,
    EventStory,
    NoticeOut,
    TrailLine,
)
from services.ops_console.routes.shapes_letters import DeadLetterOut, DeadLetterStory, Deed
from services.ops_console.routes.shapes_overview import CircuitOut
from services.ops_console.routes.shapes_tenants import BranchOut, CompanyOut, StepOut, WebhookOut
from services.ops_console.store.branches import BranchView
from services.ops_console.store.companies import CompanyView
from services.ops_console.store.dead_letters import Story
from services.ops_console.store.events import Line, Trail
from services.ops_console.store.operators import Person
from shared.contracts.wire import MalformedJsonError, parse_json, searchable
from shared.db.tables import AuditEntry, Base, CalcomEventType, Delivery
from shared.resilience.circuit_state import CircuitState

_GONE: Final = {
    "de": "In Cal.com gibt es sie nicht mehr: Ordnen Sie eine andere Terminart zu.",
    "en": "It is not there at Cal.com any more: assign another event type.",
}


def columns(row: Base) -> dict[str, Any]:
    """What was read of a row, by column."""
    return {key: value for key, value in vars(row).items() if not key.startswith("_")}


def company_out(view: CompanyView, warnings: tuple[str, ...] = ()) -> CompanyOut:
    """Without secrets."""
    fields = {name: value for name, value in columns(view.company).items() if name in CompanyOut.model_fields}
    return CompanyOut(
        **fields,
        branches=view.branches,
        keys=dict(view.keys),
        webhook=WebhookOut(**_only(WebhookOut, columns(view.webhook))) if view.webhook else None,
        secret_on_its_way=view.company.calcom_webhook_secret_next_encrypted is not None,
        warnings=warnings,
    )


def branch_out(view: BranchView, *, whole: bool = False) -> BranchOut:
    """``whole``: with the document and the story of provisioning."""
    row, at = view.branch, view.provisioning
    fields = {name: value for name, value in columns(row).items() if name in BranchOut.model_fields}
    steps = [StepOut(**_only(StepOut, columns(step))) for step in view.steps]
    return BranchOut(
        **fields,
        phone_number=row.document.get("phone_number"),
        agent_id=at.agent_id if at else None,
        reached_version=at.reached_version if at else None,
        branch=row.document if whole else None,
        steps=steps if whole else None,
    )


def event_type_out(row: CalcomEventType) -> EventTypeOut:
    """With what it is to a caller."""
    fields = {name: value for name, value in columns(row).items() if name in EventTypeOut.model_fields}
    said = {"de": row.reason_de, "en": row.reason_en} if row.gone_at is None else dict(_GONE)
    state = row.bookable if row.gone_at is None else "gone"
    return EventTypeOut(**{**fields, "id": str(row.id), "state": state, "reason": said})


def event_out(line: Line) -> EventOut:
    """Without its bytes."""
    became = [DeliveryOut(**_only(DeliveryOut, columns(one))) for one in line.deliveries]
    return EventOut(**_only(EventOut, columns(line.event)), deliveries=became)


def event_story(found: Trail, person: Person) -> EventStory:
    """With everything that belongs to it."""
    envelope, raw = content_of(found.line.event.body, person)
    trail = [TrailLine(**_trail_fields(line, person)) for line in found.trail]
    return EventStory(**_trail_fields(found.line, person), envelope=envelope, raw=raw, trail=trail)


def dead_letter_out(row: Delivery, person: Person) -> DeadLetterOut:
    """A line of the list."""
    return DeadLetterOut(**_letter_fields(row, person, stack=False))


def dead_letter_story(story: Story, person: Person) -> DeadLetterStory:
    """Everything about it."""
    row = story.delivery
    payload, raw = content_of(row.body, person)
    return DeadLetterStory(
        **_letter_fields(row, person, stack=True),
        payload=payload,
        raw=raw,
        properties=shown(row.properties or {}, person),
        history=shown(list(row.history), person),
        deeds=[deed(entry) for entry in story.deeds],
    )


def deed(entry: AuditEntry) -> Deed:
    """What a person did."""
    return Deed(**_only(Deed, columns(entry)))


def circuit_out(state: CircuitState) -> CircuitOut:
    """A circuit by its name."""
    return CircuitOut(id=state.name, **_only(CircuitOut, asdict(state)))


def content_of(body: bytes | None, person: Person) -> tuple[Any, str | None]:
    """(parsed and redacted, None), or (None, the bytes as they are) where they are no JSON."""
    if body is None:
        return None, None
    try:
        return shown(searchable(parse_json(body, max_depth=1000)), person), None
    except MalformedJsonError:
        return None, shown(body.decode(errors="backslashreplace"), person)


def _trail_fields(line: Line, person: Person) -> dict[str, Any]:
    notices = [_only(NoticeOut, columns(notice)) for notice in line.notices]
    return {
        **_only(EventOut, columns(line.event)),
        "deliveries": [_delivery_story(one, person) for one in line.deliveries],
        "notices": [NoticeOut(**shown(notice, person)) for notice in notices],
    }


def _delivery_story(row: Delivery, person: Person) -> DeliveryStory:
    fields = _only(DeliveryStory, columns(row))
    error = _without_stack(row.error) if row.error else None
    return DeliveryStory(**{**fields, "error": shown(error, person), "history": shown(row.history, person)})


def _letter_fields(row: Delivery, person: Person, *, stack: bool) -> dict[str, Any]:
    error = (row.error or {}) if stack else _without_stack(row.error or {})
    return {**_only(DeadLetterOut, columns(row)), "error": shown(error, person)}


def _without_stack(error: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in error.items() if key != "stack"}


def _only(model: Any, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in model.model_fields if name in fields}
