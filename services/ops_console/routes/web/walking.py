"""A page of a long list: what it is narrowed to, its rows, and the way on from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from services.ops_console.routes.web.rendering import render
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotSoundError

#: Rows of a page.
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Field:
    """A filter. ``kind``: of the input; ``choices``: one of them, where there are."""

    name: str
    word: str
    value: str
    kind: str = "text"
    choices: Sequence[str] = ()


def walked(
    request: Request,
    person: Person,
    title: str,
    fields: Sequence[Field],
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    page: Any,
    *,
    form: str | None = None,
) -> Response:
    """The first column leads to ``link`` of the row. ``page`` has ``next``, ``previous`` and ``reached``."""
    context: dict[str, Any] = {"fields": fields, "columns": columns, "rows": rows, "page": page, "form": form}
    return render(request, "walked.html", person, title=title, filters=chosen(fields), **context)


def chosen(fields: Sequence[Field]) -> dict[str, str]:
    """What the list is narrowed to, by name."""
    return {field.name: field.value for field in fields}


def day_of(text: str) -> date | None:
    """Of a date field, None where it is empty. Raises NotSoundError."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotSoundError(f"{text} is no day; write it as 2026-12-24.") from error
