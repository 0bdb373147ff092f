"""Scripts do the work of the day as the pages do: lists that go on, one action that closes, exit codes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.console.test_work_list import CALL, task

APPOINTMENT = """
insert into appointments (company_id, branch_id, calcom_uid, status, title, start_at, attendee_name, call_id)
values (%s, 'mitte', %s, 'accepted', 'Haarschnitt', %s, %s, %s)
"""


async def test_a_task_is_closed_by_a_script_and_the_second_one_is_refused(bench: Any, company: str) -> None:
    made = task(bench, company, "script", kind="promise", urgency="urgent")
    listed = await bench.askpro("work", "list", "--company", company, "--kind", "promise", "--json")
    assert [item["id"] for item in listed.json["items"]] == [made]
    closed = await bench.askpro(
        "work", "close", made, "--outcome", "not_reached", "--note", "mailbox", "--json"
    )
    assert (closed.code, closed.json) == (0, {"id": made})
    second = await bench.askpro("work", "close", made)
    assert (second.code, "admin was faster" in second.err) == (1, True)
    assert (await bench.askpro("work", "reopen", made)).code == 0
    assert "Erika Muster" in (await bench.askpro("work", "list", "--company", company)).out
    assert "promise" in (await bench.askpro("callbacks", "--company", company)).out


async def test_a_list_is_searched_jumped_into_and_gone_on_with(bench: Any, company: str) -> None:
    for number, name in enumerate(("Anna", "Berta", "Clara")):
        start = datetime(2027, 3, 1 + number, 9, tzinfo=UTC)
        bench.rows(APPOINTMENT, company, f"{company}-{number}", start, name, f"{company}-call")
    first = await bench.askpro("appointments", "--company", company, "--limit", "2", "--json")
    assert [item["customer"] for item in first.json["items"]] == ["Clara", "Berta"]
    rest = await bench.askpro("appointments", "--company", company, "--cursor", first.json["next"], "--json")
    assert ([item["customer"] for item in rest.json["items"]], rest.json["next"]) == (["Anna"], None)
    jump = await bench.askpro("appointments", "--company", company, "--at", "2027-03-02", "--json")
    assert [item["customer"] for item in jump.json["items"]] == ["Berta", "Anna"]
    found = await bench.askpro("appointments", "--text", "clara", "--company", company)
    assert ("Clara" in found.out, "Anna" in found.out) == (True, False)
    one = await bench.askpro("appointments", rest.json["items"][0]["id"])
    assert "Haarschnitt" in one.out
    assert (await bench.askpro("appointments", "--text", "ab")).code == 1


async def test_a_call_is_shown_with_what_it_left_to_do_and_never_with_what_was_said(
    bench: Any, company: str
) -> None:
    bench.rows(CALL, company, f"{company}-call", "1 minute", "callback")
    bench.rows("update calls set transcript = 'Geheim' where company_id = %s", company)
    task(bench, company, "left", call=f"{company}-call")
    shown = await bench.askpro("calls", f"{company}-call", "--company", company, "--json")
    assert [one["kind"] for one in shown.json["tasks"]] == ["callback"]
    assert "Geheim" not in shown.out
    assert (await bench.askpro("calls", f"{company}-call")).code == 2
    assert (await bench.askpro("calls", "none", "--company", company)).code == 1


@pytest.mark.parametrize("company_said", [True, False])
async def test_a_notice_is_entered_shown_and_taken_back(bench: Any, company: str, company_said: bool) -> None:
    branch = f"mitte-{company}"
    await bench.http.post("/api/branches", json={"company_id": company, "branch_id": branch, "name": "Mitte"})
    whose = ("--company", company) if company_said else ()
    entered = await bench.askpro("branches", "notice", branch, "Steffi ist krank.", *whose, "--json")
    assert [item["text"] for item in entered.json["items"]] == ["Steffi ist krank."]
    assert "Steffi" in (await bench.askpro("branches", "notice", branch, *whose)).out
    assert (await bench.askpro("branches", "notice", branch, "{{name}}", *whose)).code == 1
    assert (await bench.askpro("branches", "notice", branch, "--remove", *whose)).code == 0
    assert "Nothing there." in (await bench.askpro("branches", "notice", branch, *whose)).out
