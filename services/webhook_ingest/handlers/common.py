"""Values and steps that every sender shares."""

from collections.abc import Callable
from typing import Any, Protocol

from services.webhook_ingest.values import Accepted, Deadline, RefusedError
from shared.clients.signatures import SignatureError
from shared.contracts.envelope import Envelope
from shared.contracts.subject_of import branch_of, call_of
from shared.contracts.wire import MalformedJsonError, parse_json, searchable
from shared.db.credentials import CompanyCredentials
from shared.observability.context import bind

#: Longest subject and correlation id that an envelope takes.
_SUBJECT, _CORRELATION = 1024, 512


class Intake(Protocol):
    """Where accepted events go."""

    async def keep(self, envelope: Envelope, answer_by: Deadline) -> None:
        """Return once the broker has confirmed it or the outbox has committed it.

        Raises:
            RefusedError: 503, neither has in time.
        """
        ...


class Companies(Protocol):
    """Whose webhooks these are."""

    async def of(self, company_id: str) -> CompanyCredentials | None:
        """None for a company that does not exist."""
        ...

    async def again(self, company_id: str) -> CompanyCredentials | None:
        """The same, looked up anew where that is not done too often."""
        ...


class Flood(Protocol):
    """The limit per company."""

    def admit(self, company_id: str) -> None:
        """Raise RefusedError 429 over the limit."""
        ...


async def known(companies: Companies, company_id: str) -> CompanyCredentials:
    """The company.

    Raises:
        RefusedError: 404, no such company.
    """
    return _existing(await companies.of(company_id))


async def signed(
    companies: Companies, company_id: str, verify: Callable[[CompanyCredentials], None]
) -> CompanyCredentials:
    """The company, one of whose secrets fits: ``verify`` raises SignatureError where none does.

    A webhook may come with a secret that was entered a moment ago, and Cal.com sends each only once.

    Raises:
        RefusedError: 404, no such company; 401, neither what is known nor what stands in the database fits.
    """
    company = await known(companies, company_id)
    if _misfit(verify, company) is None:
        return company
    company = _existing(await companies.again(company_id))
    if (error := _misfit(verify, company)) is not None:
        raise unauthorized(error) from error
    return company


def _existing(company: CompanyCredentials | None) -> CompanyCredentials:
    if company is None:
        raise RefusedError(404, "No company has this id; the webhook's URL ends with the company's id.")
    return company


def _misfit(
    verify: Callable[[CompanyCredentials], None], company: CompanyCredentials
) -> SignatureError | None:
    try:
        verify(company)
    except SignatureError as error:
        return error
    return None


def unauthorized(error: SignatureError) -> RefusedError:
    """401; the reason is for our log, the sender learns only where to look."""
    return RefusedError(401, f"The signature was not accepted: {error.reason}.")


def document_of(raw: bytes) -> dict[str, Any]:
    """The JSON object in ``raw``.

    Raises:
        RefusedError: 400, not JSON within limits or no object.
    """
    try:
        value = parse_json(raw)
    except MalformedJsonError as error:
        raise RefusedError(400, f"The body is not JSON that we take: {error}.") from error
    if not isinstance(value, dict):
        raise RefusedError(400, "The body must be a JSON object.")
    return value


def text_at(document: dict[str, Any], name: str) -> str:
    """A field that must be a non-empty string.

    Raises:
        RefusedError: 400.
    """
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(400, f"The field {name!r} must be a non-empty string.")
    return value


def member(value: Any, *path: str) -> Any:
    """What lies at ``path``, None wherever it ends early."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


async def keep(intake: Intake, envelope: Envelope, answer_by: Deadline) -> Accepted:
    """Hand the event over; every log line from here on says which event, call and branch it is about."""
    attributes = envelope.attributes
    bind(
        event_id=attributes.id,
        correlation_id=attributes.correlationid,
        company_id=attributes.companyid,
        call_id=call_of(attributes.type, envelope.data),
        branch_id=branch_of(attributes.type, envelope.data),
    )
    await intake.keep(envelope, answer_by)
    return Accepted(attributes.id)


def label(value: Any, limit: int = _CORRELATION) -> str | None:
    """A short string for the envelope out of whatever a provider sent; None for nothing usable."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(searchable(str(value)))[:limit]
