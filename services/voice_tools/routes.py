"""HTTP → handlers → HTTP. Once the signature is good the answer is always 200: anything else is silence."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from prometheus_client import Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.voice_tools.handlers.access import Admit, Branches
from services.voice_tools.handlers.answers import sentence
from services.voice_tools.handlers.budgets import Budgets, over
from services.voice_tools.handlers.conversation import Request as Asked
from services.voice_tools.handlers.conversation import conversation, read_request
from services.voice_tools.handlers.in_flight import Patience
from services.voice_tools.handlers.inbound import Greet, Ringing, of_nobody
from services.voice_tools.values import (
    Answer,
    Call,
    Line,
    NoCalendarError,
    RefusedError,
    StillLookingError,
    TooManyLooksError,
)
from shared.clients.signatures import RETELL_HEADER
from shared.contracts.voice import FUNCTIONS, Language, language_of
from shared.db.credentials import CompanyCredentials
from shared.db.vault import SealedByUnknownKeyError
from shared.errors import AskProError, InfrastructureError
from shared.health.problem import problem
from shared.observability.context import Cause, bind, working_on
from shared.observability.logging import get_logger
from shared.observability.metrics import BUCKETS

_log = get_logger("functions")
ANSWERS: Final = Histogram(
    "askpro_voice_functions_seconds", "Time to answer a function.", ("function", "status"), buckets=BUCKETS
)
#: Ringing that lasts longer is noticed: what is not known by then is left out.
_INBOUND_SECONDS: Final = 0.25
#: A call that began before its company was suspended goes on: a caller's no to the recording still counts.
_ALWAYS_HEARD: Final = frozenset({"record_consent"})
#: What the sender of an oversized body may still send before it is cut off.
_DISCARDED: Final = 16 * 1024 * 1024
#: The first that fits names the sentence.
_SENTENCES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (StillLookingError, "looking"),
    (TooManyLooksError, "enough_looked"),
    (NoCalendarError, "unavailable"),
    (InfrastructureError, "failed"),
    (AskProError, "unavailable"),
    (Exception, "failed"),
)

Run = Callable[[Call, Any], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class VoiceEndpoints:
    """``functions``: what runs for each name of shared.contracts.voice."""

    admit: Admit
    branches: Branches
    functions: Mapping[str, Run]
    greet: Greet
    max_body_bytes: int
    patience: Patience = field(default_factory=Patience)
    budgets: Budgets = field(default_factory=Budgets)

    def routes(self) -> list[Route]:
        return [
            Route("/functions/{company_id}/{name}", self.function, methods=["POST"]),
            Route("/calls/inbound/{company_id}", self.inbound, methods=["POST"]),
        ]

    async def function(self, request: Request) -> Response:
        """A function of the agent's."""
        arrived, name = time.monotonic(), request.path_params["name"]
        try:
            admitted = await self.patience.result(self._admitted(request), seconds=self.budgets.of(name))
        except RefusedError as error:
            return _refused(error)
        except (InfrastructureError, SealedByUnknownKeyError) as error:
            _hindered("function.unanswerable", error)
            return JSONResponse(sentence("de", "failed").document())
        if admitted is None:
            return JSONResponse(sentence("de", over(name, again=False)).document())
        asked, company = read_request(admitted[0]), admitted[1]
        _bind(asked, company)
        with working_on("function", Cause(asked.call_id, company_id=company.company_id)):
            answer, branch_id = await self._in_time(name, asked, company, arrived)
            bind(branch_id=branch_id)
            _tell(name, answer, time.monotonic() - arrived)
        # What was bound within is forgotten with it; the line about the request comes after.
        bind(branch_id=branch_id)
        return JSONResponse(answer.document())

    async def inbound(self, request: Request) -> Response:
        """A call that rings; ``dynamic_variables`` are strings, whatever is away or broken."""
        ringing = Ringing(of_nobody(datetime.now(UTC), "de"))
        try:
            raw = await _body(request, self.max_body_bytes)
            signature = request.headers.get(RETELL_HEADER)
            greeting = self.greet(ringing, request.path_params["company_id"], raw, signature)
            if not await self.patience.result(greeting, seconds=_INBOUND_SECONDS):
                _cut_short(ringing, StillLookingError(f"no more within {_INBOUND_SECONDS} s"))
        except RefusedError as error:
            return _refused(error)
        except Exception as error:  # noqa: BLE001  # it would ring on for three attempts of Retell's
            _cut_short(ringing, error)
        bind(**ringing.facts)
        return _greeting(ringing.variables)

    async def _admitted(self, request: Request) -> tuple[bytes, CompanyCredentials]:
        raw = await _body(request, self.max_body_bytes)
        company_id = request.path_params["company_id"]
        return raw, await self.admit(company_id, raw, request.headers.get(RETELL_HEADER))

    async def _in_time(
        self, name: str, asked: Asked, company: CompanyCredentials, arrived: float
    ) -> tuple[Answer, str | None]:
        """The answer; when time is up a sentence that stays true, whatever becomes of the work."""
        line, key = Line(), (asked.call_id, name)
        again = self.patience.hangs(key)
        found = await self.patience.result(
            self._answer(name, asked, company, line, arrived),
            seconds=arrived + self.budgets.of(name) - time.monotonic(),
            key=key,
            may_leave=line.close,
        )
        said = "pending" if line.begun else over(name, again=again)
        return found or (sentence(language_of(company.language), said), None)

    async def _answer(
        self, name: str, asked: Asked, company: CompanyCredentials, line: Line, arrived: float
    ) -> tuple[Answer, str | None]:
        """The answer and the branch it is for; never an exception."""
        language, branch_id = language_of(company.language), None
        if company.status == "suspended" and name not in _ALWAYS_HEARD:
            return sentence(language, "suspended"), branch_id
        try:
            branch = await self.branches.of(company.company_id, asked.agent_id, asked.our_number)
            if branch is None or asked.call_id is None:
                return sentence(language, "unknown_branch"), branch_id
            call = conversation(asked, company, branch, datetime.now(UTC))
            call = replace(call, line=line, arrived=arrived)
            language, branch_id = call.language, branch.branch_id
            return await self._run(name, call, asked), branch_id
        except Exception as error:  # noqa: BLE001  # the caller hears a sentence, whatever broke
            return _failed(language, error), branch_id

    async def _run(self, name: str, call: Call, asked: Asked) -> Answer:
        if name not in self.functions:
            return sentence(call.language, "unknown_function")
        return await self.functions[name](call, FUNCTIONS[name].arguments.model_validate(asked.args))


