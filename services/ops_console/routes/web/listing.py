"""The plain lists: one template, a table of columns each."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from services.ops_console.routes.web.rendering import render
from services.ops_console.store.operators import Person

#: Rows of a page.
PAGE: Final = 50


def listing(
    request: Request,
    person: Person,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Any],
    *,
    filters: dict[str, str] | None = None,
    older: int | None = None,
    form: str | None = None,
) -> Response:
    """A plain list: a table of ``columns``; a row's ``link`` leads to its page."""
    context: dict[str, Any] = {"columns": columns, "rows": rows, "older": older, "form": form}
    return render(request, "list.html", person, title=title, filters=filters or {}, **context)
