"""More companies and branches than a page holds are all found: by going on, and by searching."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from services.ops_console.store.branches import Branches
from services.ops_console.store.companies import Companies, CompanyView
from services.ops_console.store.lights import Lights, light_of
from services.ops_console.store.refusals import NotSoundError
from services.ops_console.store.sought import sought
from shared.db.engine import Database
from shared.db.vault import Vault
from tests.processes import KEY

NUMBER = 700
MANY = """
insert into companies (id, name) select 'many-' || n, 'Salon ' || n % 50 from generate_series(1, 700) n;
insert into branches (company_id, id, version, name, language, timezone, document)
select 'many-1', 'b-' || n, 1, 'Filiale ' || n % 50, 'de-DE', 'Europe/Berlin',
  jsonb_build_object('phone_number', '+4930' || (1000000 + n)) from generate_series(1, 700) n;
insert into branch_checks (company_id, branch_id, run_id, name, place, ok, found_de, found_en, checked_at)
values
  ('many-1', 'b-7', 'old', 'verdict', 9, false, 'x', 'x', now() - interval '2 hours'),
  ('many-1', 'b-7', 'new', 'verdict', 9, true, 'x', 'x', now() - interval '1 hour'),
  ('many-1', 'b-8', 'one', 'verdict', 9, null, 'x', 'x', now()),
  ('many-1', 'b-9', 'one', 'verdict', 9, false, 'x', 'x', now()),
  ('many-1', 'b-9', 'one', 'number', 1, true, 'x', 'x', now());
"""


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(MANY.encode())
    database = Database(database_url, application="tests")
    yield database
    await database.close()


@pytest.fixture(params=["companies", "branches"])
def page(request: pytest.FixtureRequest, database: Database) -> Any:
    """Of a list: by its cursor."""
    companies, branches = Companies(database, Vault([SecretStr(KEY)])), Branches(database)

    async def read(cursor: str | None, text: str = "") -> Any:
        asked = sought(text) if text else None
        if request.param == "companies":
            return await companies.page(asked, cursor, 250)
        return await branches.page("many-1", 250, text=asked, cursor=cursor)

    return read


def ids(found: Any) -> list[str]:
    return [(view.company if isinstance(view, CompanyView) else view.branch).id for view in found.rows]


async def test_every_one_is_reached_by_going_on(page: Any) -> None:
    found = await page(None)
    seen = ids(found)
    while found.next is not None:
        found = await page(found.next)
        seen += ids(found)
    assert len(seen) == len(set(seen)) == NUMBER
    with pytest.raises(NotSoundError):
        await page("none")


async def test_one_of_many_is_searched_for_by_name_and_id(page: Any) -> None:
    assert len(ids(await page(None, "ale 49"))) + len(ids(await page(None, "lon 49"))) == NUMBER // 50
    assert len(ids(await page(None, "-512"))) == 1


async def test_a_branch_is_found_by_its_number_however_it_is_written(database: Database) -> None:
    found = await Branches(database).page(None, 10, text=sought("030 1000612"))
    assert ids(found) == ["b-612"]


async def test_the_light_of_a_branch_is_what_its_last_check_found(database: Database) -> None:
    lights = await Lights(database).of([("many-1", f"b-{number}") for number in (7, 8, 9, 10)])
    shown = {branch: light_of(row) for (_, branch), row in lights.items()}
    assert shown == {"b-7": "green", "b-8": "yellow", "b-9": "red"}
    assert [row.branch_id for row in await Lights(database).red(None, 10)] == ["b-9"]
    assert await Lights(database).of([]) == {}
