"""A group's numbers, its state and what is told of it follow what dies and what people say."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from services.ops_console.handlers.groups import FoldGroups, judge
from services.ops_console.handlers.letter_texts import text_of
from services.ops_console.store.dead_letter_changes import DeadLetterChanges
from services.ops_console.store.dead_letters import DeadLetters, Selection
from services.ops_console.store.group_changes import GroupChanges, Standing
from services.ops_console.store.group_folding import GroupFolding
from services.ops_console.store.group_upkeep import GroupUpkeep
from services.ops_console.store.groups import GroupFilter, Groups, GroupView
from services.ops_console.store.letter_texts import LetterTexts
from services.ops_console.store.refusals import NotThereError
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.db.failures import Content, Failure
from shared.db.settling import CurrentDelivery

QUEUE: Final = "syncer.bookings"
TABLES: Final = (
    "deliveries, dead_letter_groups, dead_letter_deltas, dead_letter_hours, dead_letter_texts,"
    " attempt_stacks, outbox, audit"
)


@dataclass
class World:
    database: Database
    numbers: Any = field(default_factory=itertools.count)

    async def die(self, times: int = 1, *, place: str = "a.py:1 f", company: str = "acme") -> None:
        error = {"class": "KeyError", "message": "no uid", "place": place, "stack": "the stack"}
        for _ in range(times):
            failure = Failure(datetime.now(UTC), error, {})
            delivery = CurrentDelivery(QUEUE, f"e{next(self.numbers)}", 1, "calcom.booking_created", company)
            await Deliveries(self.database, source="test").dead_letter(
                delivery, Content(b'{"data": {"uid": "abc"}}', {}), failure, "rejected"
            )

    async def fold(self) -> None:
        await FoldGroups(GroupFolding(self.database, judge))()

    async def rows(self, statement: str) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.execute(text(statement))).all())

    async def do(self, statement: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement))

    async def group(self, **chosen: Any) -> GroupView:
        (view,) = (await Groups(self.database).list(GroupFilter(empty=True, **chosen), 10)).rows
        return view

    async def told(self) -> list[str]:
        return [row[0] for row in await self.rows("select event_type from outbox order by seq")]

    async def stand(self, **said: Any) -> None:
        group = (await self.group()).group
        await GroupChanges(self.database).stand(group.id, Standing(**said), by="ada", reason="because")


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    database = Database(database_url, application="test")
    world = World(database)
    await world.do(f"truncate {TABLES}")
    yield world
    await database.close()


async def test_a_count_is_exact_before_anything_is_folded_and_after(world: World) -> None:
    await world.die(3)
    before = await world.group()
    assert (before.count, before.total, sum(before.hours)) == (3, 3, 0)
    await world.fold()
    after = await world.group()
    assert (after.count, after.total, sum(after.hours)) == (3, 3, 3)
    assert after.last_seen == before.last_seen
    await DeadLetterChanges(world.database).discard(Selection(queue=QUEUE), by="ada", reason="never")
    assert (await world.group()).count == 0
    assert not (await Groups(world.database).list(GroupFilter(), 10)).rows


async def test_deaths_of_other_hours_stand_in_their_place(world: World) -> None:
    await world.die()
    await world.fold()
    await world.do("update dead_letter_hours set hour = hour - interval '5 hours', number = 7")
    hours = (await world.group()).hours
    assert (len(hours), hours[-6], sum(hours)) == (24, 7, 7)


@pytest.mark.parametrize("state", ["acknowledged", "resolved"])
async def test_a_group_opens_again_when_it_recurs_and_the_audit_says_so(world: World, state: str) -> None:
    await world.die()
    await world.stand(state=state)
    await world.fold()
    # What died before a person looked is no recurrence.
    assert (await world.group()).group.state == state
    await world.die()
    await world.fold()
    assert (await world.group()).group.state == "open"
    deeds = await world.rows("select operator, action, before, after from audit order by id")
    assert [row[:2] for row in deeds] == [("ada", f"group.{state}"), ("askpro", "group.reopened")]
    assert (deeds[0].before["state"], deeds[0].after["state"]) == ("open", state)
    assert (deeds[1].before["state"], deeds[1].after["state"]) == (state, "open")


async def test_an_ignored_group_is_silent_until_so_many_more_have_died(world: World) -> None:
    await world.die(2)
    await world.stand(state="ignored", until_more=3)
    await world.do("truncate outbox")
    await world.die(2)
    await world.fold()
    assert (await world.group()).group.state == "ignored"
    assert "group.appeared" not in await world.told()
    await world.die()
    await world.fold()
    assert (await world.group()).group.state == "open"
    assert "group.appeared" in await world.told()


async def test_an_ignored_group_opens_when_its_time_is_over_though_nothing_dies(world: World) -> None:
    await world.die()
    await world.stand(state="ignored", until_at=datetime.now(UTC) + timedelta(days=1))
    await world.fold()
    assert (await world.group()).group.state == "ignored"
    await world.do("update dead_letter_groups set until_at = now()")
    await world.fold()
    assert (await world.group()).group.state == "open"


async def test_an_ignored_group_opens_at_its_rate(world: World) -> None:
    await world.die()
    await world.stand(state="ignored", until_per_hour=4)
    await world.die(2)
    await world.fold()
    assert (await world.group()).group.state == "ignored"
    await world.die()
    await world.fold()
    assert (await world.group()).group.state == "open"


async def test_people_are_told_of_a_new_group_once_and_of_its_growth(world: World) -> None:
    await world.die()
    # The first is told as the group.
    first = await world.rows("select convert_from(body, 'UTF8')::jsonb->'data'->>'new_group' from outbox")
    assert first == [("true",)]
    await world.fold()
    assert (await world.told()).count("group.appeared") == 1
    await world.die()
    await world.fold()
    assert (await world.told()).count("group.appeared") == 1
    await world.die(8)
    await world.fold()
    assert (await world.told()).count("group.grew") == 1
    await world.die(20)
    await world.fold()
    assert (await world.told()).count("group.grew") == 1


async def test_two_consoles_that_fold_at_once_count_and_tell_once(world: World) -> None:
    await world.die(5)
    await asyncio.gather(*(world.fold() for _ in range(4)))
    view = await world.group()
    assert (view.count, view.total, sum(view.hours)) == (5, 5, 5)
    assert (await world.told()).count("group.appeared") == 1


async def test_what_nobody_decides_about_is_told_once_and_what_is_ignored_is_not(world: World) -> None:
    upkeep = GroupUpkeep(world.database)
    await world.die(2)
    await world.fold()
    await upkeep.tell_aged(timedelta(hours=24))
    assert "dead_letter.aged" not in await world.told()
    await world.do("update deliveries set updated_at = now() - interval '25 hours'")
    await upkeep.tell_aged(timedelta(hours=24))
    await upkeep.tell_aged(timedelta(hours=24))
    assert (await world.told()).count("dead_letter.aged") == 1
    await world.stand(state="ignored", until_per_hour=1000)
    await world.do("update dead_letter_groups set aged_id = null")
    await upkeep.tell_aged(timedelta(hours=24))
    assert (await world.told()).count("dead_letter.aged") == 1


async def test_drift_is_put_right_and_what_belongs_to_no_letter_goes(world: World) -> None:
    await world.die(4)
    await world.fold()
    await world.die(1)
    await world.do("update deliveries set state = 'done' where id in (select min(id) from deliveries)")
    await world.do("update dead_letter_groups set open = 1000")
    await GroupUpkeep(world.database).recount()
    await GroupUpkeep(world.database).forget()
    assert (await world.group()).count == 4
    assert len(await world.rows("select from dead_letter_texts")) == 4
    assert await GroupUpkeep(world.database).recount() == 0


async def test_letters_of_a_version_without_groups_get_theirs(world: World) -> None:
    await world.die(place="a.py:7 f")
    known = (await world.group()).group.id
    await world.do(
        "insert into deliveries (queue, event_id, state, error) values"
        " ('syncer.bookings', 'old', 'dead', '{\"class\": \"KeyError\", \"place\": \"a.py:99 f\"}')"
    )
    await GroupUpkeep(world.database).adopt()
    await world.fold()
    view = await world.group()
    assert (view.group.id, view.count, view.total) == (known, 2, 2)


async def test_a_companys_letters_are_counted_apart(world: World) -> None:
    await world.die(3, company="acme")
    await world.die(2, company="zeta")
    assert (await world.group(company_id="zeta")).count == 2
    assert not (await Groups(world.database).list(GroupFilter(company_id="nobody"), 10)).rows


async def test_groups_are_walked_page_by_page_in_each_order(world: World) -> None:
    for number in range(5):
        await world.die(number + 1, place=f"a.py:1 f{number}")
    await world.fold()
    groups = Groups(world.database)
    for sort in ("count", "last", "first"):
        found: list[GroupView] = []
        cursor: str | None = None
        while not found or cursor is not None:
            page = await groups.list(GroupFilter(), 2, cursor, sort)  # type: ignore[arg-type]  # one of them
            found, cursor = [*found, *page.rows], page.next
        assert [view.count for view in found] == [5, 4, 3, 2, 1], sort


async def test_a_note_is_kept_with_who_changed_it(world: World) -> None:
    await world.die()
    group = (await world.group()).group
    changes = GroupChanges(world.database)
    await changes.note(group.id, "Cal.com knows", by="ada")
    await changes.note(group.id, None, by="bob")
    deeds = await world.rows("select operator, before, after from audit order by id")
    assert [tuple(row) for row in deeds] == [
        ("ada", {"note": None}, {"note": "Cal.com knows"}),
        ("bob", {"note": "Cal.com knows"}, {"note": None}),
    ]
    with pytest.raises(NotThereError):
        await changes.note("nothing", "x", by="ada")


async def test_each_attempt_keeps_its_stack_and_a_letter_is_found_by_its_text(world: World) -> None:
    deliveries = Deliveries(world.database, source="test")
    content = Content(b'{"data": {"uid": "abc", "token": "hunter2"}}', {})
    for attempt in (1, 2, 3):
        delivery = CurrentDelivery(QUEUE, "e", attempt, "calcom.booking_created", "acme")
        error = {"class": "KeyError", "message": "no uid", "place": "a.py:1 f", "stack": f"stack {attempt}"}
        failure = Failure(datetime.now(UTC), error, {})
        if attempt == 3:
            await deliveries.dead_letter(delivery, content, failure, "attempts_exhausted")
        else:
            await deliveries.redeliver(delivery, content, failure, 60)
    letters, texts = DeadLetters(world.database), LetterTexts(world.database, text_of)
    while await texts.read():
        pass
    (found,) = (await letters.page(Selection(search='"uid": "abc"'), 5)).rows
    assert not (await letters.page(Selection(search="hunter2"), 5)).rows
    story = await letters.show(found.id)
    assert [one.stack for one in story.stacks] == ["stack 1", "stack 2", "stack 3"]
    assert [(one.attempt, one.at.isoformat()) for one in story.stacks] == [
        (line["attempt"], line["at"]) for line in story.delivery.history
    ]
