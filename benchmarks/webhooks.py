"""Signed webhooks of Cal.com, of the size that it sends, each with its own booking."""

import json
from collections.abc import Sequence
from typing import Any

from shared.clients.signatures import CALCOM_HEADER, sign_calcom


def booking(number: int) -> dict[str, Any]:
    """The document of a webhook: one new booking, about 1.3 kB."""
    return {
        "triggerEvent": "BOOKING_CREATED",
        "createdAt": "2026-03-02T09:15:00.000Z",
        "payload": {
            "type": "haircut",
            "title": "Haircut between Salon Müller and Erika Mustermann",
            "description": "",
            "additionalNotes": "Please ring twice, the bell is hard to hear in the yard.",
            "startTime": "2026-03-10T13:00:00Z",
            "endTime": "2026-03-10T13:45:00Z",
            "organizer": _person("Salon Müller", "salon@example.com") | {"id": 4711, "username": "salon"},
            "attendees": [_person("Erika Mustermann", "erika@example.com")],
            "responses": {
                "name": {"label": "your_name", "value": "Erika Mustermann", "isHidden": False},
                "email": {"label": "email_address", "value": "erika@example.com", "isHidden": False},
                "attendeePhoneNumber": {"label": "phone_number", "value": "+4930123456", "isHidden": False},
            },
            "location": "Hauptstraße 1, 10115 Berlin",
            "uid": f"benchmark-{number:08}",
            "iCalUID": f"benchmark-{number:08}@cal.com",
            "eventTypeId": 815,
            "bookingId": number,
            "length": 45,
            "status": "ACCEPTED",
            "metadata": {"call_id": f"call_{number:08}"},
        },
    }


def ping(number: int) -> dict[str, Any]:
    """The same document as a test of the connection: verified and parsed, and nothing to keep."""
    return booking(number) | {"triggerEvent": "PING"}


def requests(documents: Sequence[dict[str, Any]], company_id: str, secret: str) -> list[bytes]:
    """Whole HTTP requests, made and signed before the clock runs."""
    return [_request(json.dumps(one, ensure_ascii=False).encode(), company_id, secret) for one in documents]


def _request(body: bytes, company_id: str, secret: str) -> bytes:
    head = (
        f"POST /webhooks/calcom/{company_id} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"{CALCOM_HEADER}: {sign_calcom(body, secret)}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*head, "", ""]).encode() + body


def _person(name: str, email: str) -> dict[str, Any]:
    return {
        "name": name,
        "email": email,
        "timeZone": "Europe/Berlin",
        "language": {"locale": "de"},
        "utcOffset": 60,
    }
