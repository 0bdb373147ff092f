"""Companies: keys go in sealed and never come out of here, except to sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.paging import Keyset, Page
from services.ops_console.store.refreshes import SHOWN_BY_AGENTS, refresh_branches
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from services.ops_console.store.rotations import ROTATION_SECONDS, Rotations
from services.ops_console.store.sought import Sought
from shared.db.circuit_changes import CircuitChanges
from shared.db.engine import Database
from shared.db.tables import Branch, Company, WebhookRegistration
from shared.db.vault import SealedByUnknownKeyError, Vault

#: Fields of a company that are sealed; the column has ``_encrypted`` behind.
SECRETS: Final = ("retell_api_key", "calcom_api_key", "calcom_webhook_secret", "notify_urls")
#: With what a provider is asked in a company's name.
_ACCESS: Final = {
    "retell": frozenset({"retell_api_key"}),
    "calcom": frozenset({"calcom_api_key", "calcom_region"}),
}
_BY_NAME: Final = Keyset((Company.name, Company.id), descending=False)
_TAKEN: Final = "That Stripe customer belongs to another company."


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company without its secrets; ``keys`` says which are there. ``webhook``: the one at Cal.com."""

    company: Company
    branches: int
    keys: Mapping[str, bool]
    webhook: WebhookRegistration | None


