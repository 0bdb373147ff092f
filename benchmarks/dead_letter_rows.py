"""Dead letters as a bad month leaves them: a few large groups and many small ones, of many companies."""

from typing import Final

import psycopg

_INDEX: Final = "ix_dead_letter_texts_text"
_GROUPS: Final = """
    insert into dead_letter_groups (id, queue, error_class, place)
    select left(md5(g::text), 16), 'bench.' || g %% 12, 'shared.errors.Case' || g || 'Error',
        'services/bench/handlers/case_' || g %% 40 || '.py Case.__call__'
    from generate_series(1, %(groups)s) g
"""
#: The cube makes the largest group an eighth of all; one death each quarter of a second, the last one now.
_LETTERS: Final = """
    with numbered as (
        select n, 1 + floor(%(groups)s * pow(random(), 3))::int as g,
            'company-' || floor(300 * pow(random(), 2))::int as company
        from generate_series(1, %(letters)s) n
    )
    insert into deliveries (
        queue, event_id, state, attempt, event_type, company_id, correlation_id, first_seen_at, updated_at,
        body, properties, history, reason, error, fingerprint, group_id
    )
    select 'bench.' || g %% 12, 'bench:' || n, 'dead', 3,
        (array['calcom.booking_created', 'calcom.booking_cancelled', 'retell.call_ended'])[1 + n %% 3],
        company, 'case-' || n / 4,
        now() - make_interval(secs => (%(letters)s - n) / 4.0 + 60),
        now() - make_interval(secs => (%(letters)s - n) / 4.0),
        convert_to(jsonb_build_object('id', 'bench:' || n, 'type', 'calcom.booking_created', 'data',
            jsonb_build_object('uid', md5(n::text), 'title', 'Waschen und Schneiden', 'number', n,
                'attendee', jsonb_build_object('name', 'Kundin ' || n %% 5000,
                    'email', 'kundin' || n %% 5000 || '@example.org'),
                'start', now() + make_interval(mins => n %% 10000), 'notes', md5('a' || n) || md5('b' || n)
            ))::text, 'UTF8'),
        jsonb_build_object('message_id', 'bench:' || n, 'headers', '{}'::jsonb),
        jsonb_build_array(jsonb_build_object('attempt', 3, 'at', now(), 'class', 'E', 'message', 'm')),
        'attempts_exhausted',
        jsonb_build_object('class', 'shared.errors.Case' || g || 'Error',
            'message', 'no room for ' || n %% 200 || 'k',
            'place', 'services/bench/handlers/case_' || g %% 40 || '.py:7 Case.__call__'),
        'Case' || g || ' in bench.' || g %% 12, left(md5(g::text), 16)
    from numbered
"""
_TEXTS: Final = """
    insert into dead_letter_texts (delivery_id, text)
    select id, concat_ws(chr(10), error->>'class', error->>'message', event_type, event_id,
        convert_from(body, 'UTF8')::jsonb->>'data')
    from deliveries where state = 'dead'
"""
_COUNTS: Final = """
    update dead_letter_groups g set open = c.n, total = c.n, first_seen = c.first, last_seen = c.last,
        alerted_at = now()
    from (
        select group_id, count(*) as n, min(updated_at) as first, max(updated_at) as last
        from deliveries where state = 'dead' group by 1
    ) c where c.group_id = g.id
"""
_HOURS: Final = """
    insert into dead_letter_hours (group_id, hour, number)
    select group_id, date_trunc('hour', updated_at, 'UTC'), count(*) from deliveries where state = 'dead'
    group by 1, 2
"""
_TABLES: Final = (
    "deliveries", "dead_letter_groups", "dead_letter_texts", "dead_letter_hours", "dead_letter_deltas",
)  # fmt: skip


def fill(url: str, letters: int, groups: int = 500) -> None:
    """Nothing but these dead letters; the text index is built behind them, as a restored backup's is."""
    numbers = {"letters": letters, "groups": groups}
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (f"truncate {', '.join(_TABLES)}", f"drop index {_INDEX}"):
            connection.execute(statement.encode())
        for filling in (_GROUPS, _LETTERS):
            connection.execute(filling.encode(), numbers)
        for filling in (_TEXTS, _COUNTS, _HOURS):
            connection.execute(filling.encode())
        connection.execute("set maintenance_work_mem = '512MB'")
        index = f"create index {_INDEX} on dead_letter_texts using gin (text gin_trgm_ops)"
        connection.execute(index.encode())
        for table in _TABLES:
            connection.execute(f"vacuum analyze {table}".encode())
