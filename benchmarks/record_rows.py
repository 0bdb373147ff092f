"""Appointments of many salons, as many as wanted, within a minute or two."""

from typing import Final

import psycopg

#: Ten minutes apart, the newest first; a thousandth is for Selma Rar, spread over all times.
_ROWS: Final = """
insert into appointments (company_id, branch_id, calcom_uid, event_type_id, status, title, service_key,
  start_at, host_name, attendee_name, attendee_phone, call_id)
select 'salon-' || n %% 100, 'mitte', 'uid-' || n, 7,
  case when n %% 20 = 0 then 'cancelled' else 'accepted' end,
  'Haarschnitt zwischen Salon und Kunde ' || n, 'schnitt',
  timestamptz '2027-01-01T00:00Z' - n * interval '10 minutes', 'Steffi',
  case when n %% 1000 = 7 then 'Selma Rar' else 'Kunde ' || n end, '+4930' || (1000000 + n),
  'call-' || n
from generate_series(1, %(number)s) n
"""
_TENANTS: Final = """
insert into companies (id, name) select 'salon-' || n, 'Salon ' || n from generate_series(0, 99) n;
insert into branches (company_id, id, version, name, language, timezone, document)
select id, 'mitte', 1, 'Mitte', 'de-DE', 'Europe/Berlin', '{}' from companies;
insert into services (company_id, branch_id, key, name, duration_minutes)
select id, 'mitte', 'schnitt', 'Haarschnitt', 30 from companies;
insert into staff (company_id, branch_id, key, name) select id, 'mitte', 'steffi', 'Steffi' from companies;
insert into service_staff_event_types (company_id, branch_id, service_key, staff_key, event_type_id)
select id, 'mitte', 'schnitt', 'steffi', 7 from companies;
"""


def fill(url: str, number: int) -> None:
    """``number`` appointments of a hundred salons. The text index is made afterwards: that is far quicker."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TENANTS.encode())
        found = connection.execute(
            "select indexdef from pg_indexes where indexname = 'ix_appointments_text'"
        ).fetchone()
        assert found is not None  # noqa: S101  # the newest schema has it
        connection.execute("drop index ix_appointments_text")
        connection.execute(_ROWS.encode(), {"number": number})
        connection.execute("set maintenance_work_mem = '512MB'")
        connection.execute(found[0].encode())
        connection.execute("vacuum analyze appointments")
