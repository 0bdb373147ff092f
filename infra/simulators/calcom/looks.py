"""What a field of a request may hold: the looks of Cal.com's validation, and what they say."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from infra.simulators.calcom.errors import Problem

# Whether a value fits, and what it must be.
Look: TypeAlias = tuple[Callable[[Any], bool], str]

_LONGEST_LOCAL_PART, _LONGEST_EMAIL = 64, 254
_ATOM = r"[^\s@\"(),.:;<>\[\\\]]+"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[\w-]{{2,59}})"
)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_email(value: Any) -> bool:
    """One address without a name: no spaces, one `@`, a domain with at least two parts."""
    found = _EMAIL.fullmatch(value) if isinstance(value, str) else None
    return found is not None and len(found["local"]) <= _LONGEST_LOCAL_PART and len(value) <= _LONGEST_EMAIL


def each(look: Look) -> Look:
    """An array whose items pass that look."""
    fits, text = look
    return (
        lambda value: isinstance(value, list) and all(fits(item) for item in value),
        f"an array, each {text}",
    )


def one_of(*allowed: str) -> Look:
    """One of these strings."""
    return lambda value: isinstance(value, str) and value in allowed, f"one of {', '.join(allowed)}"


TEXT: Look = (_is_text, "a string")
FLAG: Look = (_is_flag, "a boolean value")
OBJECT: Look = (_is_object, "an object")
COUNT: Look = (_is_count, "a positive integer")
EMAIL: Look = (is_email, "an email")
_ABSENT = object()


def wrong_types(body: Mapping[str, Any], looks: Mapping[str, Look], where: str = "") -> list[Problem]:
    """One problem per field that does not fit; an absent or null field passes.

    `where` is the object that holds the fields, when it is not the body itself.
    """
    wrong = [
        (name, text)
        for name, (fits, text) in looks.items()
        if body.get(name) is not None and not fits(body[name])
    ]
    return [
        (where or name, f"{where}.{name} must be {text}" if where else f"{name} must be {text}")
        for name, text in wrong
    ]


def required_types(body: Mapping[str, Any], looks: Mapping[str, Look], where: str = "") -> list[Problem]:
    """As `wrong_types`, but an absent or null field is a problem too."""
    filled = {name: _ABSENT if body.get(name) is None else body[name] for name in looks}
    return wrong_types(filled, looks, where)
