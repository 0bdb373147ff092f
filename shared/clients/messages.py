"""A text → whatever service an Apprise URL names: SMS, Telegram, Teams and a hundred others."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apprise

from shared.errors import PermanentError, RefusedForNowError
from shared.resilience.guard import Guards
from shared.resilience.http import Operation
from shared.resilience.policies import MESSAGES

#: Apprise blocks its thread for as long as the service takes; hanging ones must not use up everybody's.
_THREADS: Final = 8


class Messages:
    """Apprise says yes or no, never why: a no is transient, and after a few attempts a dead letter."""

    def __init__(self, guards: Guards) -> None:
        self._guard = guards.guard(MESSAGES)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="apprise")

    async def send(self, url: str, text: str) -> None:
        """Send ``text``.

        Raises:
            PermanentError: Apprise knows no such kind of URL.
            RefusedForNowError: it said no.
            UnknownOutcomeError: no answer in time; it may have been sent.
        """
        target = apprise.Apprise()
        if not target.add(url):
            raise PermanentError("the URL is of no kind that Apprise knows")
        operation = Operation(f"messages.{url.split(':', 1)[0][:20].lower()}", idempotent=False)
        await self._guard.run(operation, lambda: self._notify(target, text))

    async def _notify(self, target: apprise.Apprise, text: str) -> None:
        said_yes = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: target.notify(body=text)
        )
        if not said_yes:
            raise RefusedForNowError("the message service said no")

    def close(self) -> None:
        """Take no further messages; what is on its way goes on by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
