"""How a visitor wants the pages: language and light or dark, by ``?lang`` and ``?theme``, kept in cookies."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.ops_console.routes.web.words import LANGUAGE_COOKIE, language_of

_THEME_COOKIE: Final = "askpro_theme"
#: "system": as the browser prefers.
_THEMES: Final = ("system", "light", "dark")
#: What belongs to one showing of a page and not to its address.
_PASSING: Final = frozenset({"lang", "theme", "notice", "value"})
_A_YEAR: Final = 365 * 24 * 3600


class Preferences:
    """Of one request; what the address says wins over the cookie."""

    def __init__(self, request: Request) -> None:
        self._query = request.query_params
        self.language = language_of(request)
        asked = self._query.get("theme") or request.cookies.get(_THEME_COOKIE)
        self.theme = asked if asked in _THEMES else _THEMES[0]

    def address(self, **changes: str) -> str:
        """The query of this page with ``changes``: a filter stays where only the language changes."""
        stays = [(name, value) for name, value in self._query.multi_items() if name not in _PASSING]
        return "?" + urlencode([*(pair for pair in stays if pair[0] not in changes), *changes.items()])

    def keep(self, response: Response) -> None:
        """Set the cookies of what the address asked for."""
        for asked, cookie, value in (
            ("lang", LANGUAGE_COOKIE, self.language),
            ("theme", _THEME_COOKIE, self.theme),
        ):
            if asked in self._query:
                response.set_cookie(cookie, value, max_age=_A_YEAR, httponly=True, samesite="lax")
