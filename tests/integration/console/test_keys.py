"""A key that is entered is tried at its provider while the person who enters it is there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from tests.integration.console.bench import PASSWORD, Bench

WRONG = {"calcom_api_key": "cal_live_mistyped", "retell_api_key": "key_mistyped"}


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
def provider_urls(simulators: Simulators) -> dict[str, str]:
    return {"CALCOM_BASE_URL": simulators.calcom_url, "RETELL_BASE_URL": simulators.retell_url}


@dataclass
class Shops:
    """Control of both providers, and a good key at each."""

    calcom: CalcomControl
    retell: RetellControl
    good: dict[str, str]


@pytest.fixture
async def shops(simulators: Simulators) -> AsyncIterator[Shops]:
    async with CalcomControl(simulators.calcom_url) as calcom, RetellControl(simulators.retell_url) as retell:
        account, workspace = await calcom.add_account(), await retell.add_workspace()
        good = {"calcom_api_key": account["apiKey"], "retell_api_key": workspace["api_key"]}
        yield Shops(calcom, retell, good)
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
