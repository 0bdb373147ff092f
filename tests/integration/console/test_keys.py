"""A key that is entered is tried at its provider while the person who enters it is there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from tests.integration.console.bench import PASSWORD, Bench
from tests.support import eventually

WRONG = {"calcom_api_key": "cal_live_mistyped", "retell_api_key": "key_mistyped"}


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
async def europe() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
def provider_urls(simulators: Simulators, europe: Simulators) -> dict[str, str]:
    return {
        "CALCOM_BASE_URL": simulators.calcom_url,
        "CALCOM_EU_BASE_URL": europe.calcom_url,
        "RETELL_BASE_URL": simulators.retell_url,
    }


@dataclass
class Shops:
    """Control of both providers, a good key at each, and one of Cal.com's in Europe."""

    calcom: CalcomControl
    retell: RetellControl
    good: dict[str, str]
    european: str


@pytest.fixture
async def shops(simulators: Simulators, europe: Simulators) -> AsyncIterator[Shops]:
    async with (
        CalcomControl(simulators.calcom_url) as calcom,
        CalcomControl(europe.calcom_url) as eu,
        RetellControl(simulators.retell_url) as retell,
    ):
        account, workspace = await calcom.add_account(), await retell.add_workspace()
        good = {"calcom_api_key": account["apiKey"], "retell_api_key": workspace["api_key"]}
        yield Shops(calcom, retell, good, (await eu.add_account())["apiKey"])
        await retell.heal()


def no_circuit(bench: Bench) -> bool:
    return bench.rows("select 1 from circuits where kind = 'credential'") == []


async def test_good_keys_are_entered_without_a_word(bench: Bench, shops: Shops) -> None:
    answer = await bench.http.post("/api/companies", json={"name": "Salon", **shops.good})
    assert answer.status_code == 201, answer.text
    assert answer.json()["warnings"] == []
    assert answer.json()["keys"]["calcom_api_key"]


@pytest.mark.parametrize(
    ("language", "field", "words"),
    [
        ("de-DE", "calcom_api_key", ("Der Schlüssel für Cal.com", "Legen Sie in Cal.com", "cal_")),
        ("de-AT", "retell_api_key", ("Der Schlüssel für Retell", "Kopieren Sie", "key_")),
        ("en-GB", "calcom_api_key", ("Cal.com does not accept", "Make a new one", "cal_")),
        ("en-US", "retell_api_key", ("Retell does not accept", "webhook badge", "key_")),
    ],
)
async def test_a_refused_key_enters_nothing_and_says_what_to_do_in_the_companys_language(
    bench: Bench, shops: Shops, language: str, field: str, words: tuple[str, ...]
) -> None:
    identity = f"refused-{language}-{field}".lower().replace("_", "-")
    company = {"id": identity, "name": "Salon", "language": language, **shops.good, field: WRONG[field]}
    answer = await bench.http.post("/api/companies", json=company)
    assert answer.status_code == 422
    for word in words:
        assert word in answer.json()["detail"]
    assert WRONG[field] not in answer.text
    assert (await bench.http.get(f"/api/companies/{identity}")).status_code == 404
    assert no_circuit(bench)


async def test_a_mistyped_new_key_leaves_the_good_old_one_at_work(bench: Bench, shops: Shops) -> None:
    added = await bench.http.post("/api/companies", json={"name": "Shop", "language": "en-GB", **shops.good})
    company = added.json()["id"]
    query = "select calcom_api_key_encrypted as sealed from companies where id = %s"
    before = bench.rows(query, company)
    answer = await bench.http.patch(
        f"/api/companies/{company}", json={"calcom_api_key": WRONG["calcom_api_key"]}
    )
    assert answer.status_code == 422
    assert "Cal.com does not accept" in answer.json()["detail"]
    assert bench.rows(query, company) == before
    assert no_circuit(bench)
    assert (await bench.http.patch("/api/companies/nobody", json=WRONG)).status_code == 404


async def test_made_up_keys_are_taken_by_who_says_so(bench: Bench) -> None:
    answer = await bench.http.post("/api/companies", json={"name": "Salon", **WRONG, "check": False})
    assert (answer.status_code, answer.json()["warnings"]) == (201, [])
    key = ("--calcom-api-key", WRONG["calcom_api_key"])
    refused = await bench.askpro("companies", "add", "Salon", *key)
    assert (refused.code, refused.out) == (1, "")
    assert "wird dort nicht angenommen" in refused.err
    added = await bench.askpro("companies", "add", "Salon", *key, "--no-check")
    assert (added.code, added.err) == (0, "")


async def test_the_page_refuses_a_mistyped_key_in_the_same_words(bench: Bench, shops: Shops) -> None:
    headers = {"Accept": "text/html"}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, headers=headers, timeout=20) as visitor:
        await visitor.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        page = (await visitor.get("/companies")).text
        token = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
        form = {"csrf": token, "name": "Salon", "calcom_api_key": WRONG["calcom_api_key"]}
        answer = await visitor.post("/companies", data=form)
        good = await visitor.post("/companies", data={**form, **shops.good})
    assert answer.status_code == 422
    assert "Der Schlüssel für Cal.com" in answer.text
    assert good.status_code == 303


