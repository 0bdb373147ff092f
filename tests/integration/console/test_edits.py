"""A dead letter is corrected in steps, compared, taken back, sent as a copy; and who sees whom in it."""

import asyncio
import json
from typing import Any

import pytest

from shared.contracts.envelope import Envelope, parse_envelope

QUEUE = "syncer.booking-requests"
WISH = {
    "company_id": "acme", "token": "t-0123456789", "branch_id": "main", "call_id": "call_7",
    "service_key": "cut", "event_type_id": 4711, "start": "then", "duration_minutes": 30,
    "timezone": "Europe/Berlin", "booking_email": "b@example.com",
    "customer": {"name": "Erika Mustermann", "phone": "+4915112345678"},
}  # fmt: skip
START = {"op": "replace", "path": "/start", "value": "2027-03-02T10:00:00+01:00"}


@pytest.fixture
async def letter(bench: Any, make_event: Any) -> dict[str, Any]:
    await bench.purge(QUEUE)
    event = make_event("booking.requested", WISH, correlationid="call_7")
    await bench.publish(event.raw, key=event.type, message_id=event.id, tenant="acme", retries=3)
    await bench.delivery(QUEUE, event.id, "waiting")
    await bench.reject(QUEUE)
    row: dict[str, Any] = await bench.delivery(QUEUE, event.id, "dead")
    return row


def edit_of(letter: dict[str, Any], *rest: str) -> str:
    return "/".join((f"/api/dead-letters/{letter['id']}/edit", *rest))


async def test_what_would_break_its_contract_is_told_by_field_and_not_sent(bench: Any, letter: Any) -> None:
    wrong = {"patch": [{"op": "remove", "path": "/branch_id"}], "reason": "typing error"}
    answer = await bench.http.post(edit_of(letter), json=wrong)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"branch_id", "start"}
    async with await bench.as_role("operator") as operator:
        forced = await operator.post(edit_of(letter), json={**wrong, "force": True})
    assert forced.status_code == 403
    assert await bench.delivery(QUEUE, letter["event_id"], "dead")


async def test_an_edit_in_steps_is_compared_taken_back_and_sent_as_a_linked_copy(
    bench: Any, letter: Any
) -> None:
    steps = edit_of(letter, "steps")
    first = (await bench.http.post(steps, json={"patch": [START]})).json()
    assert (first["step"], first["faults"]) == (1, [])
    assert [line["kind"] for line in first["diff"] if line["kind"] in {"gone", "came"}] == ["gone", "came"]
    unseen = {"op": "replace", "path": "/customer/name", "value": "Erika Musterfrau"}
    second = (await bench.http.post(steps, json={"patch": [unseen, {**START, "value": "never"}]})).json()
    assert [fault["field"] for fault in second["faults"]] == ["start"]
    back = (await bench.http.delete(steps)).json()
    assert (back["step"], back["patch"]) == (1, [START])
    assert (await bench.http.post(steps, json={"patch": [unseen]})).json()["step"] == 2
    assert bench.rows("select count(*) as n from deliveries where copy_of = %s", letter["id"])[0]["n"] == 0
    sent = await bench.http.post(edit_of(letter, "send"), json={"reason": "typing error"})
    assert sent.status_code == 202, sent.text
    copy = await bench.row("select * from deliveries where copy_of = %s", letter["id"])
    envelope = parse_envelope(bytes(copy["body"]))
    assert isinstance(envelope, Envelope)
    customer = {"name": "Erika Musterfrau", "phone": "+4915112345678"}
    assert envelope.data == {**WISH, "start": START["value"], "customer": customer}
    assert (copy["event_id"], copy["correlation_id"]) == (sent.json()["event_id"], "call_7")
    assert copy["properties"]["headers"] == letter["properties"]["headers"] != {}
    assert bench.rows("select 1 from edit_drafts where letter_id = %s", letter["id"]) == []
    deed = bench.rows("select * from audit where target = %s", f"dead-letter:{letter['id']}")[-1]
    assert deed["before"] == {
        "event_id": letter["event_id"],
        "data": {"/start": "then", "/customer/name": "•••"},
    }
    assert deed["after"]["data"] == {"/start": START["value"], "/customer/name": "•••"}
    assert deed["after"]["copy"] == copy["id"]
    assert "Erika" not in json.dumps([deed["before"], deed["after"]])


