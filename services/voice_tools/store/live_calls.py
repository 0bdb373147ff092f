"""A word to the agent while the caller is still on the line; nothing depends on it."""

import contextlib

from shared.clients.providers import Providers
from shared.contracts.retell import BASIC_ATTRIBUTES_ONLY
from shared.db.credentials import Credentials
from shared.errors import AskProError
from shared.observability.logging import get_logger
from shared.resilience.background import Background
from shared.resilience.within import within

_log = get_logger("live_calls")


class LiveCalls:
    """Retell's update of a live call."""

    def __init__(self, credentials: Credentials, providers: Providers) -> None:
        self._credentials = credentials
        self._providers = providers
        self._background = Background()

    async def tell(self, company_id: str, call_id: str, sentence: str) -> None:
        """The agent says ``sentence`` as soon as it can; a call that is over is no error."""
        self._background.run(self._update(company_id, call_id, context=sentence))

    async def keep_nothing(self, company_id: str, call_id: str) -> None:
        """The caller does not allow the recording: Retell keeps basic attributes only, from now on."""
        override = {"data_storage_setting": BASIC_ATTRIBUTES_ONLY}
        self._background.run(self._update(company_id, call_id, override=override))

    async def close(self) -> None:
        """Give up what cannot be told in two seconds."""
        with contextlib.suppress(TimeoutError):
            async with within(2.0):
                await self._background.idle()
        await self._background.cancel()

    async def _update(
        self,
        company_id: str,
        call_id: str,
        *,
        context: str | None = None,
        override: dict[str, str] | None = None,
    ) -> None:
        try:
            company = await self._credentials.of(company_id)
            if company is None or company.retell_api_key is None:
                return
            retell = self._providers.retell(company_id, company.retell_api_key)
            await retell.update_live_call(
                call_id, context=context, respond=context is not None, override=override
            )
        except AskProError as error:
            _log.info("live_call.untold", reason=str(error)[:300])
