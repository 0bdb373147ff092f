"""Dead letters of a test, what is done to them in bulk, and the consumer's side of it in SQL."""

import json
from dataclasses import dataclass
from typing import Any

import psycopg

from services.ops_console.handlers.driving import DriveOperations
from services.ops_console.handlers.planning import DecideOperation, PlanOperation
from services.ops_console.store.dead_letters import Selection
from services.ops_console.store.operation_drive import Drives
from services.ops_console.store.operations import Operations, Plan
from services.ops_console.store.preflight import Preflight
from shared.db.engine import Database

QUEUE = "syncer.booking-requests"
_DIE = """
    with its_group as (
        insert into dead_letter_groups (id, queue, error_class, place, open, total)
        values (left(md5(%(group)s), 16), %(queue)s, %(group)s, 'in a test', %(number)s, %(number)s)
        on conflict (id) do update set open = dead_letter_groups.open + excluded.open
    )
    insert into deliveries (queue, event_id, state, attempt, event_type, company_id, body, properties,
        history, fingerprint, group_id, updated_at)
    select %(queue)s, %(name)s || n, 'dead', 3, %(type)s, %(company)s, %(body)s, '{}',
        '[{"attempt": 3, "class": "Broken", "message": "before"}]', %(group)s,
        left(md5(%(group)s), 16), now() - interval '1 minute'
    from generate_series(1, %(number)s) n
"""
#: One whose bytes are an event.
HINTED = """
    insert into deliveries (queue, event_id, state, attempt, event_type, company_id, body, properties,
        history, fingerprint, updated_at)
    values (%(queue)s, %(id)s, 'dead', 3, 'booking.hinted', 'acme', %(body)s,
        '{"headers": {"tenant": "acme"}}', '[]', %(group)s, now() - interval '1 minute')
"""
COPIES = """
    select c.* from deliveries c join deliveries o on o.id = c.copy_of
    where o.fingerprint = %(group)s order by c.id
"""
SETTLED = """
    update deliveries set state = %(state)s, attempt = 1
    where state in ('redelivery', 'waiting')
        and copy_of in (select id from deliveries where fingerprint = %(group)s)
"""
#: One statement, one snapshot: a console may be driving it.
_OPERATION = """
    select o.*, (
        select jsonb_object_agg(state, number) from (
            select state, count(*) as number from operation_items where operation_id = o.id group by state
        ) one
    ) as counted
    from operations o where id = %(id)s
"""
_STATES = ("chosen", "sent", "done", "failing", "failed", "skipped", "cancelled")


@dataclass
class Ward:
    """``connection`` commits each statement at once."""

    connection: psycopg.Connection[dict[str, Any]]
    database: Database

    def sql(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        cursor = self.connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def die(self, number: int, group: str, **columns: Any) -> None:
        about = {"queue": QUEUE, "type": "booking.requested", "company": "acme"}
        values = {**about, "name": f"{group}:", "body": b"{}", "group": group}
        self.sql(_DIE, number=number, **values | columns)

    def die_as_events(self, group: str, datas: list[Any]) -> None:
        """Hints at a booking, each with its data."""
        for number, data in enumerate(datas):
            event = {
                "specversion": "1.0", "id": f"{group}:{number}", "source": "t", "type": "booking.hinted",
                "time": "2026-03-02T10:00:00Z", "companyid": "acme", "data": data,
            }  # fmt: skip
            body = json.dumps(event).encode()
            self.sql(HINTED, queue=QUEUE, id=event["id"], body=body, group=group)

    def copies(self, group: str) -> list[dict[str, Any]]:
        """What was sent in the place of the group's letters."""
        return self.sql(COPIES, group=group)

    def settle_copies(self, group: str, state: str) -> None:
        """All that are on their way end as ``state``."""
        self.sql(SETTLED, group=group, state=state)

    def tick(self, operation_id: int) -> None:
        """Two seconds pass in the row, and nobody holds it."""
        self.sql(
            "update operations set lease_until = null, counts = counts ||"
            " jsonb_build_object('looked_at', (counts ->> 'looked_at')::float - 2) where id = %(id)s",
            id=operation_id,
        )

    async def plan(self, group: str, **wanted: Any) -> int:
        usual = {"kind": "replay", "rate": 1000.0, "threshold": 0.1, "minimum": 5, "reason": "mended"}
        plan = Plan(name=group, selection=Selection(group=group), **usual | wanted)
        planning = PlanOperation(Operations(self.database), Preflight(self.database))
        return (await planning(plan, by="anna")).id

    async def begin(self, group: str, **wanted: Any) -> int:
        operation_id = await self.plan(group, **wanted)
        await self.decide(operation_id, "confirm")
        return operation_id

    async def decide(self, operation_id: int, deed: Any) -> None:
        await DecideOperation(Operations(self.database))(operation_id, deed, by="berta")

    async def look(self, operation_id: int, *, seconds: float = 2.0, owner: str = "one") -> dict[str, Any]:
        """Another look ``seconds`` after the last one: time passes in the row."""
        self.sql(
            "update operations set level_since = level_since - make_interval(secs => %(s)s),"
            " lease_until = null, counts = counts ||"
            " jsonb_build_object('looked_at', (counts ->> 'looked_at')::float - %(s)s)"
            " where id = %(id)s",
            s=seconds,
            id=operation_id,
        )
        self.sql("update operation_items set checked_at = checked_at - interval '1 minute'")
        await DriveOperations(Drives(self.database), owner)()
        return self.operation(operation_id)

    def operation(self, operation_id: int) -> dict[str, Any]:
        row = self.sql(_OPERATION, id=operation_id)[0]
        counted = row.pop("counted") or {}
        # What a page is told without counting is what a count would find.
        known = {name: row["counts"].get(name, 0) for name in {*counted, *_STATES}}
        assert known == {name: counted.get(name, 0) for name in known}
        return {**row, **row["counts"], **known, "level": row["level"], "state": row["state"]}

    def consume(self, state: str, group: str) -> None:
        """Everything that was sent ends as ``state``; a redelivery is one after a first failed attempt."""
        attempt = 0 if state == "done" else 1
        self.sql(
            "update deliveries set state = %(state)s, attempt = attempt + %(attempt)s, updated_at = now(),"
            " history = history || jsonb_build_array(jsonb_build_object("
            "  'attempt', 1, 'class', 'Timeout', 'message', 'again'))"
            " where fingerprint = %(group)s and state in ('redelivery', 'waiting') and attempt = 0",
            state=state,
            attempt=attempt,
            group=group,
        )

    def states(self, group: str) -> dict[str, int]:
        found = self.sql(
            "select state, count(*) from deliveries where fingerprint = %(group)s group by state", group=group
        )
        return {one["state"]: one["count"] for one in found}
