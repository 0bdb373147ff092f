"""Deterministic keys: the same wish in the same call is the same booking, whoever asks how often."""

import base64
import uuid
from datetime import UTC, datetime
from typing import Final

from shared.contracts.ids import digest

_CALLERS: Final = uuid.UUID("7d1b7c0e-6f0f-4a55-9c39-0a3f2d1d9d44")
_REFERENCE_LENGTH: Final = 16


def booking_token(company_id: str, call_id: str, start: datetime, event_type_id: int, number: int = 1) -> str:
    """Idempotency key of a booking; it comes back in Cal.com's metadata.

    ``number``: of the attempt, where the one before it was refused or does not stand any more. With the same
    key the old booking would be taken for the new one, and an event about the new wish for a copy.
    """
    again = (str(number),) if number > 1 else ()
    return _token("book", company_id, call_id, _instant(start), str(event_type_id), *again)


def change_token(kind: str, company_id: str, call_id: str, uid: str, start: datetime | None = None) -> str:
    """Idempotency key of a rescheduling or cancellation."""
    return _token(kind, company_id, call_id, uid, _instant(start) if start else "")


def callback_id(company_id: str, call_id: str, reason: str) -> str:
    """One callback per call and reason."""
    return "callback_" + digest(f"{company_id}\n{call_id}\n{reason.casefold()}")[:20]


def stranger_id(company_id: str, call_id: str, sound: str) -> uuid.UUID:
    """Who books without a number is a customer of this call alone, by the sound of the name."""
    return uuid.uuid5(_CALLERS, f"{company_id}\n{call_id}\n{sound}")


def customer_reference(customer_id: uuid.UUID) -> str:
    """``k-`` and 16 characters: opaque, and never another customer's."""
    # The first half of a version 4 UUID holds its version; hashing spreads all 122 bits over the 80 we keep.
    raw = bytes.fromhex(digest(customer_id.bytes)[: _REFERENCE_LENGTH + 4])
    return "k-" + base64.b32encode(raw).decode().lower()[:_REFERENCE_LENGTH]


def _token(*parts: str) -> str:
    return digest("\n".join(parts))[:32]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
