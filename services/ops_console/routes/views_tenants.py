"""Companies and branches → shapes, without secrets."""

from typing import Final

from services.ops_console.routes.listings import EventTypeOut
from services.ops_console.routes.shapes_tenants import BranchOut, CompanyOut, StepOut, WebhookOut
from services.ops_console.routes.views import columns, only
from services.ops_console.store.branches import BranchView
from services.ops_console.store.companies import CompanyView
from shared.db.tables import CalcomEventType

_GONE: Final = {
    "de": "In Cal.com gibt es sie nicht mehr: Ordnen Sie eine andere Terminart zu.",
    "en": "It is not there at Cal.com any more: assign another event type.",
}


def company_out(view: CompanyView, warnings: tuple[str, ...] = ()) -> CompanyOut:
    """Without secrets."""
    fields = {name: value for name, value in columns(view.company).items() if name in CompanyOut.model_fields}
    return CompanyOut(
        **fields,
        branches=view.branches,
        keys=dict(view.keys),
        webhook=WebhookOut(**only(WebhookOut, columns(view.webhook))) if view.webhook else None,
        secret_on_its_way=view.company.calcom_webhook_secret_next_encrypted is not None,
        warnings=warnings,
    )


def branch_out(view: BranchView, *, whole: bool = False) -> BranchOut:
    """``whole``: with the document and the story of provisioning."""
    row, at = view.branch, view.provisioning
    fields = {name: value for name, value in columns(row).items() if name in BranchOut.model_fields}
    steps = [StepOut(**only(StepOut, columns(step))) for step in view.steps]
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
