"""A text → a Slack-compatible incoming hook; its status decides whether it is tried again."""

from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import httpx

from shared.clients.http import ProviderClient, Request
from shared.errors import TransientError
from shared.resilience.guard import Guards
from shared.resilience.policies import CHAT

#: The host that nearly every hook is on: its outage holds the queue. Anybody else's parks their messages.
COMMON_HOST: Final = "hooks.slack.com"
_COMMON: Final = CHAT.dependency
#: Said about this one hook: it was deleted, or its channel is closed to it.
_ABOUT_HOOK: Final = frozenset({401, 402, 403})


class ChatHooks:
    """Every hook of every company; one circuit per host, one pause after a 429 per hook."""

    def __init__(self, http: httpx.AsyncClient, guards: Guards) -> None:
        self._http = http
        self._guards = guards

    async def send(self, url: str, text: str) -> None:
        """Post ``text``.

        Raises:
            ProviderRefusedError: the hook is gone, or will never take this.
            TransientError: try again later; RateLimitedError parks this hook's messages alone, one with a
                ``circuit`` those for its host, which is away.
            DependencyOpenError: the common host is away; nothing was sent.
        """
        host = (urlsplit(url).hostname or "").lower()
        gate = _COMMON if host == COMMON_HOST else f"{_COMMON}:{host}"
        guard = self._guards.guard(
            CHAT, gate=gate, credential=f"hook:{sha256(url.encode()).hexdigest()[:12]}"
        )
        hook = _Hook(self._http, "", guard, {})
        try:
            await hook.post(url, text)
        except TransientError as error:
            if error.gate in {None, _COMMON}:
                raise
            # Held, the messages for one company's dead server would fill everybody's window.
            parked = TransientError(str(error), retry_after=error.retry_after)
            parked.circuit = gate
            raise parked from error


class _Hook(ProviderClient):
    async def post(self, url: str, text: str) -> None:
        request = Request("chat.send", "POST", url, json={"text": text}, about_thing=_ABOUT_HOOK)
        await self._tell(request)
