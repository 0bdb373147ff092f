"""A person's correction, as the console takes it."""

import json
from typing import Any

import click
import typer

from services.ops_console.cli.files import read_json
from shared.clients.console import ConsoleError


def correction(shown: Any, sets: list[str], unsets: list[str]) -> list[dict[str, Any]]:
    """``start=…``, ``payload.attendees.0.email=…`` → a JSON Patch of the data as it is ``shown``.

    Objects on the way that are missing are made.
    """
    patch: list[dict[str, Any]] = []
    for text in sets:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise typer.BadParameter(f"{text!r} is not PATH=VALUE", param_hint="--set")
        patch += _setting(shown, path.split("."), _value(value), patch)
    return [*patch, *({"op": "remove", "path": _pointer(path.split("."))} for path in unsets)]


def from_file(data: str | None, patch: str | None) -> dict[str, Any]:
    """What ``--data`` or ``--patch`` name; ``-`` is standard input."""
    return {"patch": read_json(patch)} if patch is not None else {"data": read_json(str(data))}


def edited(shown: Any) -> dict[str, Any]:
    """What $EDITOR made of it. Raises ConsoleError where that is nothing, or no JSON."""
    if shown is None:
        raise ConsoleError(
            "It is no event that an editor could change; give the whole data with --data FILE."
        )
    text = click.edit(json.dumps(shown, indent=2, ensure_ascii=False), extension=".json")
    try:
        after = shown if text is None else json.loads(text)
    except ValueError as error:
        raise ConsoleError(f"That is not JSON any more: {error}") from error
    if after == shown:
        raise ConsoleError("Nothing was changed.")
    return {"data": after}


def _setting(shown: Any, names: list[str], value: Any, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = {one["path"] for one in before}
    operations: list[dict[str, Any]] = []
    for depth in range(1, len(names)):
        parent = _pointer(names[:depth])
        if not _is_there(shown, names[:depth]) and parent not in made:
            operations.append({"op": "add", "path": parent, "value": {}})
    # "add" puts an element before the one that is there; in an object it replaces.
    op = "replace" if isinstance(_found(shown, names[:-1]), list) else "add"
    return [*operations, {"op": op, "path": _pointer(names), "value": value}]


def _is_there(shown: Any, names: list[str]) -> bool:
    parent, name = _found(shown, names[:-1]), names[-1]
    is_place = isinstance(parent, list) and name.isdecimal() and int(name) < len(parent)
    return is_place or (isinstance(parent, dict) and name in parent)


def _found(shown: Any, names: list[str]) -> Any:
    for depth, name in enumerate(names):
        if not _is_there(shown, names[depth : depth + 1]):
            return None
        shown = shown[int(name)] if isinstance(shown, list) else shown[name]
    return shown


def _pointer(names: list[str]) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _value(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
