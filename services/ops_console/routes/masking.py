"""What a person may see of a payload: secrets nobody, personal data not the viewers."""

import re
from typing import Any, Final

from services.ops_console.store.operators import Person
from shared.observability.redaction import redact

_MASK: Final = "•••"
#: Names of fields that hold a person's data, in our events and in those of the providers.
_PERSONAL: Final = re.compile(
    r"^(attendee.*|attendees|customer|customer_name|customer_phone|email|.*_email|phone|phone_number|from_number"
    r"|to_number|transcript(?!_state$).*|recording.*|summary|call_summary|responses|booking_?fields.*|address|notes|note"
    r"|customer_.*|additional_?notes|sms_?reminder_?number|location|host_name|name_of_caller|retell_llm_dynamic_variables)$",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")
_PHONE: Final = re.compile(r"\+\d[\d\s/\-]{6,}\d")


def shown(value: Any, person: Person) -> Any:
    """``value`` as this person may see it."""
    redacted = redact(value)
    return redacted if person.may("operator") else masked(redacted)


def masked(value: Any, name: str = "") -> Any:
    """Without personal data: by the field's name, and addresses and numbers inside texts."""
    if _PERSONAL.match(name) and value is not None:
        return _MASK
    match value:
        case dict():
            return {key: masked(item, str(key)) for key, item in value.items()}
        case list():
            return [masked(item) for item in value]
        case str():
            return _PHONE.sub(_MASK, _MAIL.sub(_MASK, value))
        case _:
            return value
