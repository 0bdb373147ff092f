"""What people have to do: seen by urgency and age, closed once, opened again by mistake's author."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from shared.contracts.ids import digest
from tests.integration.console.bench import PASSWORD

TASK = """
insert into callbacks (id, company_id, branch_id, call_id, reason, urgency, kind, phone, customer_name,
  created_at)
values (%s, %s, 'mitte', %s, %s, %s, %s, '+4915112345678', 'Erika Muster', now() - %s::interval)
"""
CALL = """
insert into calls (company_id, call_id, branch_id, status, direction, from_number, started_at, ended_at,
  summary, outcome)
values (%s, %s, 'mitte', 'analyzed', 'inbound', '+4915199999999', now() - interval '1 hour',
  now() - %s::interval, 'Frau Muster fragte nach Farbe.', %s)
"""
WISH = """
insert into bookings (company_id, token, call_id, branch_id, kind, state, event_type_id, start_at, request,
  created_at, updated_at)
values (%s, %s, %s, 'mitte', 'book', %s, 7, '2027-03-01T10:00Z',
  '{"service_key": "farbe", "customer": {"name": "Max Mann", "phone": "+4915100000001"}}',
  now() - interval '1 hour', now() - %s::interval)
"""
OFFER = """
insert into slot_offers (company_id, call_id, code, branch_id, service_key, event_type_id, start_at, end_at,
  expires_at)
