"""What a person changed: JSON merge patches (RFC 7386), and documents that were shown with secrets hidden."""

from typing import Any

from shared.observability.redaction import REDACTED, redact


class HiddenPartMovedError(ValueError):
    """A hidden part stands where nothing was hidden: nobody can say what it stands for."""


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def uncovered(after: Any, before: Any) -> Any:
    """``after``, a person's correction of what ``before`` was shown as: what they left hidden is as before.

    Raises:
        HiddenPartMovedError: a hidden part was moved, copied or typed in.
    """
    whole = _uncovered(after, redact(before), before)
    if _is_marked(whole) and not _is_marked(before):
        raise HiddenPartMovedError
    return whole


def _uncovered(after: Any, shown: Any, before: Any) -> Any:
    if after == shown:
        return before
    match after, shown, before:
        case dict(), dict(), dict():
            return {
                key: _uncovered(item, shown[key], before[key]) if key in shown else item
                for key, item in after.items()
            }
        case list(), list(), list() if len(after) == len(shown):
            return [_uncovered(*each) for each in zip(after, shown, before, strict=True)]
        case list(), list(), list():
            return _found_again(after, shown, before)
        case _:
            return after


def _found_again(after: list[Any], shown: list[Any], before: list[Any]) -> list[Any]:
    """Elements were added or taken out: those that look as they were are those that were."""
    left = list(zip(shown, before, strict=True))
    whole = []
    for item in after:
        place = next((place for place, (seen, _) in enumerate(left) if seen == item), None)
        whole.append(item if place is None else left.pop(place)[1])
    return whole


def _is_marked(value: Any) -> bool:
    match value:
        case str():
            return REDACTED in value
        case dict():
            return any(map(_is_marked, value.values()))
        case list():
            return any(map(_is_marked, value))
        case _:
            return False
