"""An event type's booking form: which fields there are, and what an answer lacks."""

from typing import Any

import phonenumbers

from infra.simulators.store import Document

# A default field is given with its slug as its type; its answer names the type of its input instead.
_DEFAULTS: tuple[Document, ...] = (
    {"type": "name", "slug": "name", "required": True},
    {"type": "email", "slug": "email", "required": True},
    {"type": "text", "slug": "title", "required": True, "hidden": True},
    {"type": "textarea", "slug": "notes", "required": False},
    {"type": "multiemail", "slug": "guests", "required": False},
    {"type": "textarea", "slug": "rescheduleReason", "required": False},
)
_DEFAULT_SLUGS = {field["slug"] for field in _DEFAULTS}
PHONE_SLUG = "attendeePhoneNumber"


def complete_form(fields: list[Document]) -> list[Document]:
    """The default form with the given fields in place of, or added to, its own."""
    given = {field.get("slug") or field["type"]: field for field in fields}
    merged = [
        _output({**field, **given.get(field["slug"], {}), "type": field["type"]}) for field in _DEFAULTS
    ]
    return merged + [_output(field) for slug, field in given.items() if slug not in _DEFAULT_SLUGS]


def _output(field: Document) -> Document:
    slug = field.get("slug") or field["type"]
    shown = {"label": field.get("label", slug), "placeholder": field.get("placeholder", "")}
    return {
        **shown,
        **field,
        "slug": slug,
        "required": bool(field.get("required")),
        "hidden": bool(field.get("hidden")),
        "isDefault": slug in _DEFAULT_SLUGS,
    }


def field_of(event_type: Document, slug: str) -> Document | None:
    """The field with this slug, None where the form has none."""
    return next((field for field in event_type["bookingFields"] if field["slug"] == slug), None)


def is_asked(field: Document | None) -> bool:
    """The booker sees it."""
    return field is not None and not field["hidden"]


def is_valid_phone(number: object) -> bool:
    """What libphonenumber accepts in international format."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(str(number), None))
    except phonenumbers.NumberParseException:
        return False


def _problem(field: Document, answer: Any) -> str | None:
    slug = field["slug"]
    if field["required"] and not field["hidden"] and answer in {None, ""}:
        return f"{{{slug}}}error_required_field"
    if field["type"] == "phone" and answer not in {None, ""} and not is_valid_phone(answer):
        return f"{{{slug}}}invalid_number"
    if field["type"] == "email" and answer and "@" not in str(answer):
        return f"{{{slug}}}email_validation_error"
    return None


def form_problems(event_type: Document, answers: dict[str, Any]) -> list[str]:
    """One text per field that is missing or wrong, in the form's order."""
    fields = event_type["bookingFields"]
    listed = {field["slug"] for field in fields}
    # The attendee's phone is checked although the form may not show it.
    phone = [] if PHONE_SLUG in listed else [_output({"type": "phone", "slug": PHONE_SLUG, "hidden": True})]
    problems = (_problem(field, _plain(answers.get(field["slug"]))) for field in [*fields, *phone])
    return [problem for problem in problems if problem]


def _plain(answer: Any) -> Any:
    return str(answer) if isinstance(answer, list | dict) else answer
