"""What can be booked at Cal.com → ``calcom_event_types``; nothing of the operator's is written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.syncer.merge.closed_hours import HoursWarning
from services.syncer.merge.listing import Listing
from shared.contracts.branch import Branch
from shared.contracts.catalogue import EventType, classify
from shared.contracts.envelope import now
from shared.contracts.events import CatalogueChanged
from shared.contracts.wire import searchable
from shared.db.engine import Database
from shared.db.outbox import emit
from shared.db.tables import Branch as BranchRow
from shared.db.tables import CalcomEventType, Company
from shared.db.turns import claim

#: Turns of its own beside those of the repair.
_WHAT: Final = "calcom.catalogue"


class Catalogues:
    """Writes ``calcom_event_types``, and emits ``catalogue.changed`` with what it changes."""

    def __init__(self, database: Database, *, source: str) -> None:
        self._database = database
        self._source = source

    async def claim(self, every: float) -> Sequence[str]:
        """Companies whose turn it is; no other replica has them for ``every`` seconds."""
        async with self._database.transaction() as session:
            return list(await claim(session, _WHAT, Company.calcom_api_key_encrypted, every))

    async def write(self, company_id: str, listing: Listing) -> bool:
        """Keep what Cal.com lists; what it lists no more is gone. Whether anything is other than it was."""
        async with self._database.transaction() as session:
            known = await _known(session, company_id)
            listed = {each.id: _columns(each) for each in listing.event_types}
            changed = [key for key, columns in listed.items() if not _is(known.get(key), columns)]
            gone = _missing(known, listing)
            for key, columns in listed.items():
                await _upsert(session, {"company_id": company_id, "id": key}, columns)
            for key in gone:
                known[key].gone_at = now()
            if not changed and not gone:
                return False
            event = CatalogueChanged(company_id=company_id, changed_at=now())
            await emit(session, event, source=self._source)
        return True

    async def branches(self, company_id: str) -> Sequence[Branch]:
        """Those that were not given up."""
        query = select(BranchRow.document).where(
            BranchRow.company_id == company_id, BranchRow.deleted_at.is_(None)
        )
        async with self._database.transaction() as session:
            documents = (await session.execute(query.order_by(BranchRow.id))).scalars().all()
        return [Branch.model_validate(document) for document in documents]

    async def warn(self, company_id: str, warnings: Mapping[int, Sequence[HoursWarning]]) -> None:
        """Replace the warnings of these event types. Agents show none of them: no event tells."""
        async with self._database.transaction() as session:
            for key, found in warnings.items():
                written = [asdict(warning) for warning in found]
                await session.execute(
                    update(CalcomEventType)
                    .where(
                        CalcomEventType.company_id == company_id,
                        CalcomEventType.id == key,
                        CalcomEventType.warnings != written,
                    )
                    .values(warnings=written)
                )


async def _known(session: AsyncSession, company_id: str) -> dict[int, CalcomEventType]:
    query = select(CalcomEventType).where(CalcomEventType.company_id == company_id)
    return {row.id: row for row in (await session.execute(query.with_for_update())).scalars()}


def _missing(known: Mapping[int, CalcomEventType], listing: Listing) -> list[int]:
    """Those that are not listed though whoever has them was read."""
    listed = {each.id for each in listing.event_types}
    return [
        key
        for key, row in known.items()
        if key not in listed and row.gone_at is None and row.team_id not in listing.unread_teams
    ]


def _columns(event_type: EventType) -> dict[str, Any]:
    verdict = classify(event_type)
    columns = {
        "title": event_type.title,
        "slug": event_type.slug,
        "length_minutes": event_type.length_minutes,
        "length_options": list(event_type.length_options),
        "scheduling_type": event_type.scheduling_type,
        "team_id": event_type.team_id,
        "parent_id": event_type.parent_id,
        "hidden": event_type.hidden,
        "hosts": list(event_type.hosts),
        "booking_fields": [asdict(question) for question in event_type.questions],
        **asdict(verdict),
    }
    return {name: searchable(value) for name, value in columns.items()}


def _is(row: CalcomEventType | None, columns: Mapping[str, Any]) -> bool:
    """It is known, there, and like this."""
    if row is None or row.gone_at is not None:
        return False
    return all(getattr(row, name) == value for name, value in columns.items())


async def _upsert(session: AsyncSession, key: dict[str, Any], columns: Mapping[str, Any]) -> None:
    values = {**columns, "gone_at": None, "synced_at": func.now()}
    statement = insert(CalcomEventType).values(**key, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
