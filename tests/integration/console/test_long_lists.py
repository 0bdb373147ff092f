"""Appointments and calls are walked by where one is: as few statements at any position and page size."""

import uuid
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from services.ops_console.store.appointments import Appointments, Wanted
from services.ops_console.store.calls import Calls, WantedCalls
from services.ops_console.store.events import Events, Filter
from services.ops_console.store.refusals import NotSoundError, NotThereError
from services.ops_console.store.sought import sought
from services.ops_console.store.walks import WINDOW
from services.ops_console.store.work import WantedWork, Work
from shared.db.engine import Database
from tests.integration.console.records import asked, fill

NUMBER = 12_000
LISTS = [(Appointments, Wanted), (Calls, WantedCalls)]


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    fill(database_url, NUMBER)
    database = Database(database_url, application="tests")
    yield database
    await database.close()


def keys(page: Any) -> list[Any]:
    return [row.get("calcom_uid") or row["call_id"] for row in page.rows]


@pytest.mark.parametrize(("store", "wanted"), LISTS)
async def test_a_walk_to_the_end_and_back_meets_every_row_once(
    database: Database, store: Any, wanted: Any
) -> None:
    there: list[Any] = []
    page = await store(database).page(wanted(company_id="other"), 250)
    assert page.previous is None
    while True:
        there += keys(page)
        if page.next is None:
            break
        page = await store(database).page(wanted(company_id="other"), 250, cursor=page.next)
    assert len(there) == len(set(there)) == NUMBER // 10
    back = keys(page)
    while page.previous is not None:
        page = await store(database).page(wanted(company_id="other"), 250, cursor=page.previous)
        back = keys(page) + back
    assert back == there


@pytest.mark.parametrize(("store", "wanted"), LISTS)
async def test_a_jump_to_a_day_begins_with_its_last_and_leads_both_ways(
    database: Database, store: Any, wanted: Any
) -> None:
    name = "start_at" if store is Appointments else "started_at"
    page = await store(database).page(wanted(), 20, at=date(2027, 2, 10))
    assert [row[name].date() for row in page.rows[:4]] == [date(2027, 2, 10)] * 4
    newer = await store(database).page(wanted(), 20, cursor=page.previous)
    assert newer.rows[-1][name].date() == date(2027, 2, 11)
    again = await store(database).page(wanted(), 20, cursor=newer.next)
    assert keys(again) == keys(page)


@pytest.mark.parametrize(("store", "wanted"), LISTS)
@pytest.mark.parametrize("filters", [{}, {"company_id": "salon"}, {"text": "Rar"}, {"status": "nothing"}])
async def test_no_page_size_and_no_position_costs_more_statements(
    database: Database, database_url: str, store: Any, wanted: Any, filters: dict[str, Any]
) -> None:
    chosen = wanted(**filters | ({"text": sought("Rar")} if "text" in filters else {}))
    counts = set()
    for limit in (10, 100, 1000):
        for at in (None, date(2026, 12, 1)):
            with asked(database_url) as heard:
                await store(database).page(chosen, limit, at=at)
            counts.add(len(heard.selects))
    assert counts <= {1, 2}
    assert len(counts) == 1


@pytest.mark.parametrize(("store", "wanted"), LISTS)
@pytest.mark.parametrize("company", [None, "salon"])
async def test_a_page_far_down_is_read_along_an_index_and_nothing_before_it(
    database: Database, database_url: str, store: Any, wanted: Any, company: str | None
) -> None:
    with asked(database_url) as heard:
        await store(database).page(wanted(company_id=company), 50, at=date(2026, 12, 1))
    table = "appointments" if store is Appointments else "calls"
    nodes = heard.nodes()
    [scan] = [node for node in nodes if node.get("Relation Name") == table and node["Actual Loops"] == 1]
    assert scan["Node Type"] in {"Index Scan", "Index Only Scan"}
    assert scan["Actual Rows"] <= 51
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= 200
    assert all(node["Actual Rows"] <= 51 for node in nodes if node["Node Type"] == "Sort")


