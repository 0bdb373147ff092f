"""Type and data of any event → the phone call and the branch it is about, as far as it says so itself.

For log lines: one call's or one branch's story is found by its id. Never an error, whatever the JSON.
"""

from typing import Any, Final

from shared.contracts.ids import MAX_LENGTH
from shared.contracts.lenient import word_of

Steps = tuple[str, ...]

#: Where each provider puts the call's id; the flat webhooks of Cal.com (MEETING_*) are the payload itself.
_PROVIDERS_CALL: Final[dict[str, tuple[Steps, ...]]] = {
    "calcom": (("payload", "metadata", "call_id"), ("metadata", "call_id")),
    "retell": (("call", "call_id"),),
    "stripe": (),
}
#: In events of our own, and of whoever posts to us; a booking that was looked at is Cal.com's object.
_OWN_CALL: Final[tuple[Steps, ...]] = (("call_id",), ("booking", "metadata", "call_id"))


def call_of(type_: str, data: Any) -> str | None:
    """Id of the phone call, None where the event names none; at most 128 characters."""
    places = _PROVIDERS_CALL.get(_first_word(type_), _OWN_CALL)
    return next((found for steps in places if (found := _word_at(data, steps)) is not None), None)


def branch_of(type_: str, data: Any) -> str | None:
    """Id of the branch, None where the event names none, as no provider does; at most 128 characters."""
    return None if _first_word(type_) in _PROVIDERS_CALL else _word_at(data, ("branch_id",))


def _first_word(type_: str) -> str:
    return type_.partition(".")[0]


def _word_at(value: Any, steps: Steps) -> str | None:
    for name in steps:
        value = value.get(name) if isinstance(value, dict) else None
    found = word_of(value)
    return found[:MAX_LENGTH] if found is not None else None
