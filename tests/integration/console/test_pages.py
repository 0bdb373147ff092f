"""Forms are for people who are logged in, may, and came from our own page."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.console.bench import PASSWORD


@pytest.fixture
async def visitor(bench: Any) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Accept": "text/html", "Accept-Language": "de-AT,de;q=0.9"}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, headers=headers, timeout=20) as client:
        yield client


async def _log_in(visitor: httpx.AsyncClient, name: str) -> str:
    """The token of its forms."""
    answer = await visitor.post("/login", data={"name": name, "password": PASSWORD, "next": "/"})
    assert answer.status_code == 303
    page = await visitor.get("/dead-letters")
    found = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found is not None
    return found.group(1)


async def test_nobody_is_sent_to_another_site_after_the_login(visitor: httpx.AsyncClient) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
        form = {"name": "viewer", "password": PASSWORD, "next": elsewhere}
        assert (await visitor.post("/login", data=form)).headers["location"] == "/"


async def test_a_form_without_the_sessions_token_is_refused(visitor: httpx.AsyncClient) -> None:
    token = await _log_in(visitor, "admin")
    for form in ({}, {"csrf": "x"}, {"csrf": token[:-1] + ("0" if token[-1] != "0" else "1")}):
        answer = await visitor.post("/dead-letters/replay", data={**form, "id": "1"})
        assert answer.status_code == 403
    assert (
        await visitor.post("/dead-letters/replay", data={"csrf": token, "id": "999999"})
    ).status_code == 409


@pytest.mark.parametrize(
    "address",
    [
        "/dead-letters/discard",
        "/queues/notifier.mail/pause", "/queues/notifier.mail/resume",
        "/circuits/smtp/open", "/circuits/smtp/close", "/circuits/smtp/auto",
    ],
)  # fmt: skip
async def test_a_viewers_form_is_refused_even_with_the_token(
    visitor: httpx.AsyncClient, address: str
) -> None:
    token = await _log_in(visitor, "viewer")
    form = {"csrf": token, "id": "1", "reason": "why", "minutes": "5"}
    answer = await visitor.post(address, data=form)
    assert answer.status_code == 403
    assert "operator" in answer.text


@pytest.mark.parametrize("number", ["²", "9" * 5000, "1 2"])
async def test_a_form_that_names_no_dead_letter_is_refused(visitor: httpx.AsyncClient, number: str) -> None:
    token = await _log_in(visitor, "admin")
    answer = await visitor.post("/dead-letters/replay", data={"csrf": token, "id": number})
    assert answer.status_code == 422


async def test_the_api_takes_the_sessions_cookie_with_its_token_only(visitor: httpx.AsyncClient) -> None:
    token = await _log_in(visitor, "admin")
    assert (await visitor.get("/api/companies")).status_code == 200
    assert (await visitor.post("/api/companies", json={"name": "Cookie"})).status_code == 403
    answer = await visitor.post("/api/companies", json={"name": "Cookie"}, headers={"X-CSRF-Token": token})
    assert answer.status_code == 201


async def test_an_event_whose_id_looks_like_an_address_is_found_behind_its_link(
    visitor: httpx.AsyncClient, bench: Any, make_event: Any
) -> None:
    await _log_in(visitor, "viewer")
    event = make_event("calcom.awkward", {}, id="https://crm.example/a?b=1#2:7")
    await bench.tell(event)
    await bench.row("select 1 from event_log where id = %s", event.id)
    listed = await visitor.get("/events", params={"type": "calcom.awkward"})
    link = re.search(r'href="(/events/[^"]+)"', listed.text)
    assert link is not None
    page = await visitor.get(link.group(1))
    assert page.status_code == 200
    assert event.id in page.text
    assert (await bench.askpro("events", "show", event.id)).code == 0


async def test_pages_speak_german_to_who_asks_for_it_and_forbid_everything_foreign(
    visitor: httpx.AsyncClient,
) -> None:
    await _log_in(visitor, "viewer")
    page = await visitor.get("/")
    assert 'lang="de"' in page.text
    assert "Überblick" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert page.headers["cache-control"] == "no-store"
    assert "<script>" not in page.text
    assert "style=" not in page.text
    english = await visitor.get("/?lang=en")
    assert "Overview" in english.text
    assert "Overview" in (await visitor.get("/")).text


async def test_each_step_of_a_branch_has_a_button_that_takes_it_again(
    visitor: httpx.AsyncClient, bench: Any, company: str
) -> None:
    branch = {"company_id": company, "branch_id": "west", "name": "West"}
    assert (await bench.http.post("/api/branches", json=branch)).status_code == 202
    for step in ("credentials", "old number"):
        bench.rows(
            "insert into provisioning_steps (company_id, branch_id, step, state) "
            "values (%s, 'west', %s, 'done')",
            company,
            step,
        )
    token = await _log_in(visitor, "admin")
    page = (await visitor.get(f"/companies/{company}/branches/west")).text
    [action] = re.findall(r'action="([^"]+/steps/[^"]+)"', page)
    answer = await visitor.post(action, data={"csrf": token})
    assert (answer.status_code, "retried" in answer.headers["location"]) == (303, True)
    event = await bench.row(
        "select document from event_log where company_id = %s and type = 'branch.refresh_requested'", company
    )
    assert event["document"]["data"]["step"] == "old number"


async def test_the_page_of_companies_shows_what_was_changed_about_a_webhook(
    visitor: httpx.AsyncClient, bench: Any, company: str
) -> None:
    bench.rows(
        "insert into webhook_registrations (company_id, provider, subscriber_url, state, drifts, last_drift)"
        " values (%s, 'calcom', 'https://in.example', 'kept', 2, 'secret')",
        company,
    )
    await _log_in(visitor, "viewer")
    assert "kept (2 drifts, last: secret)" in (await visitor.get("/companies")).text
