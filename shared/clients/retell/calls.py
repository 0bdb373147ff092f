"""Calls, voices, and who the key belongs to."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from shared.clients.http import Request, in_path
from shared.clients.retell.client import PAGE, Page, RetellClient, RetellObject


class Call(RetellObject):
    """``call_status``: registered, not_connected, ongoing, ended, error. Times in ms since 1970."""

    call_id: str
    call_status: str
    agent_id: str | None = None
    call_type: str | None = None
    direction: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    start_timestamp: int | None = None
    end_timestamp: int | None = None
    disconnection_reason: str | None = None
    call_analysis: dict[str, Any] | None = None
    metadata: Any = None


class Voice(RetellObject):
    """A voice an agent can have."""

    voice_id: str
    voice_name: str | None = None
    provider: str | None = None
    gender: str | None = None
    accent: str | None = None


class KeyInfo(RetellObject):
    """The workspace of a key."""

    org_id: str | None = None
    org_name: str | None = None
    api_key_name: str | None = None


class Concurrency(RetellObject):
    """Calls at once: now, and how many may be."""

    current_concurrency: int = 0
    concurrency_limit: int = 0


_CALL: Final = TypeAdapter(Call)
_CALLS: Final = TypeAdapter(Page[Call])
_VOICES: Final = TypeAdapter(tuple[Voice, ...])
_KEY: Final = TypeAdapter(KeyInfo)
_CONCURRENCY: Final = TypeAdapter(Concurrency)


class RetellCalls(RetellClient):
    """The calls of a company's workspace."""

    async def get_call(self, call_id: str) -> Call:
        """Raises NotFoundError."""
        return await self._ask(Request("retell.call.get", "GET", f"/v2/get-call/{in_path(call_id)}"), _CALL)

    async def list_calls(
        self, *, started_after: datetime | None = None, criteria: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Call]:
        """Calls by start, oldest first. ``criteria``: further ``filter_criteria`` as Retell defines them."""
        wanted = {**_started_after(started_after), **(criteria or {})}

        def page(cursor: str | None) -> Request:
            body = {"filter_criteria": wanted, "limit": PAGE, "sort_order": "ascending"}
            body |= {"pagination_key": cursor} if cursor else {}
            return Request("retell.call.list", "POST", "/v3/list-calls", json=body, idempotent=True)

        async for call in self._all(page, _CALLS):
            yield call

    async def update_live_call(
        self,
        call_id: str,
        *,
        context: str | None = None,
        respond: bool = False,
        override: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell the agent something while the caller is on the line.

        ``context`` is read with the agent's next answer, ``respond`` makes it speak now; ``override``:
        ``data_storage_setting`` (only tighter), ``metadata``, ``override_dynamic_variables``.
        Raises ProviderRefusedError once the call is over. A repeat is heard twice: never retried in place.
        """
        control = ({"additional_context": context} if context else {}) | (
            {"trigger_response": True} if respond else {}
        )
        body = ({"call_control": control} if control else {}) | (
            {"fields_to_override": dict(override)} if override else {}
        )
        path = f"/v2/update-live-call/{in_path(call_id)}"
        request = Request("retell.call.update-live", "PATCH", path, json=body, idempotent=context is None)
        await self._tell(request)

    async def update_call(self, call_id: str, *, storage: str) -> None:
        """Change what Retell stores of a call that is over; ``storage``: only tighter than it is.

        Raises NotFoundError, and ProviderRefusedError while the call goes on. A repeat changes nothing.
        """
        path, body = f"/v2/update-call/{in_path(call_id)}", {"data_storage_setting": storage}
        await self._tell(Request("retell.call.update", "PATCH", path, json=body, idempotent=True))

    async def list_voices(self) -> tuple[Voice, ...]:
        """Every voice the workspace may use."""
        return await self._ask(Request("retell.voices", "GET", "/list-voices"), _VOICES)

    async def key_info(self) -> KeyInfo:
        """Whose key this is. Raises CredentialRejectedError for a bad one."""
        return await self._ask(Request("retell.key", "GET", "/get-api-key-info"), _KEY)

    async def concurrency(self) -> Concurrency:
        """How many calls run at once, and how many may."""
        return await self._ask(Request("retell.concurrency", "GET", "/get-concurrency"), _CONCURRENCY)


def _started_after(moment: datetime | None) -> dict[str, Any]:
    if moment is None:
        return {}
    milliseconds = int(moment.astimezone(UTC).timestamp() * 1000)
    return {"start_timestamp": {"type": "number", "op": "ge", "value": milliseconds}}
