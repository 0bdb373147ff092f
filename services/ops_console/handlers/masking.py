"""What is shown of a payload: secrets to nobody, personal data only to who reveals it."""

import re
from typing import Any, Final

from shared.observability.redaction import REDACTED, redact

MASK: Final = "•••"
#: Names of fields that hold a person's data, in our events and in those of the providers.
_PERSONAL: Final = re.compile(
    r"attendee.*|attendees|guests?|booker|user|users|organizer|hosts|host_?name|team_?members"
    r"|customer(?!_id$|id$).*|caller.*|name_of_caller|receipt_email|email|.*_?email|phone|.*phone_?number"
    r"|from_number|to_number|sms_?reminder_?number|transfer_?destination|transfers"
    r"|transcript(?!_state$).*|recording_.*|call_summary|summary|custom_analysis_data|promise|preferred_time"
    r"|responses|.*fields_?responses|booking_?fields.*|custom_?inputs|answers"
    r"|title|description|note|notes|additional_?notes|(cancell?ation|rejection|reschedul(e|ing))_?reason"
    r"|address|location|billing_?details|shipping.*|individual|retell_llm_dynamic_variables"
    r"|collected_dynamic_variables",
    re.IGNORECASE,
)
#: Often a word of the protocol, such as ``attempts_exhausted``, which tells nothing about anybody.
_SOMETIMES: Final = "reason"
_WORD: Final = re.compile(r"[a-z0-9_.\-]*")
#: Beside one of these it is what a person said.
_BESIDE: Final = frozenset({"customer", "customer_name", "phone", "attendees"})
_MAIL: Final = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")
_PHONE: Final = re.compile(r"\+\d[\d\s/\-]{6,}\d")


def visible(value: Any, *, revealed: bool = False) -> Any:
    """``value`` without secrets and, unless it is ``revealed``, without personal data."""
    redacted = redact(value)
    return redacted if revealed else masked(redacted)


def masked(value: Any, name: str = "") -> Any:
    """Without personal data: by the field's name, and addresses and numbers inside texts.

    What is below a personal field is masked leaf by leaf: its fields keep their names, so that they can be
    told apart and corrected unseen.
    """
    if _PERSONAL.fullmatch(name):
        return _covered(value)
    match value:
        case dict():
            shown = {key: masked(item, str(key)) for key, item in value.items()}
            if _SOMETIMES in value and not _BESIDE.isdisjoint(value):
                shown[_SOMETIMES] = _covered(value[_SOMETIMES])
            return shown
        case list():
            return [masked(item) for item in value]
        case str() if name == _SOMETIMES and not _WORD.fullmatch(value):
            return MASK
        case str():
            return _PHONE.sub(MASK, _MAIL.sub(MASK, value))
        case _:
            return value


def is_marked(value: Any) -> bool:
    """Whether something in it stands for what is not shown."""
    match value:
        case str():
            return REDACTED in value or MASK in value
        case dict():
            return any(map(is_marked, value.values()))
        case list():
            return any(map(is_marked, value))
        case _:
            return False


def _covered(value: Any) -> Any:
    match value:
        case dict():
            return {key: _covered(item) for key, item in value.items()}
        case list():
            return [_covered(item) for item in value]
        case None | bool():
            return value
        case str() if REDACTED in value or not value:
            return value
        case _:
            return MASK
