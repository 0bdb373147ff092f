"""What ingest has answered is in the database, each request once, whatever the database did meanwhile."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select

from shared.db.engine import Database
from shared.db.request_minutes import SaveRequestMinutes
from shared.db.tables import RequestMinute
from shared.errors import InfrastructureError
from shared.observability.request_minutes import RequestMinutes
from tests.integration.webhook_ingest.conftest import Senders, add_company
from tests.processes import running
from tests.proxy import FaultProxy
from tests.support import eventually

BOOKING = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-01-01T00:00:00Z", "payload": {"uid": "u"}}


async def counted(database: Database, service: str) -> tuple[int, int]:
    """All requests and those that failed."""
    query = select(func.sum(RequestMinute.total), func.sum(RequestMinute.failed))
    async with database.transaction() as session:
        total, failed = (await session.execute(query.where(RequestMinute.service == service))).one()
    return int(total or 0), int(failed or 0)


async def test_a_process_that_ends_has_written_down_whatever_it_answered(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    database = Database(database_url, application="test")
    await add_company(database)
    environment = {"RABBITMQ_URL": broker_url, "DATABASE_URL": database_url}
    async with (
        running("services.webhook_ingest", tmp_path / "ingest.log", environment) as process,
        httpx.AsyncClient(base_url=process.url, timeout=30, trust_env=False) as client,
    ):
        send, raw = Senders(client), json.dumps(BOOKING).encode()
        answers = [(await send.calcom(raw)).status_code for _ in range(3)]
        answers.append((await send.calcom(raw, secret="wrong")).status_code)
        assert answers == [202, 202, 202, 401]
        assert await process.stop() == 0
    assert await counted(database, "webhook_ingest") == (4, 0)
    await database.close()


async def test_minutes_outlast_a_database_that_is_away_and_are_counted_once(database_url: str) -> None:
    async with FaultProxy(urlsplit(database_url).port or 0) as proxy:
        database = Database(proxy.through(database_url), application="test")
        minutes = RequestMinutes()
        save = SaveRequestMinutes(database, minutes, service="outage")
        minutes.note(failed=False, slow=False)
        await save()
        proxy.cut()
        minutes.note(failed=True, slow=True)
        assert await eventually(lambda: _refused(save))
        proxy.heal()
        await eventually(lambda: _saved(save))
        await save()
        assert await counted(database, "outage") == (2, 1)
        await database.close()


async def _refused(save: SaveRequestMinutes) -> bool:
    return not await _saved(save)


async def _saved(save: SaveRequestMinutes) -> bool:
    try:
        await save()
    except InfrastructureError:
        return False
    return True
