"""What a caller wants, as the event that carries it."""

from datetime import UTC, timedelta
from typing import Final

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.people import Person
from services.voice_tools.values import TOGETHER, Call, Offer
from shared.contracts.events import BookingRequested, Customer
from shared.contracts.voice import BookAppointment, Language

_LONGEST_NOTE = 500
_NOTES: Final[dict[Language, tuple[str, str, str]]] = {
    "de": ("Zusammen: {}.", "Gebucht von {}.", "Buchstabiert: {}."),
    "en": ("Together: {}.", "Booked by {}.", "Spelled: {}."),
}


def request_of(
    call: Call, args: BookAppointment, offer: Offer, person: Person, token: str
) -> BookingRequested:
    """The event that takes the booking over where we cannot make it."""
    slot = offer.slot
    length = (slot.end - slot.start) // timedelta(minutes=1)
    return BookingRequested(
        company_id=call.company_id,
        token=token,
        branch_id=call.branch.branch_id,
        call_id=call.call_id,
        service_key=offer.service_key.partition(TOGETHER)[0],
        staff_key=slot.staff_key,
        event_type_id=slot.event_type_id,
        start=slot.start.astimezone(UTC),
        duration_minutes=length or sum(each.duration_minutes for each in call.services(offer.service_key)),
        length_minutes=call.length_at(slot.event_type_id, length),
        timezone=call.branch.timezone,
        customer=Customer(
            name=person.name, phone=person.caller.number, email=person.email, language=call.language
        ),
        booking_email=person.booking_email,
        note=_note(call, args, offer),
        accept_nearest=args.accept_nearest,
    )


def _note(call: Call, args: BookAppointment, offer: Offer) -> str | None:
    """The caller's note, and what the company has to know besides, in its language."""
    together, booked_by, spelled = _NOTES[call.company_language]
    services = [each.name for each in call.services(offer.service_key)]
    parts = (
        args.note,
        together.format(spoken.listing(services, call.company_language)) if len(services) > 1 else None,
        booked_by.format(args.customer_name) if args.for_person_name else None,
        spelled.format(args.name_spelled) if args.name_spelled else None,
    )
    return " ".join(part for part in parts if part)[:_LONGEST_NOTE] or None
