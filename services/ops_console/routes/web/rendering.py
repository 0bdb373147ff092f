"""Templates → pages: autoescaped, in the visitor's language, with the token that forms need."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from services.ops_console.handlers.login import csrf_token
from services.ops_console.routes.access import token_of
from services.ops_console.routes.web.highlight import highlighted
from services.ops_console.routes.web.navigation import NAVIGATION
from services.ops_console.routes.web.preferences import Preferences
from services.ops_console.routes.web.words import NOTICES, Words
from services.ops_console.store.operators import Person
from services.ops_console.store.refusals import NotSoundError

_TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")
_SHORTEST_REASON: Final = 3


def render(
    request: Request, template: str, person: Person | None, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """A page. ``?notice=key&value=…`` of the address is shown as a line above it."""
    preferences = Preferences(request)
    words = Words(preferences.language)
    token = token_of(request)
    text = _ENVIRONMENT.get_template(template).render(
        t=words,
        person=person,
        path=request.url.path,
        here=preferences.address,
        theme=preferences.theme,
        navigation=NAVIGATION,
        csrf=csrf_token(token) if token else "",
        notice=_notice(request, words),
        **context,
    )
    response = HTMLResponse(text, status)
    preferences.keep(response)
    return response


def back_to(path: str, notice: str, value: object = "") -> RedirectResponse:
    """After a form: the page is asked for anew, so that reloading it repeats nothing."""
    return RedirectResponse(f"{path}?{urlencode({'notice': notice, 'value': value})}", 303)


def reason_of(text: str) -> str:
    """A person's reason for a deed. Raises NotSoundError where there is none."""
    if len(text) < _SHORTEST_REASON:
        raise NotSoundError("Say why: the reason is kept with your name.")
    return text[:500]


def _notice(request: Request, words: Words) -> str | None:
    key = request.query_params.get("notice", "")
    return words(key, request.query_params.get("value", "")) if key in NOTICES else None


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _instant(value: Any) -> datetime | None:
    """The instant that ``value`` is, also as ISO 8601; None where it is something else."""
    if isinstance(value, datetime) or not (isinstance(value, str) and _ISO.match(value)):
        return value if isinstance(value, datetime) else None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _field(row: Any, path: str) -> Any:
    value = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return value


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "highlighted": highlighted,
        "pretty": _pretty,
        "instant": _instant,
        "field": _field,
    }
    return environment


_ENVIRONMENT: Final = _environment()
