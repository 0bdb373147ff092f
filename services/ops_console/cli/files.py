"""Files and standard input as commands take them: ``-`` is standard input."""

import json
import sys
from pathlib import Path
from typing import Any

import typer


def read_bytes(file: str) -> bytes:
    """Raises typer.BadParameter where it cannot be read."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror or error}", param_hint="FILE") from error


def read_json(file: str) -> Any:
    """Raises typer.BadParameter where it is no JSON."""
    try:
        return json.loads(read_bytes(file))
    except ValueError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}", param_hint="FILE") from error


def read_object(file: str) -> dict[str, Any]:
    """A JSON object. Raises typer.BadParameter."""
    value = read_json(file)
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{file} is not a JSON object", param_hint="FILE")
    return value
