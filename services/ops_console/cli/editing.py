"""A person's correction, as the console takes it."""

import json
from collections.abc import Callable
from typing import Any

import click
import typer

from services.ops_console.cli.files import read_json
from shared.clients.console import ConsoleError


def wish_of(letter: Callable[[], dict[str, Any]], sets: list[str], file: str | None) -> dict[str, Any]:
    """``{"data": …}`` or ``{"patch": …}``; ``letter`` is asked only when an editor is opened."""
    if file is not None:
        return {"data": read_json(file)}
    if sets:
        patch: dict[str, Any] = {}
        for text in sets:
            _set(patch, text)
        return {"patch": patch}
    return {"data": _edited(letter())}


def _set(patch: dict[str, Any], text: str) -> None:
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise typer.BadParameter(f"{text!r} is not PATH=VALUE", param_hint="--set")
    *parents, last = path.split(".")
    for name in parents:
        patch = patch.setdefault(name, {})
        if not isinstance(patch, dict):
            raise typer.BadParameter(f"{text!r}: {name} was set to a value before", param_hint="--set")
    patch[last] = _value(value)


def _value(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _edited(letter: dict[str, Any]) -> Any:
    payload = letter["payload"]
    before = payload.get("data") if isinstance(payload, dict) else None
    if before is None:
        raise ConsoleError(
            "It is no event that an editor could change; give the whole data with --data FILE."
        )
    text = click.edit(json.dumps(before, indent=2, ensure_ascii=False), extension=".json")
    try:
        after = before if text is None else json.loads(text)
    except ValueError as error:
        raise ConsoleError(f"That is not JSON any more: {error}") from error
    if after == before:
        raise ConsoleError("Nothing was changed.")
    return after
