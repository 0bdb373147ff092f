"""What a branch offers, service by service and person by person, and what Cal.com says of each."""

from collections.abc import Iterator, Mapping
from typing import Final

from services.ops_console.routes.listings import OfferOut
from services.ops_console.routes.views_tenants import event_type_out
from shared.contracts.branch import Branch, Service
from shared.db.tables import CalcomEventType

#: The service names an event type that Cal.com has not listed so far: another account's, or a typing error.
UNSEEN: Final = "unseen"
_NOT_NAMED: Final = {
    "de": "Keine Terminart von Cal.com ist zugeordnet: Die Assistentin bietet nur einen Rückruf an.",
    "en": "No event type of Cal.com is assigned: the assistant offers a call back only.",
}
_NOTHING: Final[dict[str, str | None]] = {"de": None, "en": None}


def offers_of(branch: Branch, known: Mapping[int, CalcomEventType]) -> list[OfferOut]:
    """A line for each service and for each person it is booked with. ``known``: event types by id."""
    return [offer for service in branch.services for offer in _offers(branch, service, known)]


def _offers(branch: Branch, service: Service, known: Mapping[int, CalcomEventType]) -> Iterator[OfferOut]:
    names = {member.key: member.name for member in branch.staff}
    if service.event_type_id is not None or not service.staff:
        yield _offer(branch, service, None, service.event_type_id, known)
    for choice in service.staff:
        person = names.get(choice.staff_key, choice.staff_key)
        yield _offer(branch, service, person, choice.event_type_id, known)


def _offer(
    branch: Branch,
    service: Service,
    person: str | None,
    number: int | None,
    known: Mapping[int, CalcomEventType],
) -> OfferOut:
    about = {"service": service.name, "person": person}
    if number is None:
        return OfferOut(**about, id=None, state="no", reason=dict(_NOT_NAMED))
    row = known.get(number)
    if row is None:
        return OfferOut(**about, id=str(number), state=UNSEEN, reason=_NOTHING)
    found = event_type_out(row)
    concerned = [one for one in found.warnings if one["branch_id"] == branch.branch_id]
    said = found.model_dump(include={"id", "title", "length_minutes", "state", "reason"})
    return OfferOut(**about, **said, warnings=concerned)
