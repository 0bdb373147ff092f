"""A page of dead letters is found by an index, whatever is asked for and wherever the page begins."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import event, text

from benchmarks.dead_letter_rows import fill
from services.ops_console.store.dead_letters import DeadLetters, Selection
from services.ops_console.store.groups import GroupFilter, Groups
from services.ops_console.store.paging import Page
from services.ops_console.store.refusals import NotSoundError
from shared.db.engine import Database

LETTERS: Final = 20_000
ONE: Final = "c4ca4238a0b923820dcc509a6f75849b"


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    fill(database_url, LETTERS, 500)
    database = Database(database_url, application="test")
    yield database
    await database.close()


class Watched:
    """What was sent to the database."""

    def __init__(self, database: Database) -> None:
        self._engine = database._engine.sync_engine
        self.statements: list[tuple[str, Any]] = []

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        self.statements.append((statement, parameters))

    def scans(self, url: str) -> set[tuple[str, str]]:
        """(kind of node, table) of the plans, under the settings that they had."""
        found: set[tuple[str, str]] = set()
        with psycopg.connect(url, row_factory=dict_row) as connection:
            for statement, parameters in self.statements:
                if statement.startswith("set "):
                    connection.execute(statement.encode())
                    continue
                row = connection.execute(f"explain (format json) {statement}".encode(), parameters).fetchone()
                assert row is not None
                _gather(row["QUERY PLAN"][0]["Plan"], found)
        return found


def _gather(node: dict[str, Any], found: set[tuple[str, str]]) -> None:
    found.add((node["Node Type"], node.get("Relation Name", "")))
    for inner in node.get("Plans", []):
        _gather(inner, found)


async def some_group(database: Database, *, largest: bool) -> str:
    page = await Groups(database).list(GroupFilter(), 500)
    return page.rows[0 if largest else -1].group.id


SELECTIONS: Final = {
    "all": Selection(),
    "queue": Selection(queue="bench.3"),
    "company": Selection(company_id="company-7"),
    "type": Selection(event_type="retell.call_ended"),
    "reason": Selection(reason="attempts_exhausted"),
    "time": Selection(since=datetime.now(UTC) - timedelta(minutes=5), until=datetime.now(UTC)),
    "a word in each": Selection(search="Schneiden"),
    "a word in some": Selection(search='"Kundin 4711"'),
    "one letter": Selection(search=ONE),
    "nothing": Selection(search="Quetzalcoatl"),
    "an error": Selection(error="no room for 55k"),
    "a company's error": Selection(company_id="company-7", error="no room for 55k"),
}


@pytest.mark.parametrize("name", SELECTIONS)
async def test_no_page_reads_the_whole_table(database: Database, database_url: str, name: str) -> None:
    letters = DeadLetters(database)
    with Watched(database) as watched:
        page = await letters.page(SELECTIONS[name], 50)
        if page.next:
            await letters.page(SELECTIONS[name], 50, page.next)
    scans = watched.scans(database_url)
    assert not [table for kind, table in scans if kind == "Seq Scan" and table != ""], scans


async def test_the_groups_are_read_without_their_letters(database: Database, database_url: str) -> None:
    groups = Groups(database)
    with Watched(database) as watched:
        page = await groups.list(GroupFilter(), 500)
        await groups.list(GroupFilter(state="open", error="Case1"), 50, sort="last")
        await groups.counts()
    assert "deliveries" not in {table for _, table in watched.scans(database_url)}
    assert sum(view.count for view in page.rows) == LETTERS
    with Watched(database) as watched:
        await groups.list(GroupFilter(company_id="company-0"), 50)
    kinds = {kind for kind, table in watched.scans(database_url) if table == "deliveries"}
    assert kinds == {"Index Only Scan"}


async def test_a_group_of_any_size_is_a_page_of_the_same_cost(database: Database, database_url: str) -> None:
    for largest in (True, False):
        group = await some_group(database, largest=largest)
        with Watched(database) as watched:
            page = await DeadLetters(database).page(Selection(group=group), 50)
        assert {row.group_id for row in page.rows} == {group}
        # In the order of the index, without a sort; of a handful a sort is nothing.
        kinds = {kind for kind, table in watched.scans(database_url) if table == "deliveries"}
        assert kinds == {"Index Scan"} if largest else kinds <= {"Index Scan", "Bitmap Heap Scan"}


async def pages(database: Database, chosen: Selection, limit: int) -> list[Page[Any]]:
    letters, found = DeadLetters(database), []
    cursor: str | None = None
    while not found or cursor is not None:
        found.append(await letters.page(chosen, limit, cursor))
        cursor = found[-1].next
    return found


@pytest.mark.parametrize(
    ("chosen", "condition"),
    [
        (Selection(company_id="company-7"), "company_id = 'company-7'"),
        (Selection(search='"Kundin 1234"'), "convert_from(body, 'UTF8') like '%\"Kundin 1234\"%'"),
        (Selection(error="No Room for 55k"), "error->>'message' = 'no room for 55k'"),
    ],
)
async def test_page_by_page_each_letter_comes_once_the_last_that_died_first(
    database: Database, chosen: Selection, condition: str
) -> None:
    found = [row for page in await pages(database, chosen, 3 if chosen.search else 40) for row in page.rows]
    async with database.transaction() as session:
        order = "order by updated_at desc, id desc"
        wanted = await session.execute(text(f"select id from deliveries where {condition} {order}"))  # noqa: S608  # of this file
        ids = [row[0] for row in wanted]
    assert ids
    assert [row.id for row in found] == ids


async def test_a_search_finds_no_secret_no_case_and_nothing_that_looks_like_a_pattern(
    database: Database,
) -> None:
    letters = DeadLetters(database)
    assert len((await letters.page(Selection(search="SCHNEIDEN"), 5)).rows) == 5
    assert not (await letters.page(Selection(search="Schn%den"), 5)).rows
    assert not (await letters.page(Selection(search="Schneide_"), 5)).rows


@pytest.mark.parametrize("short", ["", "a", "ab"])
async def test_a_text_that_would_mean_to_read_everything_is_refused(database: Database, short: str) -> None:
    for chosen in (Selection(search=short), Selection(error=short)):
        with pytest.raises(NotSoundError):
            await DeadLetters(database).page(chosen, 5)
