"""Every text of the pages, English and German: a file for each part of the console, a key in one alone."""

from typing import Final, Literal

from starlette.requests import Request

from services.ops_console.routes.web.words import (
    bulk,
    columns,
    editing,
    events,
    frame,
    letters,
    overview,
    people,
    rejected,
    tenants,
    work,
)
from services.ops_console.routes.web.words.pairs import Pairs

Language = Literal["en", "de"]
LANGUAGE_COOKIE: Final = "askpro_language"
_PARTS: Final = (frame, columns, overview, letters, editing, bulk, events, people, rejected, tenants, work)
#: What a page may say after a deed: an address can name no other text.
NOTICES: Final = frozenset(key for part in _PARTS for key in getattr(part, "NOTICES", {}))
_ALL: Final[Pairs] = {
    key: pair for part in _PARTS for key, pair in {**part.WORDS, **getattr(part, "NOTICES", {})}.items()
}


class Words:
    """``words("overview")`` in one language; further arguments fill ``{0}``, ``{1}``."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = 0 if language == "en" else 1

    def __call__(self, key: str, *values: object) -> str:
        """A key that is none is shown as it is."""
        pair = _ALL.get(key)
        return key.replace("_", " ") if pair is None else pair[self._place].format(*values)


def language_of(request: Request) -> Language:
    """``?lang``, else the cookie, else the first of Accept-Language that we speak, else English."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    wanted = [asked] if asked else [part.split(";")[0] for part in _accepted(request)]
    for tag in wanted:
        match tag.strip().lower()[:2]:
            case "de":
                return "de"
            case "en":
                return "en"
            case _:
                continue
    return "en"


def _accepted(request: Request) -> list[str]:
    return request.headers.get("accept-language", "").split(",")
