"""Does a branch answer? Asked by command, API and page; found out by the provisioner."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from tests.integration.console.bench import PASSWORD, Bench
from tests.processes import running
from tests.support import eventually

NUMBER = "+498912121212"
BRANCH = {
    "branch_id": "schwabing",
    "name": "Salon Schön",
    "phone_number": NUMBER,
    "termination_uri": "askpro.pstn.example.com",
    "opening_hours": {"mo": ["09:00-18:00"]},
    "services": [{"name": "Färben", "event_type_id": 7}],
}


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running_ones:
        yield running_ones


@pytest.fixture(scope="module")
def provider_urls(simulators: Simulators) -> dict[str, str]:
    return {"CALCOM_BASE_URL": simulators.calcom_url, "RETELL_BASE_URL": simulators.retell_url}


@pytest.fixture(scope="module")
async def retell(simulators: Simulators) -> AsyncIterator[RetellControl]:
    async with RetellControl(simulators.retell_url) as control:
        yield control


@pytest.fixture(scope="module")
async def salon(bench: Bench, simulators: Simulators, retell: RetellControl) -> AsyncIterator[str]:
    """Id of a company whose branch is being set up by a provisioner that runs."""
    ours = {"INGEST_PUBLIC_URL": "http://127.0.0.1:1", "VOICE_TOOLS_PUBLIC_URL": "http://127.0.0.1:2"}
    servers = {**bench.environment, **ours, "CONVERSATIONS_POLL_SECONDS": "0.2"}
    async with (
        running("services.provisioner", bench.folder / "provisioner.log", servers),
        CalcomControl(simulators.calcom_url) as calcom,
    ):
        keys = {
            "calcom_api_key": (await calcom.add_account())["apiKey"],
            "retell_api_key": (await retell.add_workspace())["api_key"],
        }
        company = (await bench.http.post("/api/companies", json={"name": "Salon", **keys})).json()["id"]
        bench.rows(
            "insert into calcom_event_types (company_id, id, title, slug, length_minutes, bookable) "
            "values (%s, 7, 'Färben', 'faerben', 30, 'yes')",
            company,
        )
        answer = await bench.http.post("/api/branches", json={"company_id": company, **BRANCH})
        assert answer.status_code == 202, answer.text
        await bench.row("select 1 from branches where company_id = %s and status = 'provisioned'", company)
        yield company


@pytest.fixture
async def visitor(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Accept": "text/html", "Accept-Language": "de-AT,de;q=0.9"}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, headers=headers, timeout=20) as client:
        yield client


async def test_a_branch_that_answers_is_told_so_and_the_command_succeeds(bench: Bench, salon: str) -> None:
    answer = await bench.askpro("branches", "check", "schwabing", "--company", salon)
    assert answer.code == 0, answer.out + answer.err
    assert f"{NUMBER} rings at this branch's assistant" in answer.out
    assert "fine: All is well" in answer.out
    german = await bench.askpro("branches", "check", "schwabing", "--language", "de", "--conversations")
    assert german.code == 0, german.out + german.err
    assert "Alle 10 Probegespräche sind bestanden." in german.out
    assert "in Ordnung: Alles in Ordnung" in german.out


async def test_what_hinders_a_caller_is_named_and_the_command_fails(
    bench: Bench, salon: str, retell: RetellControl
) -> None:
    label = f"askpro/{salon}/schwabing/1"
    await retell.decide_tests("fail", label, "It booked twice.")
    answer = await bench.askpro("branches", "check", "schwabing", "--conversations", "--json")
    assert answer.code == 1
    found = answer.json
    assert (found["state"], found["ok"]) == ("done", False)
    [wrong] = [finding for finding in found["findings"] if finding["ok"] is not True]
    assert wrong["id"] == "conversations"
    assert "booking (It booked twice.)" in wrong["found"]["en"]
    assert wrong["advice"]["de"]
    await retell.decide_tests("pass", label)


async def test_conversations_that_take_a_while_are_waited_for(
    bench: Bench, salon: str, retell: RetellControl
) -> None:
    await retell.configure(test_seconds=600)
    asked = await bench.http.post(_checks(salon), json={"conversations": True})
    run = f"{_checks(salon)}/{asked.json()['id']}"

    async def held() -> bool:
        findings = (await bench.http.get(run)).json()["findings"]
        return any(finding["id"] == "conversations" for finding in findings)

    await eventually(held, within=40, of="the conversations")
    running_one = (await bench.http.get(run)).json()
    assert (running_one["state"], running_one["ok"], running_one["verdict"]) == ("running", None, None)
    await retell.configure(test_seconds=0)

    async def done() -> bool:
        return bool((await bench.http.get(run)).json()["state"] == "done")

    await eventually(done, within=40, of="the verdict")
    assert (await bench.http.get(run)).json()["ok"] is True


async def test_a_check_that_does_not_end_is_not_waited_for_for_ever(
    bench: Bench, salon: str, retell: RetellControl
) -> None:
    await retell.configure(test_seconds=600)
    asked = ("branches", "check", "schwabing", "--company", salon, "--conversations", "--wait", "1")
    answer = await bench.askpro(*asked)
    await retell.configure(test_seconds=0)
    assert answer.code == 1
    assert "The check has not ended" in answer.err


async def test_a_branch_that_was_given_up_is_not_checked(bench: Bench, company: str) -> None:
    await bench.http.post("/api/branches", json={"company_id": company, **BRANCH, "branch_id": "away"})
    bench.rows("update branches set deleted_at = now() where id = 'away'")
    answer = await bench.askpro("branches", "check", "away", "--company", company)
    assert answer.code == 1
    assert "There is no branch away" in answer.err


async def test_only_who_may_act_asks_for_a_check(bench: Bench, salon: str) -> None:
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.post(_checks(salon), json={})).status_code == 403
        assert (await viewer.get(f"{_checks(salon)}/none")).status_code == 200


async def test_who_asked_is_kept(bench: Bench, salon: str) -> None:
    await bench.http.post(_checks(salon), json={"conversations": False})
    row = await bench.row(
        "select * from audit where action = 'branch.check-asked' and target = %s", f"{salon}/schwabing"
    )
    assert row["operator"] == "admin"


async def test_the_page_shows_the_light_and_follows_a_check_until_its_end(
    salon: str, visitor: httpx.AsyncClient
) -> None:
    await visitor.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
    page = await visitor.get(_page(salon))
    token = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert token is not None
    sent = await visitor.post(f"{_page(salon)}/check", data={"csrf": token.group(1)})
    assert sent.status_code == 303
    after = sent.headers["location"]
    assert "Die Prüfung läuft." in (await visitor.get(after)).text

    async def shown() -> bool:
        return "Alles in Ordnung" in (await visitor.get(after)).text

    await eventually(shown, within=40, of="the verdict on the page")
    for address in (after, _page(salon)):
        text = (await visitor.get(address)).text
        assert 'class="mark green"' in text
        assert f"{NUMBER} klingelt bei dem Assistenten dieser Filiale" in text
        assert "hx-get" not in text.split('id="check"')[1].split(">")[0]
    query = after.partition("?")[2]
    part = (await visitor.get(f"{_page(salon)}/check?{query}")).text
    assert part.lstrip().startswith('<div id="check"')


async def test_the_page_asks_again_while_a_check_is_running(salon: str, visitor: httpx.AsyncClient) -> None:
    await visitor.post("/login", data={"name": "viewer", "password": PASSWORD, "next": "/"})
    text = (await visitor.get(f"{_page(salon)}?notice=checking&value=check_1")).text
    assert f'hx-get="{_page(salon)}/check?notice=checking&amp;value=check_1"' in text
    assert "with_conversations" not in text


def _checks(company: str) -> str:
    return f"/api/companies/{company}/branches/schwabing/checks"


def _page(company: str) -> str:
    return f"/companies/{company}/branches/schwabing"