async def _body(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                parts.append(chunk)
            if size > _DISCARDED:
                break
    except ClientDisconnect as error:
        raise RefusedError(400, "The body ended early.") from error
    if size > limit:
        raise RefusedError(413, f"A body may have {limit:,} bytes.")
    return b"".join(parts)


def _bind(asked: Asked, company: CompanyCredentials) -> None:
    """On every line of the request, the last one too: what is bound by ``working_on`` alone ends with it."""
    bind(company_id=company.company_id, call_id=asked.call_id, correlation_id=asked.call_id)


def _hindered(event: str, error: AskProError) -> None:
    """A key that nobody can open stays so until a person acts; a server that is away comes back."""
    level = "error" if isinstance(error, SealedByUnknownKeyError) else "warning"
    getattr(_log, level)(event, reason=str(error)[:300])


def _cut_short(ringing: Ringing, error: Exception) -> None:
    """The caller is greeted with what is known, and operators read why it is no more."""
    bind(**ringing.facts)
    event = f"call.greeted_{ringing.greeted}"
    if isinstance(error, AskProError):
        _hindered(event, error)
    else:
        _log.error(event, exc_info=error)


def _refused(error: RefusedError) -> Response:
    _log.warning("function.refused", status=error.status, reason=error.detail)
    return problem(error.status, error.detail)


def _failed(language: Language, error: Exception) -> Answer:
    if isinstance(error, AskProError):
        _hindered("function.hindered", error)
    else:
        _log.error("function.failed", exc_info=error)
    return sentence(language, next(key for kind, key in _SENTENCES if isinstance(error, kind)))


def _tell(name: str, answer: Answer, seconds: float) -> None:
    known = name if name in FUNCTIONS else "unknown"
    ANSWERS.labels(known, answer.status).observe(seconds)
    _log.info("function.answered", function=known, status=answer.status, duration_ms=round(seconds * 1000, 1))


def _greeting(variables: dict[str, str]) -> Response:
    return JSONResponse({"call_inbound": {"dynamic_variables": variables, "metadata": {}}})
