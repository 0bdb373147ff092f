"""Test cases of an LLM, and their runs: conversations that Retell simulates, with our functions mocked.

A definition takes no idempotency key and its name need not be unique: whoever makes one looks for its name
first. A run costs what it talks, and changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from shared.clients.http import Request, in_path
from shared.clients.retell.client import PAGE, Page, RetellClient, RetellObject

_OVER: Final = "complete"
_PASSED: Final = "pass"


class CaseDefinition(RetellObject):
    """One simulated conversation."""

    test_case_definition_id: str
    name: str


class CaseBatch(RetellObject):
    """A run of several. ``creation_timestamp`` in ms since 1970; nothing is counted before the end."""

    test_case_batch_job_id: str
    status: str
    total_count: int = 0
    pass_count: int = 0
    creation_timestamp: int = 0

    @property
    def is_over(self) -> bool:
        """Each conversation has ended."""
        return self.status == _OVER

    @property
    def has_passed(self) -> bool:
        """Each conversation ended well."""
        return self.is_over and self.pass_count == self.total_count


class CaseRun(RetellObject):
    """How one conversation ended: pass, fail, or error where it could not be held."""

    status: str
    result_explanation: str | None = None
    test_case_definition_snapshot: CaseDefinition

    @property
    def has_passed(self) -> bool:
        return self.status == _PASSED


_DEFINITION: Final = TypeAdapter(CaseDefinition)
_DEFINITIONS: Final = TypeAdapter(Page[CaseDefinition])
_BATCH: Final = TypeAdapter(CaseBatch)
_RUNS: Final = TypeAdapter(Page[CaseRun])


def engine_of(llm_id: str, version: int | None = None) -> dict[str, Any]:
    """The LLM that answers; the newest version where none is named."""
    named = {} if version is None else {"version": version}
    return {"type": "retell-llm", "llm_id": llm_id, **named}


class RetellCases(RetellClient):
    """The test cases of a company's workspace."""

    async def create_case(self, body: Mapping[str, Any]) -> CaseDefinition:
        """Raises UnknownOutcomeError when it may exist now: look by its name."""
        request = Request("retell.case.create", "POST", "/create-test-case-definition", json=dict(body))
        return await self._ask(request, _DEFINITION)

    async def list_cases(self, llm_id: str) -> list[CaseDefinition]:
        """Every definition for one LLM."""

        def page(cursor: str | None) -> Request:
            params = {**engine_of(llm_id), "limit": PAGE, "pagination_key": cursor}
            return Request("retell.case.list", "GET", "/v2/list-test-case-definitions", params)

        return [case async for case in self._all(page, _DEFINITIONS)]

    async def update_case(self, case_id: str, body: Mapping[str, Any]) -> CaseDefinition:
        """Idempotent. Raises NotFoundError."""
        path = f"/update-test-case-definition/{in_path(case_id)}"
        return await self._ask(Request("retell.case.update", "PUT", path, json=dict(body)), _DEFINITION)

    async def delete_case(self, case_id: str) -> None:
        """Raises NotFoundError."""
        path = f"/delete-test-case-definition/{in_path(case_id)}"
        await self._tell(Request("retell.case.delete", "DELETE", path))

    async def start_batch(self, engine: Mapping[str, Any], case_ids: Sequence[str]) -> CaseBatch:
        """Have these conversations held. Raises UnknownOutcomeError when they may be: harmless, but paid."""
        body = {"response_engine": dict(engine), "test_case_definition_ids": list(case_ids)}
        return await self._ask(
            Request("retell.batch.create", "POST", "/create-batch-test", json=body), _BATCH
        )

    async def get_batch(self, batch_id: str) -> CaseBatch:
        """Raises NotFoundError."""
        path = f"/get-batch-test/{in_path(batch_id)}"
        return await self._ask(Request("retell.batch.get", "GET", path), _BATCH)

    async def list_runs(self, batch_id: str) -> list[CaseRun]:
        """How each conversation of a run ended."""

        def page(cursor: str | None) -> Request:
            params = {"limit": PAGE, "pagination_key": cursor}
            return Request("retell.batch.runs", "GET", f"/v2/list-test-runs/{in_path(batch_id)}", params)

        return [run async for run in self._all(page, _RUNS)]