async def test_what_is_rare_is_found_by_the_text_index_and_what_is_common_in_the_window(
    database: Database, database_url: str
) -> None:
    with asked(database_url) as heard:
        page = await Appointments(database).page(Wanted(text=sought("selma r")), 50)
    assert {row["attendee_name"] for row in page.rows} == {"Selma Rar"}
    assert (len(page.rows), page.next, page.reached) == (NUMBER // 1000, None, None)
    assert "ix_appointments_text" in {node.get("Index Name") for node in heard.nodes()}
    with asked(database_url) as heard:
        page = await Appointments(database).page(Wanted(text=sought("Kunde")), 50)
    assert (len(page.rows), len(heard.selects)) == (50, 1)
    assert all(node["Actual Rows"] < 100 for node in heard.nodes())


async def test_a_call_is_found_by_its_number_its_summary_and_by_whom_its_appointment_is_for(
    database: Database,
) -> None:
    for text, found in (
        ("0049 30 1000 042", "call-42"),
        ("anrufer 42 wollte", "call-42"),
        ("Kunde 4242", "call-4242"),
    ):
        page = await Calls(database).page(WantedCalls(text=sought(text)), 50)
        assert found in keys(page), text
        assert len(keys(page)) == 1, text


async def test_what_no_index_serves_says_how_far_it_was_looked_and_goes_on_from_there(
    database: Database, database_url: str
) -> None:
    wanted, found, pages = Wanted(status="cancelled", company_id="other"), [], 0
    for nothing in (Wanted(status="nothing"), Wanted(branch_id="nothing"), Wanted(call_id="nothing")):
        with asked(database_url) as heard:
            page = await Appointments(database).page(nothing, 50)
        assert (len(page.rows), page.reached is not None) == (0, True)
        assert max(node["Actual Rows"] for node in heard.nodes()) <= WINDOW
    cursor: str | None = None
    while True:
        page = await Appointments(database).page(wanted, 100, cursor=cursor)
        found, cursor, pages = found + keys(page), page.next, pages + 1
        if cursor is None:
            break
    assert len(found) == len(set(found)) == NUMBER // 50
    assert pages < 10


async def test_a_row_names_customer_branch_service_and_person(database: Database) -> None:
    page = await Appointments(database).page(Wanted(text=sought("Termin 1")), 1000)
    rows = {row["calcom_uid"]: row for row in page.rows}
    told = ("customer", "branch_name", "service", "staff")
    assert [rows["uid-1"][name] for name in told] == ["Erika Muster", "Mitte", "Haarschnitt", "Steffi"]
    # Two share that event type: the calendar knows who it is.
    assert [rows["uid-12"][name] for name in told] == ["Kunde 12", "West", "Farbe", "Kalender"]
    one = await Appointments(database).show(rows["uid-1"]["id"])
    assert one["staff"] == "Steffi"
    call = (await Calls(database).page(WantedCalls(text=sought("Anrufer 12 ")), 1)).rows[0]
    assert [call[name] for name in told] == ["Kunde 12", "Mitte", "Farbe", "Kalender"]
    assert call["appointment_id"] == rows["uid-12"]["id"]
    assert not {"transcript", "analysis", "recording_url"} & set(call)


async def test_the_filters_narrow_the_list(database: Database) -> None:
    store = Appointments(database)
    day = await store.page(Wanted(day=date(2027, 2, 10), company_id="salon"), 500)
    assert {row["start_at"].date() for row in day.rows} == {date(2027, 2, 10)}
    staff = await store.page(Wanted(staff=sought("steffi")), 10)
    assert {row["staff"] for row in staff.rows} == {"Steffi"}
    branch = await store.page(Wanted(company_id="salon", branch_id="west"), 10)
    assert {row["branch_name"] for row in branch.rows} == {"West"}
    call = await store.page(Wanted(company_id="salon", call_id="call-7"), 10)
    assert keys(call) == ["uid-7"]
    assert (await store.page(Wanted(undated=True), 10)).rows == []


@pytest.mark.parametrize(
    ("read", "never"),
    [
        (lambda database: Calls(database).page(WantedCalls(), 50), ("transcript,", "analysis", "provenance")),
        (lambda database: Appointments(database).page(Wanted(), 50), ("provenance",)),
        (lambda database: Events(database).list(Filter(), 50), ("history", "deliveries.error", "body")),
    ],
    ids=["calls", "appointments", "events"],
)
async def test_a_list_reads_nothing_that_it_does_not_show(
    database: Database, database_url: str, read: Any, never: tuple[str, ...]
) -> None:
    with asked(database_url) as heard:
        await read(database)
    said = " ".join(statement for statement, _ in heard.selects)
    assert [column for column in never if column in said] == []


@pytest.mark.parametrize("limit", [10, 100, 1000])
async def test_the_work_list_is_one_statement_however_long_it_is(
    database: Database, database_url: str, limit: int
) -> None:
    with asked(database_url) as heard:
        await Work(database).page(WantedWork(), None, limit)
    assert len(heard.selects) == 1
    read = {node.get("Relation Name") for node in heard.nodes() if node["Node Type"] == "Seq Scan"}
    assert not read & {"callbacks", "bookings", "calls", "appointments"}


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_no_day_is_too_early_or_too_late_to_jump_to(database: Database, day: date) -> None:
    for store, wanted in LISTS:
        found = await store(database).page(wanted(), 10, at=day)
        assert len(found.rows) == (0 if day == date.min else 10)
        assert (await store(database).page(wanted(day=day), 10)).rows == []


@pytest.mark.parametrize("cursor", ["x", "newer.x", "WzFd", "newer.WzFd", ""])
async def test_a_cursor_that_is_none_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(NotSoundError):
        await Appointments(database).page(Wanted(), 10, cursor=cursor)


@pytest.mark.parametrize("text", ["", "ab", "  a ", "+49", "00 1"])
def test_less_than_three_characters_are_not_searched_for(text: str) -> None:
    with pytest.raises(NotSoundError):
        sought(text)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("0151 123-45", "%15112345%"),
        ("+49 (151) 12", "%4915112%"),
        ("50%_a", "%50\\%\\_a%"),
        ("Meyer", "%Meyer%"),
    ],
)
def test_a_number_is_found_however_it_is_written_and_nothing_is_a_wildcard(text: str, pattern: str) -> None:
    assert sought(text).pattern == pattern


async def test_what_is_not_there_is_said_to_be_none(database: Database) -> None:
    with pytest.raises(NotThereError):
        await Appointments(database).show(uuid.uuid4())
    with pytest.raises(NotThereError):
        await Calls(database).show("salon", "call-0")