async def test_a_provider_that_is_away_does_not_keep_a_company_out(bench: Bench, shops: Shops) -> None:
    await shops.retell.fault("GET /get-api-key-info", "status", status=503)
    key = {"name": "Salon", "retell_api_key": shops.good["retell_api_key"]}
    answer = await bench.http.post("/api/companies", json=key)
    assert answer.status_code == 201, answer.text
    (warning,) = answer.json()["warnings"]
    assert "Retell antwortet gerade nicht" in warning
    added = await bench.askpro("companies", "add", "Salon", "--retell-api-key", key["retell_api_key"])
    assert added.code == 0
    assert "is there" in added.out
    assert "nicht geprüft" in added.err


async def test_a_key_is_tried_in_the_region_it_is_entered_for(bench: Bench, shops: Shops) -> None:
    wish = {"name": "Salon", "calcom_api_key": shops.european}
    elsewhere = await bench.http.post("/api/companies", json=wish)
    assert elsewhere.status_code == 422
    assert "Liegt das Konto bei cal.eu, geben Sie die Region eu dazu an" in elsewhere.json()["detail"]
    added = await bench.http.post("/api/companies", json=wish | {"calcom_region": "eu"})
    assert (added.status_code, added.json()["calcom_region"]) == (201, "eu")
    options = ("--calcom-api-key", shops.european, "--calcom-region")
    shown = await bench.askpro("companies", "add", "Salon", *options, "eu", "--json")
    assert shown.json["calcom_region"] == "eu"
    refused = await bench.askpro("companies", "add", "Salon", *options, "default")
    assert (refused.code, refused.out) == (1, "")
    assert (await bench.askpro("companies", "add", "Salon", *options, "mars")).code != 0


async def test_a_company_that_moves_to_another_region_keeps_only_a_key_that_is_good_there(
    bench: Bench, shops: Shops
) -> None:
    added = await bench.http.post("/api/companies", json={"name": "Shop", **shops.good})
    company = f"/api/companies/{added.json()['id']}"
    stays = await bench.http.patch(company, json={"calcom_region": "eu"})
    assert stays.status_code == 422
    assert "cal.eu" in stays.json()["detail"]
    assert (await bench.http.get(company)).json()["calcom_region"] == "default"
    moved = await bench.http.patch(company, json={"calcom_region": "eu", "calcom_api_key": shops.european})
    assert (moved.status_code, moved.json()["calcom_region"]) == (200, "eu")
    # What is entered later is of the region that the company is in.
    assert (await bench.http.patch(company, json={"calcom_api_key": shops.european})).status_code == 200
    assert (await bench.http.patch(company, json=shops.good)).status_code == 422


async def test_branches_are_looked_at_again_when_their_company_moves(bench: Bench, shops: Shops) -> None:
    added = await bench.http.post("/api/companies", json={"name": "Shop", **shops.good})
    company = added.json()["id"]
    branch = {"company_id": company, "branch_id": "mitte", "name": "Mitte"}
    assert (await bench.http.post("/api/branches", json=branch)).status_code == 202
    await bench.http.patch(f"/api/companies/{company}", json={"calcom_region": "eu", "check": False})

    async def asked() -> bool:
        query = "select 1 from event_log where company_id = %s and type = 'branch.refresh_requested'"
        return len(bench.rows(query, company)) == 1

    await eventually(asked, of="the refresh")


async def test_the_keys_that_are_stored_are_checked_again_when_somebody_asks(
    bench: Bench, shops: Shops
) -> None:
    entered = {"name": "Salon", **shops.good, "retell_api_key": WRONG["retell_api_key"], "check": False}
    company = (await bench.http.post("/api/companies", json=entered)).json()["id"]
    found = (await bench.http.post(f"/api/companies/{company}/check-keys")).json()["items"]
    assert {item["id"]: item["ok"] for item in found} == {"calcom_api_key": True, "retell_api_key": False}
    [refused] = [item["found"] for item in found if not item["ok"]]
    assert "webhook badge" in refused["en"]
    assert "»Webhook«" in refused["de"]
    told = await bench.askpro("companies", "check-keys", company)
    assert (told.code, "webhook badge" in told.out) == (1, True)
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.post(f"/api/companies/{company}/check-keys")).status_code == 403


async def test_a_key_that_nobody_can_ask_about_is_neither_good_nor_bad(bench: Bench, shops: Shops) -> None:
    company = (await bench.http.post("/api/companies", json={"name": "Salon", **shops.good})).json()["id"]
    await shops.retell.fault("GET /get-api-key-info", "status", status=503)
    found = (await bench.http.post(f"/api/companies/{company}/check-keys")).json()["items"]
    assert {item["id"]: item["ok"] for item in found} == {"calcom_api_key": True, "retell_api_key": None}
    bare = (await bench.http.post("/api/companies", json={"name": "Bare"})).json()["id"]
    found = (await bench.http.post(f"/api/companies/{bare}/check-keys")).json()["items"]
    assert {item["found"]["en"] for item in found} == {"None is stored."}
