"""The trail of deeds is searched by who, what, to what and when, page by page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.ops_console.store.audit import Audit, Search
from services.ops_console.store.refusals import NotSoundError
from shared.db.engine import Database


@pytest.fixture
async def audit(database_url: str) -> AsyncIterator[Audit]:
    database = Database(database_url, application="test")
    async with database.transaction() as session:
        await session.execute(text("truncate audit"))
    audit = Audit(database)
    for number in range(7):
        who = ("ada", "bob")[number % 2]
        await audit.note(who, "company.changed", f"company:{number}", before={"n": number}, after={"n": 0})
    await audit.note("ada", "branch.retried", "branch:acme/1")
    yield audit
    await database.close()


async def test_an_entry_says_what_was_before_and_what_is_after(audit: Audit) -> None:
    (entry,) = (await audit.search(Search(target="company:3"), 10)).rows
    assert (entry.operator, entry.before, entry.after) == ("bob", {"n": 3}, {"n": 0})


async def test_the_search_narrows_by_each_of_its_fields(audit: Audit) -> None:
    async def found(chosen: Search) -> int:
        return len((await audit.search(chosen, 100)).rows)

    now = datetime.now(UTC)
    assert await found(Search()) == 8
    assert await found(Search(operator="ada")) == 5
    assert await found(Search(action="company.*")) == 7
    assert await found(Search(action="company.chang")) == 0
    assert await found(Search(target="branch:acme*")) == 1
    assert await found(Search(target="%")) == 0
    assert await found(Search(since=now + timedelta(minutes=5))) == 0
    assert await found(Search(until=now - timedelta(minutes=5))) == 0
    assert await found(Search(operator="bob", since=now - timedelta(minutes=5))) == 3


async def test_pages_follow_each_other_though_deeds_are_added_between_them(audit: Audit) -> None:
    first = await audit.search(Search(), 3)
    await audit.note("ada", "company.changed", "company:new")
    second = await audit.search(Search(), 3, first.next)
    third = await audit.search(Search(), 3, second.next)
    ids = [entry.id for page in (first, second, third) for entry in page.rows]
    assert len(ids) == 8
    assert ids == sorted(ids, reverse=True)
    assert third.next is None


async def test_a_cursor_that_is_none_is_refused(audit: Audit) -> None:
    with pytest.raises(NotSoundError):
        await audit.search(Search(), 3, "nonsense")
