"""JSON merge patches (RFC 7386): the smallest change that makes one document of another."""

from typing import Any


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


def difference(before: Any, after: Any) -> Any:
    """The merge patch (RFC 7386) that makes ``after`` of ``before``."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return after
    gone = {key: None for key in before if key not in after}
    changed = {
        key: difference(before.get(key), value)
        for key, value in after.items()
        if key not in before or before[key] != value
    }
    return gone | changed
