"""What a caller wants, as the event that carries it."""

from datetime import UTC, timedelta
from typing import Final

from services.voice_tools.handlers.people import Person
from services.voice_tools.values import Call, Offer
from shared.contracts.events import BookingRequested, Customer
from shared.contracts.voice import BookAppointment, Language

_LONGEST_NOTE = 500
_NOTES: Final[dict[Language, tuple[str, str]]] = {
    "de": ("Gebucht von {}.", "Buchstabiert: {}."),
    "en": ("Booked by {}.", "Spelled: {}."),
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
        service_key=offer.service_key,
        staff_key=slot.staff_key,
        event_type_id=slot.event_type_id,
        start=slot.start.astimezone(UTC),
        duration_minutes=length or _usual_length(call, offer),
        timezone=call.branch.timezone,
        customer=Customer(
            name=person.name, phone=person.caller.number, email=person.email, language=call.language
        ),
        booking_email=person.booking_email,
        note=_note(call.company_language, args),
        accept_nearest=args.accept_nearest,
    )


def _usual_length(call: Call, offer: Offer) -> int:
    service = call.service(offer.service_key)
    return service.duration_minutes if service else 0


def _note(language: Language, args: BookAppointment) -> str | None:
    """The caller's note, and who made the appointment where it is for somebody else; the company reads it."""
    words = _NOTES[language]
    booked_by = words[0].format(args.customer_name) if args.for_person_name else None
    spelled = words[1].format(args.name_spelled) if args.name_spelled else None
    return " ".join(part for part in (args.note, booked_by, spelled) if part)[:_LONGEST_NOTE] or None
