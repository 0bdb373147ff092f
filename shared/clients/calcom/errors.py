"""Cal.com's words for a booking it refuses → typed errors.

ProviderRefusedError
├── SlotTakenError        somebody else has it, or the host is not available
├── OutOfWindowError      too soon, or too far ahead
├── FieldRequiredError    the event type's form wants ``slug``
├── InvalidNumberError    the phone number in field ``slug`` is none
└── NotBookableError      nobody can book this event type: no hosts, managed parent, wrong length
"""

import re
from typing import Final

from shared.errors import ConflictError, CredentialRejectedError, NotFoundError, ProviderRefusedError

_REQUIRED: Final = re.compile(r"\{(?P<slug>[^}]+)\}error_required_field")
_NUMBER: Final = re.compile(r"\{(?P<slug>[^}]+)\}invalid_number")
_TAKEN: Final = (
    "already has booking at this time",
    "booking_conflict_error",
    "no_available_users_found_error",
    "not available",
    "already booked",
)
_OUT_OF_WINDOW: Final = ('can\'t be booked at the "start" time', "attempting to book a meeting in the past")
_NOT_BOOKABLE: Final = ("no hosts", "managed event type that can't be booked", "'lengthinminutes'")


class SlotTakenError(ProviderRefusedError):
    """Look for other slots; with round robin it may be worth a second look at the same one."""


class OutOfWindowError(ProviderRefusedError):
    """The start is too soon or too far ahead for this event type."""


class FieldRequiredError(ProviderRefusedError):
    """The form of the event type has a required field that was not answered. ``slug`` names it."""

    def __init__(self, message: str, *, slug: str, status: int, detail: str) -> None:
        super().__init__(message, status=status, detail=detail)
        self.slug = slug


class InvalidNumberError(ProviderRefusedError):
    """Cal.com does not take the phone number; book again without it. ``slug``: the field it was in."""

    def __init__(self, message: str, *, slug: str, status: int, detail: str) -> None:
        super().__init__(message, status=status, detail=detail)
        self.slug = slug


class NotBookableError(ProviderRefusedError):
    """The event type itself is set up so that this booking can never be made."""


#: What people are told of a refusal.
_WORDS: Final[tuple[tuple[type[ProviderRefusedError], str], ...]] = (
    (SlotTakenError, "taken"),
    (OutOfWindowError, "out_of_window"),
    (FieldRequiredError, "field_required"),
    (NotBookableError, "not_bookable"),
)


def refusal_word(error: ProviderRefusedError, *, not_found: str = "unknown_event_type") -> str:
    """One word for why Cal.com refused; ``refused`` where it is not known. The same word in every service."""
    if isinstance(error, NotFoundError):
        return not_found
    return next((word for kind, word in _WORDS if isinstance(error, kind)), "refused")


def booking_error(error: ProviderRefusedError) -> ProviderRefusedError:
    """The typed error for what Cal.com said; ``error`` itself where its words are not known."""
    if isinstance(error, CredentialRejectedError | NotFoundError):
        return error
    told, status, detail = str(error), error.status, error.detail
    if (field := _NUMBER.search(detail)) is not None:
        return InvalidNumberError(told, slug=field["slug"], status=status, detail=detail)
    if (field := _REQUIRED.search(detail)) is not None:
        return FieldRequiredError(told, slug=field["slug"], status=status, detail=detail)
    kind = _kind(error, detail.lower())
    return error if kind is None else kind(told, status=status, detail=detail)


def _kind(error: ProviderRefusedError, detail: str) -> type[ProviderRefusedError] | None:
    if any(text in detail for text in _NOT_BOOKABLE):
        return NotBookableError
    if any(text in detail for text in _OUT_OF_WINDOW):
        return OutOfWindowError
    if isinstance(error, ConflictError) or any(text in detail for text in _TAKEN):
        return SlotTakenError
    return None
