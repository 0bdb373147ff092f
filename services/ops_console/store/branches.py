"""Branches: the row and its event are one transaction, so none is provisioned unseen or shown in vain."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.ops_console.store.audit import note
from services.ops_console.store.companies import require_company
from services.ops_console.store.differences import changes
from services.ops_console.store.paging import Keyset, Page
from services.ops_console.store.refreshes import ask_for_refresh, tell
from services.ops_console.store.refusals import NotPossibleError, NotThereError
from services.ops_console.store.sought import Sought
from shared.contracts.branch import Branch
from shared.contracts.events import BranchCreated, BranchDeleted, BranchUpdated
from shared.contracts.steps import place
from shared.db.engine import Database
from shared.db.tables import Branch as BranchRow
from shared.db.tables import Provisioning, ProvisioningStep

_BY_NAME: Final = Keyset((BranchRow.company_id, BranchRow.name, BranchRow.id), descending=False)


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch and how far it has come at the providers."""

    branch: BranchRow
    provisioning: Provisioning | None
    steps: Sequence[ProvisioningStep]


class Branches:
    """Table ``branches``; versions only grow, whoever writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, branch: Branch, *, by: str) -> int:
        """A new branch → ``branch.created``; returns its version.

        Raises:
            NotThereError: no such company.
            NotPossibleError: there is a branch of that id, which was not deleted.
        """
        async with self._database.transaction() as session:
            old = await _locked(session, branch.company_id, branch.branch_id)
            if old is not None and old.deleted_at is None:
                raise NotPossibleError(f"{branch.branch_id} is there already; branches update changes it.")
            return await write(session, branch, old, by, "branch.added")

    async def change(self, branch: Branch, *, by: str) -> int:
        """The whole branch anew → ``branch.updated``, or ``branch.created`` where there was none."""
        async with self._database.transaction() as session:
            old = await _locked(session, branch.company_id, branch.branch_id)
            return await write(session, branch, old, by, "branch.changed")

    async def amend(
        self, company_id: str, branch_id: str, change: Callable[[Branch], Branch], *, by: str, deed: str
    ) -> int | None:
        """What ``change`` makes of the branch → ``branch.updated``; None where it leaves it as it is."""
        async with self._database.transaction() as session:
            old = await require_branch(session, company_id, branch_id)
            before = Branch.model_validate(old.document)
            after = change(before)
            return None if after == before else await write(session, after, old, by, deed)

    async def retry(self, company_id: str, branch_id: str, *, by: str) -> int:
        """The same branch under a new version → ``branch.updated``: provisioning starts again."""
        async with self._database.transaction() as session:
            old = await require_branch(session, company_id, branch_id)
            # Without its hash the content counts as changed: what was deleted by hand is made again.
            if (made := await session.get(Provisioning, (company_id, branch_id))) is not None:
                made.content_hash = None
            return await write(session, Branch.model_validate(old.document), old, by, "branch.retried")

    async def retry_step(self, company_id: str, branch_id: str, step: str, *, by: str) -> int:
        """One step again, under the same version → ``branch.refresh_requested``.

        Raises:
            NotThereError: no such branch, or it has no such step.
            NotPossibleError: a step that comes before it is not done.
        """
        async with self._database.transaction() as session:
            row = await require_branch(session, company_id, branch_id)
            _require_turn(await _steps(session, row), step)
            await ask_for_refresh(session, company_id, branch_id, reason="step.retried", step=step)
            await note(session, by, "branch.step-retried", f"{company_id}/{branch_id}", after={"step": step})
            return row.version

    async def delete(self, company_id: str, branch_id: str, *, by: str, release_number: bool = False) -> int:
        """→ ``branch.deleted``; the row stays, marked. ``release_number``: its number leaves Retell."""
        async with self._database.transaction() as session:
            old = await require_branch(session, company_id, branch_id)
            version = _next_version(old)
            old.version, old.deleted_at, old.status = version, datetime.now(UTC), "deleted"
            old.updated_at = old.deleted_at
            event = BranchDeleted(
                company_id=company_id, branch_id=branch_id, version=version, release_number=release_number
            )
            await tell(session, event, company_id)
            before, after = {"version": version - 1}, {"version": version, "release_number": release_number}
            target = f"{company_id}/{branch_id}"
            await note(session, by, "branch.deleted", target, before=before, after=after)
            return version

    async def page(
        self,
        company_id: str | None,
        limit: int,
        *,
        text: Sought | None = None,
        cursor: str | None = None,
        deleted: bool = False,
    ) -> Page[BranchView]:
        """Branches by company and name, with the state of their provisioning but without its steps.

        ``text``: in name, id or number. Raises NotSoundError for a cursor that is none.
        """
        query = _with_provisioning()
        query = query if company_id is None else query.where(BranchRow.company_id == company_id)
        query = query if deleted else query.where(BranchRow.deleted_at.is_(None))
        if text is not None:
            number = BranchRow.document["phone_number"].astext
            query = query.where(text.anywhere(BranchRow.name, BranchRow.id, number))
        async with self._database.transaction() as session:
            rows = (await session.execute(_BY_NAME.page(query, cursor, limit))).all()
        page = _BY_NAME.cut([branch for branch, _ in rows], limit)
        views = [BranchView(branch, provisioning, ()) for branch, provisioning in rows[:limit]]
        return Page(views, page.next)

    async def show(self, branch_id: str, company_id: str | None) -> BranchView:
        """One branch with its steps.

        Raises:
            NotThereError: no such branch.
            NotPossibleError: several companies have a branch of that id and ``company_id`` is None.
        """
        query = _with_provisioning().where(BranchRow.id == branch_id)
        query = query if company_id is None else query.where(BranchRow.company_id == company_id)
        async with self._database.transaction() as session:
            rows = (await session.execute(query.limit(2))).all()
            if not rows:
                raise _unknown(branch_id)
            if len(rows) > 1:
                raise NotPossibleError(f"Several companies have a branch {branch_id}; say which (--company).")
            branch, provisioning = rows[0]
            steps = await _steps(session, branch)
        return BranchView(branch, provisioning, steps)


async def write(session: AsyncSession, branch: Branch, old: BranchRow | None, by: str, deed: str) -> int:
    """The branch under its next version, and the event that says so, within ``session``."""
    await require_company(session, branch.company_id)
    version = _next_version(old)
    whole = branch.model_copy(update={"version": version})
    before, after = changes(old.document if old else {}, whole.model_dump(mode="json"))
    await session.execute(_upsert(whole))
    fresh = old is None or old.deleted_at is not None
    model: type[BranchCreated | BranchUpdated] = BranchCreated if fresh else BranchUpdated
    await tell(session, model.model_validate(whole.model_dump()), branch.company_id)
    target = f"{branch.company_id}/{branch.branch_id}"
    await note(session, by, deed, target, before=before, after=after)
    return version


def _upsert(branch: Branch) -> Any:
    values = {
        "version": branch.version,
        "name": branch.name,
        "language": branch.language,
        "timezone": branch.timezone,
        "document": branch.model_dump(mode="json"),
        "status": "pending",
        "deleted_at": None,
    }
    return (
        insert(BranchRow)
        .values(company_id=branch.company_id, id=branch.branch_id, **values)
        .on_conflict_do_update(
            index_elements=[BranchRow.company_id, BranchRow.id], set_={**values, "updated_at": func.now()}
        )
    )


async def _locked(session: AsyncSession, company_id: str, branch_id: str) -> BranchRow | None:
    return await session.get(BranchRow, (company_id, branch_id), with_for_update=True)


async def require_branch(session: AsyncSession, company_id: str, branch_id: str) -> BranchRow:
    """Its row, locked. Raises NotThereError, also of one that was given up."""
    row = await _locked(session, company_id, branch_id)
    if row is None or row.deleted_at is not None:
        raise _unknown(branch_id)
    return row


async def _steps(session: AsyncSession, branch: BranchRow) -> Sequence[ProvisioningStep]:
    query = select(ProvisioningStep).where(
        ProvisioningStep.company_id == branch.company_id, ProvisioningStep.branch_id == branch.id
    )
    return sorted((await session.execute(query)).scalars(), key=lambda each: place(each.step))


def _require_turn(steps: Sequence[ProvisioningStep], step: str) -> None:
    """The provisioner would take what is not done before it, too: a person should know."""
    names = [each.step for each in steps]
    if step not in names:
        raise NotThereError(f"There is no step {step}; it has had: {', '.join(names) or 'none'}.")
    for earlier in steps[: names.index(step)]:
        if earlier.state != "done":
            raise NotPossibleError(f"{earlier.step} comes before {step} and is {earlier.state}: retry that.")


def _with_provisioning() -> Any:
    same = (Provisioning.company_id == BranchRow.company_id) & (Provisioning.branch_id == BranchRow.id)
    return select(BranchRow, Provisioning).outerjoin(Provisioning, same)


def _next_version(old: BranchRow | None) -> int:
    # Milliseconds, so that an upstream system that counts the same way and the console agree on "newer".
    return max((old.version if old else 0) + 1, time.time_ns() // 1_000_000)


def _unknown(branch_id: str) -> NotThereError:
    return NotThereError(f"There is no branch {branch_id}; askpro branches list shows those there are.")