async def test_a_draft_is_its_author_s_own_and_what_is_locked_is_told(bench: Any, letter: Any) -> None:
    await bench.http.post(edit_of(letter, "steps"), json={"patch": [START]})
    async with await bench.as_role("operator") as operator:
        other = (await operator.get(edit_of(letter))).json()
        assert (await operator.delete(edit_of(letter, "steps"))).status_code == 409
        assert (await operator.post(edit_of(letter, "send"), json={"reason": "why not"})).status_code == 409
    assert (other["step"], other["patch"], other["after"]["start"]) == (0, [], "then")
    assert other["locked"]["type"] == "booking.requested"
    assert (other["locked"]["headers.tenant"], other["locked"]["headers.retries"]) == ("acme", 3)


async def test_of_two_who_send_at_once_one_is_told_that_it_is_too_late(bench: Any, letter: Any) -> None:
    wishes = ({"patch": [{**START, "value": f"2027-03-02T1{n}:00:00Z"}], "reason": "both"} for n in range(2))
    answers = await asyncio.gather(*(bench.http.post(edit_of(letter), json=wish) for wish in wishes))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert len(bench.rows("select 1 from deliveries where copy_of = %s", letter["id"])) == 1


async def test_a_patch_that_reads_what_is_hidden_is_refused_without_a_hint(bench: Any, letter: Any) -> None:
    for value in ("Erika Mustermann", "Somebody Else"):
        guess = {"patch": [{"op": "test", "path": "/customer/name", "value": value}]}
        answer = await bench.http.post(edit_of(letter, "check"), json=guess)
        assert (answer.status_code, "is not shown" in answer.text) == (422, True)
    null = {"patch": [START, {"op": "replace", "path": "/customer/phone", "value": None}]}
    checked = (await bench.http.post(edit_of(letter, "check"), json=null)).json()
    assert checked["after"]["customer"] == {"name": "•••", "phone": None}


async def test_what_was_no_event_is_given_its_type_and_data_in_steps(bench: Any) -> None:
    poison = '{"start": "then"}'
    await bench.publish(poison.encode(), key="x.y", message_id="edit-poison", queue=QUEUE)
    await bench.reject(QUEUE)
    letter = await bench.row("select * from deliveries where event_id = 'edit-poison'")
    assert (await bench.http.get(edit_of(letter))).json()["type"] is None
    first = {"data": {"a": 1}, "type": "x.typed"}
    assert (await bench.http.post(edit_of(letter, "steps"), json=first)).json()["has_contract"] is False
    second = {"patch": [{"op": "add", "path": "/b", "value": 2}]}
    kept = (await bench.http.post(edit_of(letter, "steps"), json=second)).json()
    assert (kept["step"], kept["type"], kept["after"]) == (2, "x.typed", {"a": 1, "b": 2})


async def test_who_may_not_reveal_sees_nobody_and_who_may_leaves_a_trace(bench: Any, letter: Any) -> None:
    paths = (f"/api/dead-letters/{letter['id']}/reveal", f"/api/events/{letter['event_id']}/reveal")
    bench.rows("update operators set may_reveal = false")
    for role in ("viewer", "operator", "admin"):
        async with await bench.as_role(role) as person:
            for path in paths:
                refused = await person.post(path, json={"reason": "curious"})
                assert (refused.status_code, "Erika" in refused.text) == (403, False), (role, path)
    assert "Erika" not in (await bench.http.get(f"/api/dead-letters/{letter['id']}")).text
    assert bench.rows("select 1 from audit where action = 'payload.revealed'") == []
    bench.rows("update operators set may_reveal = true where name = 'operator'")
    async with await bench.as_role("operator") as person:
        assert (await person.post(paths[0], json={})).status_code == 422
        for path in paths:
            seen = await person.post(path, json={"reason": "the customer called"})
            assert "Erika Mustermann" in seen.text
            assert seen.headers["cache-control"] == "no-store"
    deeds = bench.rows("select * from audit where action = 'payload.revealed' order by id")
    assert [(one["operator"], one["target"]) for one in deeds] == [
        ("operator", f"dead-letter:{letter['id']}"),
        ("operator", f"event:{letter['event_id']}"),
    ]


