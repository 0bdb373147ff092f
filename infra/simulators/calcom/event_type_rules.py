"""What Cal.com refuses in an event type."""

from typing import Any

from infra.simulators.calcom.errors import Problem, validation
from infra.simulators.calcom.fields import PHONE_SLUG
from infra.simulators.store import Document

_SCHEDULING = ("collective", "roundRobin", "managed")
_TEXTS = ("title", "slug", "description")
_LISTS_OF_OBJECTS = ("bookingFields", "hosts", "locations")
_OBJECTS = ("seats", "recurrence", "confirmationPolicy", "metadata", "bookerActiveBookingsLimit")


def check_event_type(owner: Document, wanted: Document) -> None:
    """Raises Refusal 400 with every problem; the organization of `owner`, an account, decides on the form."""
    problems = _empty(wanted) + _wrong_types(wanted)
    # What follows reads fields whose types are right.
    problems = problems or _lengths(wanted) + _email_problems(owner, wanted)
    if problems:
        raise validation(*problems)


def _empty(wanted: Document) -> list[Problem]:
    names = ("title", "slug", "lengthInMinutes")
    return [(name, f"{name} must not be empty") for name in names if not wanted.get(name)]


def _wrong_types(wanted: Document) -> list[Problem]:
    given = {name: value for name, value in wanted.items() if value is not None}
    wrong = [(name, "a string") for name in _TEXTS if not isinstance(given.get(name, ""), str)]
    wrong += [(name, "an object") for name in _OBJECTS if not isinstance(given.get(name, {}), dict)]
    wrong += [
        (name, "an array of objects") for name in _LISTS_OF_OBJECTS if not _is_list(given.get(name, []))
    ]
    if not _is_length(given.get("lengthInMinutes", 1)):
        wrong.append(("lengthInMinutes", "a positive integer"))
    if not _are_lengths(given.get("lengthInMinutesOptions", [])):
        wrong.append(("lengthInMinutesOptions", "an array of positive integers"))
    if given.get("schedulingType", _SCHEDULING[0]) not in _SCHEDULING:
        wrong.append(("schedulingType", f"one of {', '.join(_SCHEDULING)}"))
    return [(name, f"{name} must be {text}") for name, text in wrong] or _nameless(given)


def _nameless(given: Document) -> list[Problem]:
    """Objects that lack what the others know them by."""
    fields, hosts = given.get("bookingFields", []), given.get("hosts", [])
    problems = []
    if not all(isinstance(field.get("type"), str) and _is_slug(field) for field in fields):
        problems.append(
            ("bookingFields", "each of bookingFields must have a type and a slug that are strings")
        )
    if not all(_is_length(host.get("userId")) for host in hosts):
        problems.append(("hosts", "each of hosts must have a userId that is an integer"))
    return problems


def _is_slug(field: Document) -> bool:
    return isinstance(field.get("slug", ""), str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _are_lengths(value: Any) -> bool:
    return isinstance(value, list) and all(_is_length(each) for each in value)


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