values (%s, %s, 'A', 'mitte', 'farbe', 7, '2027-03-01T10:00Z', '2027-03-01T11:00Z', now())
"""


def task(bench: Any, company: str, name: str, *, urgency: str = "normal", kind: str = "callback",
         call: str | None = None, age: str = "1 minute") -> str:  # fmt: skip
    made = f"callback_{company}_{name}"
    bench.rows(TASK, made, company, call, f"Bitte um Rückruf: {name}", urgency, kind, age)
    return made


async def listed(bench: Any, company: str, **filters: Any) -> list[dict[str, Any]]:
    answer = await bench.http.get("/api/work", params={"company": company, **filters})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_urgent_ones_come_first_and_then_those_that_wait_longest(bench: Any, company: str) -> None:
    call = f"call-{company}"
    bench.rows(CALL, company, call, "30 minutes", "callback")
    new, old = task(bench, company, "new"), task(bench, company, "old", age="2 days")
    promise = task(bench, company, "promise", urgency="urgent", kind="promise", call=call)
    items = await listed(bench, company)
    assert [item["id"] for item in items] == [promise, old, new]
    first = items[0]
    assert (first["kind"], first["phone"], first["customer_name"]) == (
        "promise",
        "+4915112345678",
        "Erika Muster",
    )
    assert first["summary"] == "Frau Muster fragte nach Farbe."
    assert [item["id"] for item in await listed(bench, company, kind="promise")] == [promise]


async def test_a_long_work_list_is_walked_to_its_end(bench: Any, company: str) -> None:
    made = {
        task(bench, company, str(number), urgency="urgent" if number % 3 else "normal") for number in range(9)
    }
    found: list[str] = []
    cursor = None
    while True:
        answer = (
            await bench.http.get(
                "/api/work",
                params={"company": company, "limit": 2, "cursor": cursor or ""}
                if cursor
                else {"company": company, "limit": 2},
            )
        ).json()
        found += [item["id"] for item in answer["items"]]
        if (cursor := answer["next"]) is None:
            break
    assert set(found) == made
    assert len(found) == len(made)


async def test_of_two_who_close_a_task_the_second_hears_who_was_first(bench: Any, company: str) -> None:
    made = task(bench, company, "race")
    body = {"outcome": "done", "note": "zurückgerufen"}
    async with await bench.as_role("operator") as operator:
        answers = await asyncio.gather(
            bench.http.post(f"/api/work/{made}/close", json=body),
            operator.post(f"/api/work/{made}/close", json=body),
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [second] = [answer for answer in answers if answer.status_code == 409]
    row = bench.rows("select * from callbacks where id = %s", made)[0]
    assert row["closed_by"] in second.json()["detail"]
    assert (row["state"], row["outcome"], row["closed_note"]) == ("closed", "done", "zurückgerufen")
    deeds = bench.rows("select * from audit where target = %s", made)
    assert [(one["action"], one["before"], one["after"]) for one in deeds] == [
        ("task.closed", {"state": "open"}, {"state": "closed", "outcome": "done"})
    ]
    assert await listed(bench, company) == []


async def test_a_task_closed_by_mistake_waits_again(bench: Any, company: str) -> None:
    made = task(bench, company, "mistake")
    await bench.http.post(f"/api/work/{made}/close", json={"outcome": "not_reached"})
    assert (await bench.http.post(f"/api/work/{made}/reopen")).status_code == 200
    assert [item["id"] for item in await listed(bench, company)] == [made]
    assert (await bench.http.post(f"/api/work/{made}/reopen")).status_code == 409
    last = bench.rows("select * from audit where target = %s order by id desc limit 1", made)[0]
    assert (last["action"], last["before"]["outcome"]) == ("task.reopened", "not_reached")


@pytest.mark.parametrize("state", ["started", "requested"])
async def test_a_wish_that_nobody_entered_is_a_task_after_a_quarter_of_an_hour(
    bench: Any, company: str, state: str
) -> None:
    bench.rows(WISH, company, f"tok-{state}", f"call-{company}", state, "20 minutes")
    bench.rows(WISH, company, f"young-{state}", f"call-{company}", state, "10 minutes")
    [item] = await listed(bench, company, kind="wish")
    assert (item["service_key"], item["phone"], item["customer_name"]) == (
        "farbe",
        "+4915100000001",
        "Max Mann",
    )
    assert item["wished_at"] == "2027-03-01T10:00:00Z"


@pytest.mark.parametrize(
    ("outcome", "state"), [("done", "refused"), ("discarded", "refused"), ("not_reached", "requested")]
)
async def test_a_wish_that_a_person_has_seen_to_is_not_booked_afterwards(
    bench: Any, company: str, outcome: str, state: str
) -> None:
    bench.rows(WISH, company, "tok", f"call-{company}", "requested", "20 minutes")
    bench.rows(
        "insert into slot_holds (company_id, event_type_id, start_at, call_id, expires_at) "
        "values (%s, 7, '2027-03-01T10:00Z', %s, now() + interval '1 hour')", company, f"call-{company}",
    )  # fmt: skip
    [item] = await listed(bench, company)
    answer = await bench.http.post(f"/api/work/{item['id']}/close", json={"outcome": outcome})
    assert answer.status_code == 200, answer.text
    # As the syncer names the task of a wish that it gives up: there is never a second one.
    assert answer.json()["id"] == f"callback_{digest(f'{company}:tok')[:20]}"
    row = bench.rows("select state from bookings where company_id = %s", company)[0]
    assert row["state"] == state
    held = bench.rows("select * from slot_holds where company_id = %s", company)
    assert len(held) == (0 if state == "refused" else 1)
    assert await listed(bench, company) == []
    again = await bench.http.post(f"/api/work/{item['id']}/close", json={"outcome": "done"})
    assert (again.status_code, "admin" in again.json()["detail"]) == (409, True)


async def test_who_was_offered_times_and_hung_up_without_one_is_a_task(bench: Any, company: str) -> None:
    for name, age, outcome in (
        ("left", "20 minutes", None),
        ("asked", "20 minutes", "callback"),
        ("talks", "1 minute", None),
        ("booked", "20 minutes", None),
    ):
        bench.rows(CALL, company, f"{company}-{name}", age, outcome)
        bench.rows(OFFER, company, f"{company}-{name}")
    bench.rows(WISH, company, "t", f"{company}-booked", "booked", "20 minutes")
    [item] = await listed(bench, company)
    assert (item["call_id"], item["kind"], item["phone"]) == (f"{company}-left", "wish", "+4915199999999")
    assert (item["service_key"], item["reason"], item["wished_at"]) == ("farbe", None, None)
    closed = await bench.http.post(f"/api/work/{item['id']}/close", json={})
    assert closed.status_code == 200
    assert await listed(bench, company) == []
    assert (await bench.http.post(f"/api/work/{closed.json()['id']}/reopen")).status_code == 200
    assert [one["id"] for one in await listed(bench, company)] == [closed.json()["id"]]


@pytest.mark.parametrize("item", ["callback_none", "wish:acme:none", "left:acme:none", "wish:acme", "x"])
async def test_what_is_no_task_cannot_be_closed(bench: Any, item: str) -> None:
    assert (await bench.http.post(f"/api/work/{item}/close", json={})).status_code == 404


async def test_a_viewer_sees_the_work_without_the_people_and_closes_nothing(bench: Any, company: str) -> None:
    made = task(bench, company, "secret")
    async with await bench.as_role("viewer") as viewer:
        seen = (await viewer.get("/api/work", params={"company": company})).text
        assert not {"Erika", "+4915112345678", "Bitte um"} & set(re.findall(r"Erika|\+\d+|Bitte um", seen))
        for path, body in ((f"/api/work/{made}/close", {}), (f"/api/work/{made}/reopen", None)):
            assert (await viewer.post(path, json=body)).status_code == 403


async def test_a_notice_is_entered_for_days_and_taken_back_and_each_is_kept_with_a_name(
    bench: Any, company: str
) -> None:
    await bench.http.post(
        "/api/branches", json={"company_id": company, "branch_id": "mitte", "name": "Mitte"}
    )
    base = f"/api/companies/{company}/branches/mitte"
    wish = {"day": "2030-01-01", "until": "2030-01-03", "text": "Steffi ist krank."}
    assert (await bench.http.put(f"{base}/notice", json=wish)).status_code == 204
    assert (
        await bench.http.put(f"{base}/notice", json={"day": "2030-01-02", "text": "Alle da."})
    ).status_code == 204
    assert (await bench.http.delete(f"{base}/notice/2030-01-03")).status_code == 204
    assert (await bench.http.delete(f"{base}/notice/2030-01-03")).status_code == 404
    items = (await bench.http.get(f"{base}/notices")).json()["items"]
    assert [(item["id"], item["text"]) for item in items] == [
        ("2030-01-01", "Steffi ist krank."), ("2030-01-02", "Alle da."),
    ]  # fmt: skip
    deeds = bench.rows(
        "select * from audit where target = %s and action like 'notice.%%' order by id", f"{company}/mitte"
    )
    assert [deed["before"] for deed in deeds] == [
        {}, {"2030-01-02": "Steffi ist krank."}, {"2030-01-03": "Steffi ist krank."},
    ]  # fmt: skip
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.put(f"{base}/notice", json=wish)).status_code == 403
        assert (await viewer.delete(f"{base}/notice/2030-01-01")).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "Hallo {{name}}",
        "siehe https://salon.example",
        "<b>zu</b>",
        "a\nb",
        "ab",
        "x" * 201,
        "zu!!!",
        "zwei\ttabs",
    ],
)
async def test_a_notice_that_cannot_be_read_out_is_refused(bench: Any, company: str, text: str) -> None:
    await bench.http.post(
        "/api/branches", json={"company_id": company, "branch_id": "mitte", "name": "Mitte"}
    )
    answer = await bench.http.put(
        f"/api/companies/{company}/branches/mitte/notice", json={"day": "2030-01-01", "text": text}
    )
    assert answer.status_code == 422


async def test_a_notice_for_a_branch_that_is_not_there_is_refused(bench: Any, company: str) -> None:
    wish = {"day": "2030-01-01", "text": "Alle da."}
    assert (
        await bench.http.put(f"/api/companies/{company}/branches/no/notice", json=wish)
    ).status_code == 404
    for bad in ({"until": "2029-12-31"}, {"until": "2030-02-01"}):
        answer = await bench.http.put(f"/api/companies/{company}/branches/no/notice", json=wish | bad)
        assert answer.status_code == 422


async def test_a_viewer_may_not_search_for_whom_they_may_not_see(bench: Any) -> None:
    async with await bench.as_role("viewer") as viewer:
        for path in (
            "/api/appointments?text=Erika",
            "/api/appointments?staff=Steffi",
            "/api/calls?text=Erika",
        ):
            assert (await viewer.get(path)).status_code == 403
        assert (await viewer.get("/api/appointments")).status_code == 200


@pytest.mark.parametrize("path", ["/api/appointments", "/api/calls", "/api/work"])
async def test_a_made_up_cursor_is_refused(bench: Any, path: str) -> None:
    assert (await bench.http.get(path, params={"cursor": "made-up"})).status_code == 422


@pytest.fixture
async def visitor(bench: Any) -> Any:
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, headers=headers, timeout=20) as client:
        yield client


async def _log_in(visitor: httpx.AsyncClient, name: str) -> str:
    await visitor.post("/login", data={"name": name, "password": PASSWORD, "next": "/"})
    found = re.search(r'name="csrf" value="(\w+)"', (await visitor.get("/dead-letters")).text)
    assert found is not None
    return found.group(1)


async def test_a_viewers_hand_made_form_is_refused_on_each_of_these_pages(
    visitor: httpx.AsyncClient, bench: Any, company: str
) -> None:
    made = task(bench, company, "forged")
    token = await _log_in(visitor, "viewer")
    branch = f"/companies/{company}/branches/mitte"
    for path, fields in (
        ("/work/close", {"item": made, "outcome": "done"}),
        ("/work/reopen", {"task": made}),
        (f"{branch}/notice", {"day": "2030-01-01", "text": "Alle da."}),
        (f"{branch}/notice/remove", {"day": "2030-01-01"}),
    ):
        assert (await visitor.post(path, data={"csrf": token, **fields})).status_code == 403, path
    assert bench.rows("select state from callbacks where id = %s", made)[0]["state"] == "open"


async def test_the_page_of_work_names_the_branches_that_do_not_answer(
    visitor: httpx.AsyncClient, bench: Any, company: str
) -> None:
    await bench.http.post(
        "/api/branches", json={"company_id": company, "branch_id": "mitte", "name": "Mitte"}
    )
    for run, ok, age in (("old", True, "2 hours"), ("new", False, "1 hour")):
        bench.rows(
            "insert into branch_checks (company_id, branch_id, run_id, name, place, ok, found_de, found_en,"
            " checked_at) values (%s, 'mitte', %s, 'verdict', 9, %s, 'Sie nimmt nicht ab.', 'No answer.',"
            " now() - %s::interval)", company, run, ok, age,
        )  # fmt: skip
    await _log_in(visitor, "viewer")
    page = (await visitor.get("/work", params={"company": company})).text
    assert "Sie nimmt nicht ab." in page
