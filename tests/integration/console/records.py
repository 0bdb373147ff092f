"""Many appointments and calls at once, and what a store asks of the database for them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, event

#: A company with two branches, a service with a person, one that two share, and customers of its own.
TENANT = """
insert into companies (id, name) values ('salon', 'Salon Schön'), ('other', 'Praxis');
insert into branches (company_id, id, version, name, language, timezone, document) values
  ('salon', 'mitte', 1, 'Mitte', 'de-DE', 'Europe/Berlin', '{}'),
  ('salon', 'west', 1, 'West', 'de-DE', 'Europe/Berlin', '{}'),
  ('other', 'mitte', 1, 'Praxis Mitte', 'de-DE', 'Europe/Berlin', '{}');
insert into services (company_id, branch_id, key, name, duration_minutes) values
  ('salon', 'mitte', 'schnitt', 'Haarschnitt', 30), ('salon', 'west', 'farbe', 'Farbe', 60);
insert into staff (company_id, branch_id, key, name) values
  ('salon', 'mitte', 'steffi', 'Steffi'), ('salon', 'west', 'anna', 'Anna'), ('salon', 'west', 'eva', 'Eva');
insert into service_staff_event_types (company_id, branch_id, service_key, staff_key, event_type_id) values
  ('salon', 'mitte', 'schnitt', 'steffi', 7), ('salon', 'west', 'farbe', 'anna', 8),
  ('salon', 'west', 'farbe', 'eva', 8);
insert into customers (id, company_id, name, phone) values
  ('00000000-0000-0000-0000-00000000000c', 'salon', 'Erika Muster', '+4915112345678');
"""
#: ``number`` of them, one each ten minutes back from the first of March 2027; a handful at one time.
APPOINTMENTS = """
insert into appointments (company_id, branch_id, calcom_uid, event_type_id, status, title, service_key,
  start_at, host_name, attendee_name, attendee_phone, customer_id, call_id)
select case when n %% 10 = 0 then 'other' else 'salon' end, case when n %% 3 = 0 then 'west' else 'mitte' end,
  'uid-' || n, case when n %% 3 = 0 then 8 else 7 end,
  case when n %% 50 = 0 then 'cancelled' else 'accepted' end,
  'Termin ' || n, case when n %% 3 = 0 then 'farbe' else 'schnitt' end,
  timestamptz '2027-03-01T00:00Z' - (n / 4) * interval '40 minutes', 'Kalender',
  case when n %% 1000 = 7 then 'Selma Rar' else 'Kunde ' || n end, '+4930' || (1000000 + n),
  case when n = 1 then '00000000-0000-0000-0000-00000000000c'::uuid end, 'call-' || n
from generate_series(1, %(number)s) n
"""
CALLS = """
insert into calls (company_id, call_id, branch_id, status, direction, from_number, started_at, summary,
  transcript)
select case when n %% 10 = 0 then 'other' else 'salon' end, 'call-' || n, 'mitte', 'analyzed', 'inbound',
  '+4930' || (1000000 + n), timestamptz '2027-03-01T00:00Z' - (n / 4) * interval '40 minutes',
  'Der Anrufer ' || n || ' wollte einen Termin.', 'Geheimes Wort'
from generate_series(1, %(number)s) n
"""
#: Twenty of a great many tasks are open, and as many wishes.
TASKS = """
insert into callbacks (id, company_id, reason, state, created_at)
select 'callback-' || n, 'salon', 'x', case when n %% 600 = 0 then 'open' else 'closed' end,
  now() - n * interval '1 s'
from generate_series(1, %(number)s) n
"""
WISHES = """
insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at, request,
  created_at, updated_at)
select 'salon', 't-' || n, 'call-' || n, 'mitte', 'book',
  case when n %% 600 = 0 then 'requested' else 'booked' end, 7, now(), '{}', now() - interval '1 hour',
  now() - interval '1 hour'
from generate_series(1, %(number)s) n
"""


def fill(url: str, number: int) -> None:
    """``number`` appointments, and as many calls, tasks and wishes; the planner is told of them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TENANT.encode())
        for statement in (APPOINTMENTS, CALLS, TASKS, WISHES):
            connection.execute(statement.encode(), {"number": number})
        connection.execute("vacuum analyze")


@dataclass
class Asked:
    """The statements that were sent, and how the database goes about each."""

    url: str
    statements: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def selects(self) -> list[tuple[str, Any]]:
        return [one for one in self.statements if one[0].lstrip().lower().startswith(("select", "with"))]

    def nodes(self) -> list[dict[str, Any]]:
        """Every step of every plan, as it was run."""
        found: list[dict[str, Any]] = []
        with psycopg.connect(self.url) as connection:
            for statement, values in self.selects:
                explained = connection.execute(f"explain (analyze, format json) {statement}".encode(), values)
                row = explained.fetchone()
                assert row is not None
                plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
                found += _steps(plan[0]["Plan"])
        return found


def _steps(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(step for child in node.get("Plans", ()) for step in _steps(child))]


@contextmanager
def asked(url: str) -> Iterator[Asked]:
    """What every engine of this process sends meanwhile."""
    heard = Asked(url)

    def hear(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        heard.statements.append((statement, values))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
