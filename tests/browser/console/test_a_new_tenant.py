"""A company and its branch are entered, checked and watched while they are set up, without reloading."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.simulators.control import CalcomControl, RetellControl
from infra.simulators.runner import Simulators
from tests.browser.console.conftest import Visit

BRANCH = "/companies/alt/branches/mitte"


@pytest.fixture(scope="module")
async def simulators() -> AsyncIterator[Simulators]:
    async with Simulators() as running:
        yield running


@pytest.fixture(scope="module")
def provider_urls(simulators: Simulators) -> dict[str, str]:
    return {"CALCOM_BASE_URL": simulators.calcom_url, "RETELL_BASE_URL": simulators.retell_url}


@pytest.fixture(scope="module")
async def keys(simulators: Simulators) -> tuple[str, str]:
    """Good ones at Cal.com and Retell."""
    async with CalcomControl(simulators.calcom_url) as calcom, RetellControl(simulators.retell_url) as retell:
        return (await calcom.add_account())["apiKey"], (await retell.add_workspace())["api_key"]


@pytest.fixture(scope="module")
async def tenant(bench: Any, keys: tuple[str, str]) -> str:
    """A company that is there, with a branch."""
    company = {"id": "alt", "name": "Salon Alt", "calcom_api_key": keys[0], "retell_api_key": keys[1]}
    branch = {"company_id": "alt", "branch_id": "mitte", "name": "Mitte"}
    for path, body in (("/api/companies", company), ("/api/branches", branch)):
        assert (await bench.http.post(path, json=body)).is_success
    return "alt"


def step(bench: Any, name: str, state: str) -> None:
    """As the provisioner writes it."""
    bench.rows(
        "insert into provisioning_steps (company_id, branch_id, step, state, attempt) "
        "values ('neu', 'mitte', %s, %s, 1) on conflict (company_id, branch_id, step) "
        "do update set state = excluded.state",
        name,
        state,
    )


async def test_a_company_and_a_branch_are_entered_and_the_steps_are_seen_as_they_are_done(
    visit: Visit, bench: Any, keys: tuple[str, str]
) -> None:
    await visit.log_in(path="/companies")
    await visit.page.click("summary")
    await visit.page.fill("input[name=name]", "Salon Neu")
    await visit.page.fill("input[name=id]", "neu")
    await visit.page.fill("input[name=calcom_api_key]", keys[0])
    await visit.page.fill("input[name=retell_api_key]", keys[1])
    await visit.page.click("details button")
    await visit.page.wait_for_selector("text=neu is entered.")
    await visit.page.click("td a:text-is('neu')")
    await visit.page.click("main a:text-is('Add a branch')")
    await visit.page.wait_for_selector("h1:text-is('Branches')")
    await visit.page.click("summary")
    await visit.page.fill("details input[name=name]", "Mitte")
    await visit.page.fill("input[name=branch_id]", "mitte")
    await visit.page.click("details button")
    await visit.page.click("td a:text-is('mitte')")
    await visit.page.wait_for_selector("#steps .mark.pending")
    step(bench, "agent", "running")
    await visit.page.wait_for_selector("#steps td .mark.running", timeout=20_000)
    await visit.keep("branch-under-way")
    step(bench, "agent", "done")
    bench.rows("update branches set status = 'provisioned' where company_id = 'neu'")
    await visit.page.wait_for_selector("#steps .mark.provisioned", timeout=20_000)
    await visit.page.wait_for_selector("#steps td .mark.done")
    assert await visit.page.get_attribute("#steps", "hx-get") is None


@pytest.mark.usefixtures("tenant")
async def test_the_keys_of_a_company_are_checked_and_its_mail_is_changed_on_its_page(
    visit: Visit, bench: Any
) -> None:
    bench.rows(
        "insert into webhook_registrations (company_id, provider, subscriber_url, state, drifts, last_drift,"
        " checked_at) values ('alt', 'calcom', 'https://in.example/hook', 'kept', 2, 'secret', now())"
    )
    bench.rows(
        "insert into phone_numbers (company_id, number, branch_id) values ('alt', '+4930123', 'mitte')"
    )
    await visit.log_in(path="/companies/alt")
    await visit.page.click("button:text-is('Check the keys now')")
    await visit.page.wait_for_selector("text=Cal.com takes it.")
    assert "Retell takes it." in await visit.text()
    await visit.keep("company")
    await visit.page.click("summary:text-is('Change')")
    await visit.page.fill("details input[name=notification_email]", "chefin@salon.example")
    await visit.keep("company-form")
    await visit.page.click("details button:text-is('Change')")
    await visit.page.wait_for_selector("text=alt is changed.")
    row = bench.rows("select * from companies where id = 'alt'")[0]
    assert row["notification_email"] == "chefin@salon.example"
    deed = bench.rows("select * from audit where action = 'company.changed' and target = 'alt'")[0]
    assert deed["after"] == {"notification_email": "chefin@salon.example"}
    await visit.page.click("button:text-is('New webhook secret')")
    await visit.page.wait_for_selector("text=Cal.com is told in a minute.")
    assert "2 times" in await visit.text()


@pytest.mark.usefixtures("tenant")
async def test_the_notice_of_the_day_is_entered_and_taken_back_on_the_branchs_page(
    visit: Visit, bench: Any
) -> None:
    await visit.log_in(path=BRANCH)
    await visit.page.fill("input[name=text]", "Heute schließen wir um 16 Uhr.")
    await visit.page.click("button:text-is('Let callers hear it')")
    await visit.page.wait_for_selector("text=Callers hear it from the next call on.")
    assert bench.rows("select text from branch_notices")[0]["text"] == "Heute schließen wir um 16 Uhr."
    await visit.keep("branch-notice")
    await visit.page.click("button:text-is('Remove')")
    await visit.page.wait_for_selector("text=Nobody hears it any more.")
    assert bench.rows("select * from branch_notices") == []


@pytest.mark.usefixtures("tenant")
async def test_a_viewer_sees_a_company_without_a_single_form(visit: Visit) -> None:
    for path in ("/companies/alt", BRANCH, "/work"):
        await visit.log_in("viewer", path=path)
        assert await visit.page.locator("main form[method=post]").count() == 0
        await visit.context.clear_cookies()
