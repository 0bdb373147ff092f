"""A chat or SMS URL → the client that speaks its language."""

from dataclasses import dataclass
from typing import Final

from shared.clients.chat import ChatHooks
from shared.clients.messages import Messages
from shared.contracts.targets import is_hook

#: Slack reads ``<!channel>`` and ``<https://…|text>``: a caller's name must do neither.
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Senders:
    """Slack-compatible hooks by our own client, everything else by Apprise."""

    hooks: ChatHooks
    services: Messages

    async def send(self, url: str, text: str) -> None:
        """Send ``text``; raises what the client raises."""
        if is_hook(url):
            await self.hooks.send(url, text.translate(_ESCAPED))
        else:
            await self.services.send(url, text)
