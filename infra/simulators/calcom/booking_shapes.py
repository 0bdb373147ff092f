"""A booking as the API shows it, in the current shape and in the oldest."""

from typing import Any

from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_OPTIONAL = (
    "cancellationReason", "cancelledByEmail", "reschedulingReason", "rescheduledByEmail",
    "rescheduledFromUid", "rescheduledToUid", "recurringBookingUid", "guests",
)  # fmt: skip
_HIDDEN = {"sequence", "rejectionReason"}


def shown(simulator: Simulator, booking: Document) -> dict[str, Any]:
    """An absent optional field is left out, as the provider leaves out undefined ones."""
    public = {name: value for name, value in booking.items() if name not in _HIDDEN}
    for name in _OPTIONAL:
        if not public.get(name):
            public.pop(name, None)
    public["attendees"] = [_attendee(each) for each in booking["attendees"]]
    if "seatUid" in booking["attendees"][0] if booking["attendees"] else False:
        public.pop("bookingFieldsResponses", None)
    if simulator.settings["omit_hosts"]:
        public.pop("hosts")
    return public


def with_seat(simulator: Simulator, booking: Document, email: str) -> dict[str, Any]:
    """As its making answers: a seated booking names the seat that was just taken."""
    seats = [each["seatUid"] for each in booking["attendees"] if each["email"] == email and "seatUid" in each]
    return shown(simulator, booking) | ({"seatUid": seats[-1]} if seats else {})


def _attendee(attendee: Document) -> dict[str, Any]:
    return {name: value for name, value in attendee.items() if value is not None}


def shown_old(booking: Document) -> dict[str, Any]:
    """2024-04-15: times are named startTime and endTime, the status is upper case, there is no `start`."""
    names = ("id", "uid", "title", "description", "location", "metadata", "eventTypeId")
    return {
        **{name: booking[name] for name in names},
        "startTime": booking["start"],
        "endTime": booking["end"],
        "status": booking["status"].upper(),
        "attendees": [
            {name: each[name] for name in ("name", "email", "timeZone")} for each in booking["attendees"]
        ],
        "user": booking["hosts"][0],
        "responses": booking["bookingFieldsResponses"],
    }
