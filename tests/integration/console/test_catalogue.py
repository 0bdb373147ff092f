"""What can be booked at Cal.com, as programs, people and owners see it."""

from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from tests.integration.console.bench import PASSWORD

WARNING = {
    "branch_id": "mitte",
    "de": "Cal.com bietet Mo 06:00, Sie öffnen 09:00",
    "en": "Cal.com offers Mon 06:00, you open 09:00",
}


@pytest.fixture
def catalogue(bench: Any, company: str) -> str:
    """An event type that can be booked, one that cannot, one that is gone."""
    for number, title, bookable, german, english, gone, warnings in (
        (1, "Farbe", "no", "Niemand ist zugeteilt", "Nobody is assigned", None, []),
        (2, "Bart", "placeholder", None, None, "2026-11-01T00:00:00Z", []),
        (3, "Schnitt", "placeholder", None, None, None, [WARNING, {**WARNING, "branch_id": "nord"}]),
    ):
        bench.rows(
            "insert into calcom_event_types (company_id, id, title, slug, length_minutes, bookable, "
            "reason_de, reason_en, gone_at, warnings) values (%s, %s, %s, 'x', 45, %s, %s, %s, %s, %s)",
            *(company, number, title, bookable, german, english, gone, Jsonb(warnings)),
        )
    return company


async def _enter(bench: Any, company: str) -> None:
    services = [{"name": title, "event_type_id": number} for number, title in enumerate("abc", start=1)]
    wished = {"staff_key": "steffi", "event_type_id": 99}
    services[2]["staff"] = [wished]
    body = {
        "company_id": company,
        "branch_id": "mitte",
        "name": "Salon Mitte",
        "services": [*services, {"name": "d"}],
        "staff": [{"key": "steffi", "name": "Steffi"}],
    }
    assert (await bench.http.post("/api/branches", json=body)).status_code == 202


async def test_each_event_type_says_whether_a_caller_can_book_it(bench: Any, catalogue: str) -> None:
    items = (await bench.http.get(f"/api/companies/{catalogue}/catalogue")).json()["items"]
    assert [(item["id"], item["state"]) for item in items] == [
        ("1", "no"),
        ("3", "placeholder"),
        ("2", "gone"),
    ]
    assert items[0]["reason"] == {"de": "Niemand ist zugeteilt", "en": "Nobody is assigned"}
    assert items[1]["warnings"][0] == WARNING
    assert (await bench.http.get("/api/companies/nobody-knows/catalogue")).status_code == 404


async def test_the_command_line_lists_one_company_s_or_everybody_s(bench: Any, catalogue: str) -> None:
    shown = await bench.askpro("catalogue", "list", "--company", catalogue)
    assert shown.code == 0, shown.err
    assert "Niemand ist zugeteilt" in shown.out
    assert "Cal.com bietet Mo 06:00, Sie öffnen 09:00" in shown.out
    await bench.http.patch(f"/api/companies/{catalogue}", json={"language": "en-GB"})
    shown = await bench.askpro("catalogue", "list", "--company", catalogue)
    assert "Nobody is assigned" in shown.out
    assert "Cal.com offers Mon 06:00, you open 09:00" in shown.out
    programs = (await bench.askpro("catalogue", "list", "--json")).json
    assert {"1", "2", "3"} <= {item["id"] for item in programs["items"] if item["company_id"] == catalogue}
    assert (await bench.askpro("catalogue", "list", "--company", "nobody", "--json")).json == {"items": []}


async def test_the_command_line_tells_what_a_branch_offers_and_why_some_of_it_to_nobody(
    bench: Any, catalogue: str
) -> None:
    await _enter(bench, catalogue)
    asked = ("catalogue", "offers", "mitte", "--company", catalogue)
    items = (await bench.askpro(*asked, "--json")).json["items"]
    assert [(item["service"], item["person"], item["id"], item["state"]) for item in items] == [
        ("a", None, "1", "no"),
        ("b", None, "2", "gone"),
        ("c", None, "3", "placeholder"),
        ("c", "Steffi", "99", "unseen"),
        ("d", None, None, "no"),
    ]
    assert items[2]["warnings"] == [WARNING]
    shown = await bench.askpro(*asked)
    for words in ("Niemand ist zugeteilt", "gibt es sie nicht mehr", "Keine Terminart von Cal.com"):
        assert words in shown.out
    assert (await bench.askpro("catalogue", "offers", "nowhere")).code == 1


async def test_a_branch_s_page_tells_its_owner_what_is_wrong_with_what_it_offers(
    bench: Any, catalogue: str
) -> None:
    await _enter(bench, catalogue)
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, headers=headers, timeout=20) as http:
        await http.post("/login", data={"name": "viewer", "password": PASSWORD, "next": "/"})
        page = (await http.get(f"/companies/{catalogue}/branches/mitte")).text
        whole = (await http.get("/catalogue", params={"company": catalogue})).text
    assert "Niemand ist zugeteilt" in page
    assert "bei Cal.com nicht gesehen" in page
    assert page.count(WARNING["de"]) == 1
    assert whole.count(WARNING["de"]) == 2
    assert "gelöscht" in whole
