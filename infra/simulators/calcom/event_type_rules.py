"""What Cal.com refuses in an event type."""

from infra.simulators.calcom.errors import Problem, validation
from infra.simulators.calcom.fields import PHONE_SLUG
from infra.simulators.calcom.looks import COUNT, OBJECT, TEXT, Look, each, one_of, required_types, wrong_types
from infra.simulators.store import Document

_LOOKS: dict[str, Look] = {
    **dict.fromkeys(("title", "slug", "description"), TEXT),
    **dict.fromkeys(("bookingFields", "hosts", "locations"), each(OBJECT)),
    **dict.fromkeys(
        ("seats", "recurrence", "confirmationPolicy", "metadata", "bookerActiveBookingsLimit"), OBJECT
    ),
    "lengthInMinutes": COUNT,
    "lengthInMinutesOptions": each(COUNT),
    "schedulingType": one_of("collective", "roundRobin", "managed"),
}
_PARTS: dict[str, dict[str, Look]] = {
    "seats": {"seatsPerTimeSlot": COUNT},
    "recurrence": {
        "interval": COUNT,
        "occurrences": COUNT,
        "frequency": one_of("weekly", "monthly", "yearly"),
    },
}


def check_event_type(owner: Document, wanted: Document) -> None:
    """Raises Refusal 400 with every problem; the organization of `owner`, an account, decides on the form."""
    # Each look reads fields whose types the one before has found right.
    problems = (
        _empty(wanted) + wrong_types(wanted, _LOOKS)
        or _incomplete(wanted)
        or _lengths(wanted) + _email_problems(owner, wanted)
    )
    if problems:
        raise validation(*problems)


def _empty(wanted: Document) -> list[Problem]:
    names = ("title", "slug", "lengthInMinutes")
    return [(name, f"{name} must not be empty") for name in names if not wanted.get(name)]


def _incomplete(wanted: Document) -> list[Problem]:
    """Objects that lack what the others know them by."""
    problems: list[Problem] = []
    for field in wanted.get("bookingFields") or []:
        problems += required_types(field, {"type": TEXT}, "bookingFields")
        problems += wrong_types(field, {"slug": TEXT}, "bookingFields")
    for host in wanted.get("hosts") or []:
        problems += required_types(host, {"userId": COUNT}, "hosts")
    for name, looks in _PARTS.items():
        part = wanted.get(name)
        if part and not part.get("disabled"):
            problems += required_types(part, looks, name)
    return problems


def _lengths(wanted: Document) -> list[Problem]:
    options = wanted.get("lengthInMinutesOptions")
    if not options or wanted["lengthInMinutes"] in options:
        return []
    return [("lengthInMinutesOptions", "lengthInMinutesOptions must include lengthInMinutes")]


def _email_problems(owner: Document, wanted: Document) -> list[Problem]:
    """Without an e-mail a booking needs a phone number, and an organization that pays for such forms."""
    fields = wanted.get("bookingFields") or []
    email: Document = next((field for field in fields if field["type"] == "email"), {})
    if not email.get("hidden") and email.get("required", True):
        return []
    if not wanted.get("teamId") or owner["organizationId"] is None:
        return [
            ("bookingFields", "Email field can be hidden or optional only for organization team event types")
        ]
    if any(_is_phone(field) for field in fields):
        return []
    text = f'Email field can be hidden or optional only with a required, visible phone field "{PHONE_SLUG}"'
    return [("bookingFields", text)]


def _is_phone(field: Document) -> bool:
    asked = field.get("required") is True and not field.get("hidden")
    return asked and (field["type"], field.get("slug")) == ("phone", PHONE_SLUG)