async def test_the_audit_is_searched_and_walked_and_each_reads_what_they_may(bench: Any) -> None:
    bench.rows(
        "insert into audit (operator, action, target, before, after) select 'operator', 'walk.done', "
        "'thing:' || n, '{\"n\": 0}', jsonb_build_object('n', n) from generate_series(1, 5) n"
    )
    seen: list[str] = []
    query: dict[str, Any] = {"action": "walk.*", "limit": 2}
    while True:
        page = (await bench.http.get("/api/audit", params=query)).json()
        seen += [one["target"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [f"thing:{n}" for n in (5, 4, 3, 2, 1)]
    assert (page["items"][0]["before"], page["items"][0]["after"]) == ({"n": 0}, {"n": 1})
    assert (await bench.http.get("/api/audit", params={"cursor": "made up"})).status_code == 422
    async with await bench.as_role("operator") as operator:
        own = (await operator.get("/api/audit", params={"limit": 1000})).json()["items"]
        assert {one["operator"] for one in own} == {"operator"}
        assert (await operator.get("/api/audit", params={"operator": "admin"})).status_code == 403
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.get("/api/audit")).status_code == 403


async def test_askpro_edits_in_steps_and_reads_the_audit(bench: Any, letter: Any) -> None:
    number = str(letter["id"])
    asked = ("dead-letters", "edit", number)
    wrong = await bench.askpro(*asked, "--set", "start=never", "--unset", "branch_id", "--check")
    assert (wrong.code, "branch_id" in wrong.err, '"start": "never"' in wrong.out) == (1, True, True)
    kept = await bench.askpro(*asked, "--set", f"start={START['value']}", "--keep")
    assert kept.code == 0, kept.err
    more = await bench.askpro(*asked, "--set", "customer.tags.first=x", "--keep", "--json")
    assert (more.json["step"], more.json["after"]["customer"]["tags"]) == (2, {"first": "x"})
    assert (await bench.askpro("dead-letters", "undo", number)).out == f"{number} is back at step 1.\n"
    assert (await bench.askpro("dead-letters", "draft", number, "--json")).json["step"] == 1
    assert (await bench.askpro("dead-letters", "send", number)).code == 2
    sent = await bench.askpro("dead-letters", "send", number, "--reason", "typo")
    assert sent.code == 0, sent.err
    told = await bench.askpro("audit", "--target", f"dead-letter:{number}", "--json")
    assert [item["action"] for item in told.json["items"]] == ["dead_letter.edited"]
    changes = await bench.askpro("audit", "--action", "dead_letter.e*", "--changes", "--since", "5m")
    assert "before data: " in changes.out


async def test_the_audit_tells_what_a_company_and_a_branch_were_before(bench: Any, company: str) -> None:
    secret = {"notification_email": "new@example.com", "calcom_webhook_secret": "whsec-0123456789abcdef"}
    await bench.http.patch(f"/api/companies/{company}", json={"notification_email": "old@example.com"})
    await bench.http.patch(f"/api/companies/{company}", json=secret)
    deed = bench.rows("select * from audit where target = %s order by id desc limit 1", company)[0]
    assert deed["before"]["notification_email"] == "old@example.com"
    assert deed["after"] == {"notification_email": "new@example.com", "calcom_webhook_secret": "(sealed)"}
    wish = {"company_id": company, "branch_id": "told", "name": "Mitte"}
    assert (await bench.http.post("/api/branches", json=wish)).is_success
    path = f"/api/companies/{company}/branches/told"
    assert (await bench.http.put(path, json={**wish, "name": "Süd"})).is_success
    deed = bench.rows("select * from audit where target = %s order by id desc limit 1", f"{company}/told")[0]
    assert (deed["before"]["/name"], deed["after"]["/name"]) == ("Mitte", "Süd")
    assert set(deed["before"]) == {"/name", "/version"}


async def test_the_audit_tells_what_a_trunk_was_and_not_its_password(bench: Any, company: str) -> None:
    path = f"/api/companies/{company}/trunks/salon.pstn.example.com"
    for login in ({"username": "old", "password": "very secret"}, {"username": "new"}):
        assert (await bench.http.put(path, json=login)).is_success
    await bench.http.delete(path)
    target = f"{company}/salon.pstn.example.com"
    deeds = bench.rows("select before, after from audit where target = %s order by id", target)
    old = {"username": "old", "password": "(sealed)", "transport": None}
    new = {"username": "new", "password": None, "transport": None}
    assert [(one["before"], one["after"]) for one in deeds] == [(None, old), (old, new), (new, None)]


async def test_the_audit_tells_that_a_letter_was_dead_and_what_it_became(bench: Any, letter: Any) -> None:
    await bench.http.post("/api/dead-letters/replay", json={"ids": [letter["id"]]})
    told = (await bench.http.get("/api/audit", params={"target": f"dead-letter:{letter['id']}"})).json()
    assert [(one["before"], one["after"]) for one in told["items"]] == [
        ({"state": "dead"}, {"state": "redelivery"})
    ]
