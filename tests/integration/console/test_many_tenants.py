"""More companies and branches than a page holds are all found: by going on, and by searching."""

from typing import Any

import pytest

NUMBER = 700


@pytest.fixture(scope="module")
def many(bench: Any) -> None:
    bench.rows(
        "insert into companies (id, name) select 'many-' || n, 'Salon ' || n from generate_series(1, 700) n"
    )
    bench.rows(
        "insert into branches (company_id, id, version, name, language, timezone, document)"
        " select 'many-1', 'b-' || n, 1, 'Filiale ' || n, 'de-DE', 'Europe/Berlin',"
        " jsonb_build_object('phone_number', '+4930' || (1000000 + n)) from generate_series(1, 700) n"
    )


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("path", "asked"), [("/api/companies", {}), ("/api/branches", {"company": "many-1"})]
)
async def test_every_one_is_reached_by_going_on(bench: Any, path: str, asked: dict[str, Any]) -> None:
    found: list[str] = []
    asked = {**asked, "limit": 250}
    while True:
        answer = (await bench.http.get(path, params=asked)).json()
        found += [item["id"] for item in answer["items"]]
        if answer["next"] is None:
            break
        asked["cursor"] = answer["next"]
    assert len(found) == len(set(found))
    assert len([one for one in found if one.startswith(("many-", "b-"))]) == NUMBER


@pytest.mark.usefixtures("many")
async def test_one_of_many_is_searched_for_by_name_id_and_number(bench: Any) -> None:
    companies = await bench.http.get("/api/companies", params={"text": "salon 512"})
    assert [item["id"] for item in companies.json()["items"]] == ["many-512"]
    for text in ("Filiale 612", "b-612", "030 1000612"):
        branches = await bench.http.get("/api/branches", params={"text": text})
        assert [item["id"] for item in branches.json()["items"]] == ["b-612"], text
    assert (await bench.http.get("/api/companies", params={"cursor": "none"})).status_code == 422


@pytest.mark.usefixtures("many")
async def test_a_list_of_branches_shows_what_the_last_check_of_each_found(bench: Any) -> None:
    for run, ok, age in (("old", False, "2 hours"), ("new", True, "1 hour")):
        bench.rows(
            "insert into branch_checks (company_id, branch_id, run_id, name, place, ok, found_de, found_en,"
            " checked_at) values ('many-1', 'b-7', %s, 'verdict', 9, %s, 'x', 'x', now() - %s::interval)",
            run, ok, age,
        )  # fmt: skip
    answer = await bench.http.get("/api/branches", params={"company": "many-1", "text": "b-7", "limit": 1000})
    lights = {item["id"]: item["light"] for item in answer.json()["items"]}
    assert (lights["b-7"], lights["b-70"]) == ("green", None)
