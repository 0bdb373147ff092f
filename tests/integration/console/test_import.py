"""Services and people of a branch are made from Cal.com's event types once a person says yes."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.support import eventually

KUR = {"key": "kur", "name": "Kur", "price_cents": 1900, "ask_back": "Mit Massage?"}


@pytest.fixture
async def salon(bench: Any, company: str) -> str:
    """A company with a branch that has a service of its own words, and four event types."""
    for number, title, minutes, hosts, bookable, gone in (
        (1, "Haarschnitt bei Steffi", 45, ["Steffi Berger"], "placeholder", None),
        (2, "Kur", 30, [], "yes", None),
        (3, "Beratung", 30, [], "no", None),
        (4, "Dauerwelle", 90, [], "yes", "2026-11-01T00:00:00Z"),
    ):
        bench.rows(
            "insert into calcom_event_types (company_id, id, title, slug, length_minutes, hosts, bookable, "
            "reason_de, reason_en, gone_at) values (%s, %s, %s, 'x', %s, %s, %s, %s, %s, %s)",
            *(company, number, title, minutes, Jsonb(hosts), bookable),
            *(("Niemand ist zugeteilt", "Nobody is assigned") if bookable == "no" else (None, None)),
            gone,
        )
    body = {"company_id": company, "branch_id": "mitte", "name": "Salon Mitte", "services": [KUR]}
    assert (await bench.http.post("/api/branches", json=body)).status_code == 202
    return company


async def _branch(bench: Any, company: str) -> dict[str, Any]:
    found: dict[str, Any] = (await bench.http.get(f"/api/companies/{company}/branches/mitte")).json()
    return found


async def test_what_it_would_do_is_shown_and_changes_nothing(bench: Any, salon: str) -> None:
    before = await _branch(bench, salon)
    proposal = (await bench.http.get(f"/api/companies/{salon}/branches/mitte/import")).json()
    assert [(item["id"], item["does"], item["service"], item["person"]) for item in proposal["items"]] == [
        ("3", "nothing", None, None),
        ("1", "adds_service", "Haarschnitt", "Steffi Berger"),
        ("2", "books_service", "Kur", None),
    ]
    assert proposal["items"][0]["reason"] == {"de": "Niemand ist zugeteilt", "en": "Nobody is assigned"}
    assert (proposal["people"], proposal["version"]) == (["Steffi Berger"], None)
    shown = await bench.askpro("catalogue", "import", "mitte", "--company", salon)
    assert shown.code == 0, shown.err
    for words in (
        "Haarschnitt",
        "Niemand ist zugeteilt",
        "Would be new on the staff: Steffi Berger",
        "--yes",
    ):
        assert words in shown.out
    assert await _branch(bench, salon) == before


async def test_a_yes_adds_services_and_people_and_keeps_the_operator_s_words(bench: Any, salon: str) -> None:
    before = await _branch(bench, salon)
    done = await bench.askpro("catalogue", "import", "mitte", "--company", salon, "--yes")
    assert done.code == 0, done.err
    after = await _branch(bench, salon)
    kur, cut = after["branch"]["services"]
    assert {name: kur[name] for name in KUR} == KUR
    assert kur["event_type_id"] == 2
    assert (cut["name"], cut["event_type_id"]) == ("Haarschnitt", None)
    assert cut["staff"] == [{"staff_key": "steffi-berger", "event_type_id": 1}]
    assert after["branch"]["staff"] == [{"key": "steffi-berger", "name": "Steffi Berger"}]
    assert after["version"] > before["version"]
    assert f"version {after['version']}" in done.out

    async def told() -> bool:
        query = "select 1 from event_log where company_id = %s and type = 'branch.updated'"
        return len(bench.rows(query, salon)) == 1

    await eventually(told, of="the event")


async def test_twice_is_once(bench: Any, salon: str) -> None:
    path = f"/api/companies/{salon}/branches/mitte/import"
    first = (await bench.http.post(path, json={})).json()
    assert first["version"] is not None
    second = await bench.http.post(path, json={})
    assert (second.status_code, second.json()["version"], second.json()["people"]) == (202, None, [])
    again = await bench.askpro("catalogue", "import", "mitte", "--company", salon, "--yes")
    assert "has all of it already" in again.out
    assert (await _branch(bench, salon))["version"] == first["version"]


async def test_only_the_event_types_that_were_named_are_imported(bench: Any, salon: str) -> None:
    options = ("--event-type", "2", "--event-type", "3", "--json")
    shown = await bench.askpro("catalogue", "import", "mitte", "--company", salon, *options)
    assert [item["id"] for item in shown.json["items"]] == ["3", "2"]
    await bench.askpro("catalogue", "import", "mitte", "--company", salon, *options, "--yes")
    (kur,) = (await _branch(bench, salon))["branch"]["services"]
    assert kur["event_type_id"] == 2


async def test_nobody_imports_what_is_not_there(bench: Any, salon: str) -> None:
    for place in (f"{salon}/branches/nord", "nobody/branches/mitte"):
        assert (await bench.http.post(f"/api/companies/{place}/import", json={})).status_code == 404
    wrong = await bench.http.post(f"/api/companies/{salon}/branches/mitte/import", json={"all": True})
    assert wrong.status_code == 422
