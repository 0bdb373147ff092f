import asyncio
from dataclasses import dataclass, field

from shared.db.remembered import Remembered
from shared.errors import InfrastructureError


@dataclass
class Rows:
    """A table, its clock, and how often it was asked; ``away`` as while the database is."""

    values: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    now: float = 100.0
    away: bool = False

    async def read(self, key: str) -> str | None:
        self.asked += 1
        found = self.values.get(key)
        await asyncio.sleep(0)
        if self.away:
            raise InfrastructureError("away", gate="database")
        return found

    def remembered(self) -> Remembered[str]:
        return Remembered(self.read, ttl=15, patience=15, cold=15, clock=lambda: self.now)


async def test_what_did_not_fit_is_looked_up_at_once_however_fresh_it_is() -> None:
    rows = Rows({"salon": "old"})
    remembered = rows.remembered()
    assert await remembered.of("salon") == "old"
    rows.values["salon"] = "new"
    assert (await remembered.of("salon"), await remembered.again("salon")) == ("old", "new")
    assert await remembered.of("salon") == "new"


async def test_strangers_make_us_ask_once_a_second_and_no_more() -> None:
    rows = Rows({"salon": "old"})
    remembered = rows.remembered()
    await remembered.of("salon")
    for _ in range(5):
        await asyncio.gather(*(remembered.again("salon") for _ in range(20)))
        rows.now += 0.1
    assert rows.asked == 2
    rows.now += 1.0
    await asyncio.gather(*(remembered.again("salon") for _ in range(20)))
    assert rows.asked == 3


async def test_who_asks_while_one_looks_gets_what_it_finds() -> None:
    rows = Rows({"salon": "old"})
    remembered = rows.remembered()
    await remembered.of("salon")
    rows.values["salon"] = "new"
    assert await asyncio.gather(*(remembered.again("salon") for _ in range(5))) == ["new"] * 5


async def test_strangers_do_not_make_us_forget_while_the_database_is_away() -> None:
    rows = Rows({"salon": "known"})
    remembered = rows.remembered()
    await remembered.of("salon")
    rows.away = True
    for _ in range(20):
        assert await remembered.again("salon") == "known"
    assert rows.asked == 2