class Companies:
    """Table ``companies``. ``rotation_seconds``: until Cal.com is told of a new webhook secret."""

    def __init__(
        self, database: Database, vault: Vault, *, rotation_seconds: float = ROTATION_SECONDS
    ) -> None:
        self._database = database
        self._vault = vault
        self._rotations = Rotations(vault, delay=rotation_seconds)
        self._circuits = CircuitChanges("ops_console")

    async def add(self, company_id: str, fields: Mapping[str, Any], *, by: str) -> CompanyView:
        """A new company.

        Raises:
            NotPossibleError: there is one of that id, or its Stripe customer belongs to another.
        """
        row = {"id": company_id, **self._sealed(fields)}
        try:
            async with self._database.transaction() as session:
                added = insert(Company).values(**row).on_conflict_do_nothing(index_elements=[Company.id])
                if (await session.execute(added.returning(Company.id))).first() is None:
                    raise NotPossibleError(f"{company_id} is there already; change it with companies update.")
                await note(session, by, "company.added", company_id, after=_named(fields))
        except IntegrityError as error:
            raise NotPossibleError(_TAKEN) from error
        return await self.show(company_id)

    async def change(self, company_id: str, fields: Mapping[str, Any], *, by: str) -> CompanyView:
        """Change what is given; what agents show of it reaches them by a refresh of each branch.

        A replaced Cal.com secret stays valid for what is signed with it already; where Cal.com signs with it,
        the new one takes the way of ``rotate``. A new key closes the circuit that the old one opened.

        Raises:
            NotThereError: no such company.
            NotPossibleError: another secret is on its way to Cal.com, or its Stripe customer is another's.
        """
        try:
            async with self._database.transaction() as session:
                await self._change(session, company_id, fields, by)
        except IntegrityError as error:
            raise NotPossibleError(_TAKEN) from error
        return await self.show(company_id)

    async def _change(
        self, session: AsyncSession, company_id: str, fields: Mapping[str, Any], by: str
    ) -> None:
        company = await _locked(session, company_id)
        before = _named({name: _of(company, name) for name in fields})
        at_once = await self._rotations.take(session, company, fields)
        changes = self._sealed(at_once) | self._previous(company, at_once) | {"updated_at": func.now()}
        await session.execute(update(Company).where(Company.id == company_id).values(**changes))
        await note(session, by, "company.changed", company_id, before=before, after=_named(fields))
        await self._tell_processes(session, company_id, fields, by)
        if SHOWN_BY_AGENTS & fields.keys():
            await refresh_branches(session, company_id, reason="company.changed")

    async def rotate(self, company_id: str, *, by: str) -> CompanyView:
        """A new webhook secret is accepted from now on, and Cal.com is told of it a minute later.

        While one is on its way, it is told of that one once more. Raises NotThereError.
        """
        async with self._database.transaction() as session:
            company = await _locked(session, company_id)
            await self._rotations.begin(session, company)
            await note(session, by, "company.secret_rotated", company_id)
            await self._circuits.announce(session, f"calcom:{company_id}", company_id=company_id)
        return await self.show(company_id)

    async def _tell_processes(
        self, session: AsyncSession, company_id: str, fields: Mapping[str, Any], by: str
    ) -> None:
        """Whoever remembers what is replaced forgets it; what a key of before has parked goes on."""
        for provider in (one for one, names in _ACCESS.items() if names & fields.keys()):
            await self._circuits.renew(session, f"{provider}:{company_id}", company_id=company_id, by=by)
        if "calcom_webhook_secret" in fields:
            await self._circuits.announce(session, f"calcom:{company_id}", company_id=company_id)

    async def page(self, text: Sought | None, cursor: str | None, limit: int) -> Page[CompanyView]:
        """Companies by name; ``text``: in name or id. Raises NotSoundError for a cursor that is none."""
        query = _with_count()
        query = query if text is None else query.where(text.anywhere(Company.name, Company.id))
        async with self._database.transaction() as session:
            rows = (await session.execute(_BY_NAME.page(query, cursor, limit))).all()
        page = _BY_NAME.cut([company for company, *_ in rows], limit)
        return Page([_view(*row) for row in rows[:limit]], page.next)

    async def show(self, company_id: str) -> CompanyView:
        """Raises NotThereError."""
        async with self._database.transaction() as session:
            row = (await session.execute(_with_count().where(Company.id == company_id))).first()
        if row is None:
            raise _unknown(company_id)
        return _view(*row)

    async def secret(self, company_id: str, name: str) -> str | None:
        """A secret in clear, to sign with; None where none was entered. Raises NotThereError."""
        view = await self.show(company_id)
        return self._vault.open_optional(getattr(view.company, f"{name}_encrypted"))

    def _previous(self, company: Company, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The same secret again pushes nothing out: its predecessor may still be what Cal.com signs with."""
        now = company.calcom_webhook_secret_encrypted
        if "calcom_webhook_secret" not in fields:
            return {}
        try:
            if self._vault.open_optional(now) == fields["calcom_webhook_secret"]:
                return {}
        except SealedByUnknownKeyError:
            # Kept, it would make the whole company unreadable once more.
            now = None
        # Nobody is told when it is used last: it has no end.
        return {"calcom_webhook_secret_previous_encrypted": now, "calcom_webhook_secret_rotated_at": None}

    def _sealed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            (f"{name}_encrypted" if name in SECRETS else name): self._seal(name, value)
            for name, value in fields.items()
        }

    def _seal(self, name: str, value: Any) -> Any:
        return self._vault.seal(value) if name in SECRETS and value is not None else value


async def require_company(session: AsyncSession, company_id: str) -> None:
    """Raises NotThereError."""
    if await session.get(Company, company_id) is None:
        raise _unknown(company_id)


async def _locked(session: AsyncSession, company_id: str) -> Company:
    company = await session.get(Company, company_id, with_for_update={"key_share": True})
    if company is None:
        raise _unknown(company_id)
    return company


def _with_count() -> Any:
    branches = (
        select(func.count())
        .where(Branch.company_id == Company.id, Branch.deleted_at.is_(None))
        .scalar_subquery()
    )
    of_company = WebhookRegistration.company_id == Company.id
    return select(Company, branches, WebhookRegistration).outerjoin(
        WebhookRegistration, of_company & (WebhookRegistration.provider == "calcom")
    )


def _view(company: Company, branches: int, webhook: WebhookRegistration | None) -> CompanyView:
    keys = {name: getattr(company, f"{name}_encrypted") is not None for name in SECRETS}
    return CompanyView(company, branches, keys, webhook)


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """For the audit: what was changed, of secrets only that they were."""
    return {name: _sealed_or_plain(name, value) for name, value in fields.items()}


def _of(company: Company, name: str) -> Any:
    return getattr(company, f"{name}_encrypted" if name in SECRETS else name)


def _sealed_or_plain(name: str, value: Any) -> Any:
    if name in SECRETS:
        return None if value is None else "(sealed)"
    return _plain(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _unknown(company_id: str) -> NotThereError:
    return NotThereError(f"There is no company {company_id}; askpro companies list shows those there are.")
