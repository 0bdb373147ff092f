"""What is left over at the providers, as people see it, and their wish that it be gone."""

import json
from typing import Any

import httpx
import pytest

from tests.integration.console.bench import PASSWORD

NUMBER = "+4989123456"


@pytest.fixture
def orphans(bench: Any, company: str) -> str:
    """An agent and a number seen for two hours, an LLM seen a moment ago."""
    for kind, external_id, reason, hours in (
        ("agent", "agent_1", "branch_deleted", 2),
        ("number", NUMBER, "not_answered", 2),
        ("llm", "llm_1", "second", 0),
    ):
        bench.rows(
            "insert into provider_orphans (company_id, provider, kind, external_id, name, reason, "
            "first_seen_at) values (%s, 'retell', %s, %s, 'askpro/x/mitte', %s, now() - %s * interval '1h')",
            *(company, kind, external_id, reason, hours),
        )
    return company


async def test_what_was_seen_for_longer_than_a_lease_is_listed(bench: Any, orphans: str) -> None:
    items = (await bench.http.get("/api/orphans", params={"company": orphans})).json()["items"]
    assert [(item["id"], item["reason"], item["state"]) for item in items] == [
        ("agent:agent_1", "branch_deleted", "orphaned"),
        (f"number:{NUMBER}", "not_answered", "orphaned"),
    ]


async def test_a_person_s_wish_goes_to_the_provisioner_and_into_the_trail(bench: Any, orphans: str) -> None:
    said = ("orphans", "remove", "agent:agent_1", f"number:{NUMBER}", "--company", orphans)
    answer = await bench.askpro(*said, "--yes", "--json")
    assert answer.code == 0, answer.err
    assert [item["state"] for item in answer.json["items"]] == ["being_removed"] * 2
    event = await bench.row(
        "select type, body from event_log where company_id = %s and type = 'orphan.removal_requested' "
        "order by seq",
        orphans,
    )
    data = json.loads(bytes(event["body"]))["data"]
    assert (data["kind"], data["external_id"], data["requested_by"]) == ("agent", "agent_1", "admin")
    assert await bench.row(
        "select 1 from audit where target = %s and action = 'orphan.removal_requested'",
        f"{orphans}/number:{NUMBER}",
    )


async def test_nothing_is_wished_that_a_person_has_not_said_yes_to(bench: Any, orphans: str) -> None:
    said = ("orphans", "remove", "agent:agent_1", "--company", orphans)
    refused = await bench.askpro(*said, stdin="n\n")
    assert (refused.code, refused.out.strip()) == (1, "")
    listed = await bench.askpro("orphans", "list", "--company", orphans)
    assert "orphaned" in listed.out
    assert "being_removed" not in listed.out


async def test_what_is_not_listed_cannot_be_removed(bench: Any, orphans: str) -> None:
    for named in ("llm:llm_1", "agent:agent_2", "nonsense"):
        answer = await bench.askpro("orphans", "remove", named, "--company", orphans, "--yes")
        assert (answer.code, "askpro orphans list" in answer.err) == (1, True), answer.err
    bench.rows("update provider_orphans set removed_at = now() where company_id = %s", orphans)
    gone = await bench.http.post(f"/api/companies/{orphans}/orphans/agent:agent_1/remove")
    assert (gone.status_code, "removed already" in gone.json()["detail"]) == (409, True)


async def test_a_viewer_sees_the_list_and_removes_nothing(bench: Any, orphans: str) -> None:
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.get("/api/orphans")).status_code == 200
        answer = await viewer.post(f"/api/companies/{orphans}/orphans/agent:agent_1/remove")
        assert answer.status_code == 403


async def test_the_page_says_why_each_is_nobody_s_and_removes_it(bench: Any, orphans: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, headers=headers, timeout=20) as http:
        await http.post("/login", data={"name": "operator", "password": PASSWORD, "next": "/"})
        page = (await http.get("/orphans", params={"company": orphans})).text
        assert "ihre Filiale wurde gelöscht" in page
        action = f"/companies/{orphans}/orphans/number%3A%2B4989123456/remove"
        assert f'action="{action}"' in page
        token = page.partition('name="csrf" value="')[2].partition('"')[0]
        sent = await http.post(action, data={"csrf": token})
        assert (sent.status_code, "removal_requested" in sent.headers["location"]) == (303, True)
        after = (await http.get(sent.headers["location"])).text
    assert f"number:{NUMBER} wird entfernt." in after
    assert "wird entfernt</span>" in after
