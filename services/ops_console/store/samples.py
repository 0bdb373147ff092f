"""Figures of the overview as they were: every half minute one sample, whichever console took it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from shared.db.engine import Database
from shared.db.tables import RequestMinute, Sample

#: Not a figure: the openings of circuits that people were told of, by the time of the opening.
TOLD_STUCK: Final = "circuit.stuck"


@dataclass(frozen=True, slots=True)
class Figure:
    """``label`` tells several of one ``series`` apart, such as queues; empty: of all together."""

    series: str
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Point:
    """The mean of a while that began at ``at``."""

    at: datetime
    value: float


class Samples:
    """Tables ``samples`` and ``request_minutes``; each method raises InfrastructureError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def has(self, series: str, at: datetime) -> bool:
        """Somebody has taken that one already."""
        query = select(func.count()).where(Sample.series == series, Sample.label == "", Sample.at == at)
        async with self._database.transaction() as session:
            return bool((await session.execute(query)).scalar_one())

    async def keep(self, at: datetime, figures: Sequence[Figure]) -> None:
        """Of two that take the same one at once the first counts."""
        if not figures:
            return
        rows = [{**asdict(figure), "at": at} for figure in figures]
        async with self._database.transaction() as session:
            await session.execute(insert(Sample).values(rows).on_conflict_do_nothing())

    async def line(self, series: str, label: str, since: datetime, step: timedelta) -> Sequence[Point]:
        """One point for each ``step`` of which there is a sample."""
        at = _each(step, Sample.at)
        query = (
            select(at, func.avg(Sample.value))
            .where(Sample.series == series, Sample.label == label, Sample.at >= since)
            .group_by(text("1"))
            .order_by(text("1"))
        )
        return await self._points(query)

    async def requests(self, service: str, since: datetime, step: timedelta) -> Sequence[Point]:
        """Requests a minute, over all processes of ``service``."""
        at = _each(step, RequestMinute.minute)
        minutes = max(1.0, step / timedelta(minutes=1))
        query = (
            select(at, func.sum(RequestMinute.total) / minutes)
            .where(RequestMinute.service == service, RequestMinute.minute >= since)
            .group_by(text("1"))
            .order_by(text("1"))
        )
        return await self._points(query)

    async def forget(self, *, samples: datetime, minutes: datetime) -> None:
        """Everything before those moments."""
        async with self._database.transaction() as session:
            await session.execute(delete(Sample).where(Sample.at < samples, Sample.series != TOLD_STUCK))
            await session.execute(delete(RequestMinute).where(RequestMinute.minute < minutes))

    async def _points(self, query: Any) -> Sequence[Point]:
        async with self._database.transaction() as session:
            return [Point(at, float(value)) for at, value in await session.execute(query)]


def _each(step: timedelta, column: Any) -> Any:
    return func.date_bin(step, column, text("timestamptz '2000-01-01 00:00:00+00'"))
