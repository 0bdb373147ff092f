"""Companies and branches are entered here; who may do what; how refusals look."""

import json
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.fernet import Fernet

from tests.processes import KEY
from tests.support import eventually

BRANCH = {
    "name": "Salon Mitte",
    "language": "de-DE",
    "opening_hours": {"mon": ["09:00-18:00"]},
    "services": [{"name": "Haarschnitt", "duration": 30, "event_type_id": 7}],
    "phone_number": "+498912345678",
}


async def test_a_companys_keys_are_sealed_and_never_given_back(bench: Any) -> None:
    company = {
        "id": "sealed",
        "name": "Salon",
        "retell_api_key": "key_retell_secret",
        "notify_urls": "json://x",
        "check": False,
    }
    answer = await bench.http.post("/api/companies", json=company)
    assert answer.status_code == 201
    shown = answer.text + (await bench.http.get("/api/companies/sealed")).text
    assert "key_retell_secret" not in shown
    keys = {
        "retell_api_key": True,
        "calcom_api_key": False,
        "calcom_webhook_secret": True,
        "notify_urls": True,
    }
    assert answer.json()["keys"] == keys
    row = bench.rows("select * from companies where id = 'sealed'")[0]
    assert Fernet(KEY).decrypt(bytes(row["retell_api_key_encrypted"])) == b"key_retell_secret"
    audit = json.dumps(bench.rows("select after from audit where target = 'sealed'"))
    assert "key_retell_secret" not in audit


async def test_a_company_that_is_there_is_not_overwritten(bench: Any, company: str) -> None:
    answer = await bench.http.post("/api/companies", json={"id": company, "name": "Other"})
    assert answer.status_code == 409
    assert "companies update" in answer.json()["detail"]


async def test_a_stripe_customer_of_another_company_is_refused_in_changing_as_in_adding(
    bench: Any, company: str
) -> None:
    customer = {"stripe_customer_id": f"cus_{company}"}
    assert (await bench.http.patch(f"/api/companies/{company}", json=customer)).status_code == 200
    other = (await bench.http.post("/api/companies", json={"name": "Other"})).json()["id"]
    for answer in (
        await bench.http.patch(f"/api/companies/{other}", json=customer),
        await bench.http.post("/api/companies", json={"name": "Third", **customer}),
    ):
        assert answer.status_code == 409
        assert "belongs to another company" in answer.json()["detail"]


async def test_where_a_company_stands_is_shown(bench: Any, company: str) -> None:
    bench.rows("update companies set suspend_at = '2027-01-02T03:04:05Z' where id = %s", company)
    shown = (await bench.http.get(f"/api/companies/{company}")).json()
    assert (shown["status"], shown["suspend_at"], shown["suspended_at"]) == (
        "active",
        "2027-01-02T03:04:05Z",
        None,
    )
    assert "2027-01-02" in (await bench.askpro("companies", "show", company)).out


async def test_a_new_key_closes_the_circuit_that_the_old_one_had_opened(bench: Any, company: str) -> None:
    circuit = f"retell:{company}"
    bench.rows(
        "insert into circuits (name, kind, state, reason, company_id) "
        "values (%s, 'credential', 'open', '401', %s)",
        circuit,
        company,
    )
    answer = await bench.http.patch(
        f"/api/companies/{company}", json={"retell_api_key": "key_brand_new", "check": False}
    )
    assert answer.status_code == 200
    assert bench.rows("select state from circuits where name = %s", circuit) == [{"state": "closed"}]
    # In one transaction: a key without its circuit would leave everything parked.
    same = "select c.xmin = k.xmin as one from companies c, circuits k where c.id = %s and k.name = %s"
    assert bench.rows(same, company, circuit) == [{"one": True}]


async def test_the_replaced_calcom_secret_is_kept_as_the_previous_one(bench: Any, company: str) -> None:
    before = bench.rows("select calcom_webhook_secret_encrypted as s from companies where id = %s", company)[
        0
    ]["s"]
    await bench.http.patch(f"/api/companies/{company}", json={"calcom_webhook_secret": "another-secret"})
    row = bench.rows("select * from companies where id = %s", company)[0]
    assert row["calcom_webhook_secret_previous_encrypted"] == before


async def test_the_same_secret_again_does_not_push_the_previous_one_out(bench: Any, company: str) -> None:
    query = "select * from companies where id = %s"
    old = bench.rows(query, company)[0]["calcom_webhook_secret_encrypted"]
    for _ in range(2):
        answer = await bench.http.patch(
            f"/api/companies/{company}", json={"calcom_webhook_secret": "same-secret"}
        )
        assert answer.status_code == 200
    row = bench.rows(query, company)[0]
    assert row["calcom_webhook_secret_previous_encrypted"] == old
    assert Fernet(KEY).decrypt(bytes(row["calcom_webhook_secret_encrypted"])) == b"same-secret"


async def test_a_secret_that_nobody_can_open_any_more_is_replaced_and_not_kept(
    bench: Any, company: str
) -> None:
    lost = Fernet(Fernet.generate_key()).encrypt(b"sealed by a key that is gone")
    bench.rows("update companies set calcom_webhook_secret_encrypted = %s where id = %s", lost, company)
    answer = await bench.http.patch(f"/api/companies/{company}", json={"calcom_webhook_secret": "new-secret"})
    assert answer.status_code == 200
    row = bench.rows("select * from companies where id = %s", company)[0]
    assert row["calcom_webhook_secret_previous_encrypted"] is None


async def test_a_new_webhook_secret_is_news_to_every_process_and_closes_no_circuit(
    bench: Any, company: str
) -> None:
    insert = "insert into circuits (name, kind, state, reason, company_id) values (%s, %s, %s, '401', %s)"
    circuit = f"calcom:{company}"
    bench.rows(insert, circuit, "credential", "open", company)
    before = bench.rows("select version from circuits where name = %s", circuit)[0]["version"]
    await bench.http.patch(f"/api/companies/{company}", json={"calcom_webhook_secret": "another-secret"})
    row = bench.rows("select state, version > %s as is_news from circuits where name = %s", before, circuit)
    assert row == [{"state": "open", "is_news": True}]


async def test_a_branch_and_its_event_are_one(bench: Any, company: str) -> None:
    answer = await bench.http.post(
        "/api/branches", json={**BRANCH, "company_id": company, "branch_id": "mitte"}
    )
    assert answer.status_code == 202, answer.text
    version = answer.json()["version"]
    event = await bench.row(
        "select * from event_log where company_id = %s and type = 'branch.created'", company
    )
    data = event["document"]["data"]
    assert (data["branch_id"], data["version"], data["services"][0]["key"]) == (
        "mitte",
        version,
        "haarschnitt",
    )
    shown = (await bench.http.get(f"/api/companies/{company}/branches/mitte")).json()
    assert (shown["version"], shown["status"], shown["branch"]["name"]) == (version, "pending", "Salon Mitte")
    assert (await bench.http.get(f"/api/companies/{company}")).json()["branches"] == 1


async def test_versions_only_grow_through_change_retry_and_delete(bench: Any, company: str) -> None:
    branch = {**BRANCH, "company_id": company, "branch_id": "ost"}
    path = f"/api/companies/{company}/branches/ost"
    versions = [(await bench.http.post("/api/branches", json=branch)).json()["version"]]
    bench.rows("update branches set version = version + 100000000 where company_id = %s", company)
    versions.append((await bench.http.put(path, json={**branch, "name": "Ost neu"})).json()["version"])
    versions.append((await bench.http.post(f"{path}/retry")).json()["version"])
    versions.append((await bench.http.delete(path)).json()["version"])
    assert versions == sorted(set(versions))
    types = ("branch.created", "branch.updated", "branch.updated", "branch.deleted")
    for kind, version in zip(types, versions, strict=True):
        event_id = f"{kind}:{company}:ost:{version}"
        await bench.row("select 1 from event_log where id = %s", event_id)
    assert (await bench.http.post(f"{path}/retry")).status_code == 404
    again = await bench.http.post("/api/branches", json=branch)
    await bench.row(
        "select 1 from event_log where id = %s", f"branch.created:{company}:ost:{again.json()['version']}"
    )


@pytest.mark.parametrize(
    "change", [{"kind": "medical", "dpa_signed_on": "2026-11-01"}, {"recording": "consent"}], ids=str
)
async def test_what_agents_show_of_a_company_reaches_each_of_its_branches(
    bench: Any, company: str, change: dict[str, str]
) -> None:
    for name in ("nord", "sued", "weg"):
        branch = {**BRANCH, "company_id": company, "branch_id": name}
        assert (await bench.http.post("/api/branches", json=branch)).status_code == 202
    await bench.http.delete(f"/api/companies/{company}/branches/weg")
    path = f"/api/companies/{company}"
    await bench.http.patch(path, json={"notification_email": "salon@example.org"})
    answer = await bench.http.patch(path, json=change)
    assert change.items() <= answer.json().items()

    async def asked() -> list[Any]:
        found: list[Any] = bench.rows(
            "select document->'data'->>'branch_id' as branch from event_log "
            "where company_id = %s and type = 'branch.refresh_requested' order by 1",
            company,
        )
        return found if len(found) > 1 else []

    assert await eventually(asked, of="the refreshes") == [{"branch": "nord"}, {"branch": "sued"}]


async def test_a_company_records_only_where_it_was_said_so(bench: Any, company: str) -> None:
    path = f"/api/companies/{company}"
    assert (await bench.http.get(path)).json()["recording"] == "off"
    assert (await bench.http.patch(path, json={"recording": "always"})).status_code == 422
    entered = {"name": "Salon Süd", "recording": "consent"}
    assert (await bench.http.post("/api/companies", json=entered)).json()["recording"] == "consent"


async def test_a_paper_has_a_day_that_has_come_and_may_be_withdrawn(bench: Any, company: str) -> None:
    path = f"/api/companies/{company}"
    early = await bench.http.patch(path, json={"dpa_signed_on": "2999-01-01"})
    assert early.status_code == 422
    assert "nothing was signed on a day to come" in early.text
    await bench.http.patch(path, json={"secrecy_signed_on": "2026-11-01"})
    answer = await bench.http.patch(path, json={"secrecy_signed_on": None})
    assert answer.json()["secrecy_signed_on"] is None
    audit = bench.rows("select after from audit where target = %s order by id", company)
    assert [row["after"].get("secrecy_signed_on", "-") for row in audit][-2:] == ["2026-11-01", None]


async def test_a_retried_step_is_asked_for_under_the_same_version(bench: Any, company: str) -> None:
    version = await _branch_with_steps(bench, company, number="failed", publish="done", agent="done")
    path = f"/api/companies/{company}/branches/west/steps"
    answer = await bench.http.post(f"{path}/number/retry")
    assert (answer.status_code, answer.json()["version"]) == (202, version)
    event = await bench.row(
        "select document from event_log where company_id = %s and type = 'branch.refresh_requested'", company
    )
    data = event["document"]["data"]
    assert (data["branch_id"], data["step"], data["reason"]) == ("west", "number", "step.retried")


async def test_a_step_is_not_retried_before_its_turn_nor_where_there_is_none(
    bench: Any, company: str
) -> None:
    await _branch_with_steps(bench, company, number="failed", publish="done")
    path = f"/api/companies/{company}/branches/west/steps"
    bench.rows("update provisioning_steps set state = 'failed' where step = 'publish'")
    early = await bench.http.post(f"{path}/number/retry")
    assert early.status_code == 409
    assert "publish comes before number and is failed" in early.json()["detail"]
    none = await bench.http.post(f"{path}/webhook/retry")
    assert none.status_code == 404
    assert "publish, number" in none.json()["detail"]


async def test_steps_are_shown_in_the_order_in_which_they_are_taken(bench: Any, company: str) -> None:
    await _branch_with_steps(bench, company, number="done", publish="done", agent="done")
    shown = (await bench.http.get(f"/api/companies/{company}/branches/west")).json()
    assert [step["step"] for step in shown["steps"]] == ["agent", "publish", "number"]


async def _branch_with_steps(bench: Any, company: str, **steps: str) -> int:
    branch = {**BRANCH, "company_id": company, "branch_id": "west"}
    version = (await bench.http.post("/api/branches", json=branch)).json()["version"]
    for step, state in steps.items():
        bench.rows(
            "insert into provisioning_steps (company_id, branch_id, step, state) values (%s, 'west', %s, %s)",
            company,
            step,
            state,
        )
    return int(version)


async def test_a_number_moves_with_its_trunk_and_both_branches_say_so(bench: Any, company: str) -> None:
    trunk = {"termination_uri": "salon.pstn.example.com", "fallback_number": "+498999999999"}
    await _enter(bench, company, "from", **trunk)
    await _enter(bench, company, "to", phone_number=None)
    path = f"/api/companies/{company}/numbers/%2B498912345678/move"
    answer = await bench.http.post(path, json={"to": "to"})
    assert answer.status_code == 202, answer.text
    given, got = [
        (await bench.http.get(f"/api/companies/{company}/branches/{name}")).json() for name in ("from", "to")
    ]
    assert got["version"] == answer.json()["version"]
    assert got["branch"] | trunk | {"phone_number": "+498912345678"} == got["branch"]
    assert not {given["branch"][name] for name in (*trunk, "phone_number")} - {None}
    for branch in (given, got):
        await bench.row(
            "select 1 from event_log where id = %s",
            f"branch.updated:{company}:{branch['id']}:{branch['version']}",
        )


async def test_a_number_moves_only_from_who_has_it_to_who_has_none(bench: Any, company: str) -> None:
    await _enter(bench, company, "from")
    await _enter(bench, company, "other", phone_number="+498900000001")
    path = f"/api/companies/{company}/numbers"
    refused = {
        "/%2B498900000009/move from": (404, "No branch"),
        "/%2B498912345678/move nobody": (404, "has the id nobody"),
        "/%2B498912345678/move from": (409, "has +498912345678 already"),
        "/%2B498912345678/move other": (409, "has the number +498900000001"),
    }
    for asked, (status, words) in refused.items():
        where, to = asked.split()
        answer = await bench.http.post(path + where, json={"to": to})
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True), asked


async def test_a_branch_may_go_with_its_number(bench: Any, company: str) -> None:
    for name, query in (("keeps", ""), ("gives", "?release_number=true")):
        await _enter(bench, company, name)
        await bench.http.delete(f"/api/companies/{company}/branches/{name}{query}")
        event = await bench.row(
            "select document from event_log where type = 'branch.deleted' "
            "and company_id = %s and document->'data'->>'branch_id' = %s",
            company,
            name,
        )
        assert event["document"]["data"]["release_number"] is (name == "gives")


async def test_a_trunk_s_password_is_sealed_and_never_shown(bench: Any, company: str) -> None:
    path = f"/api/companies/{company}/trunks"
    login = {"username": "salon", "password": "very secret", "transport": "TLS"}
    assert (await bench.http.put(f"{path}/salon.pstn.example.com", json=login)).status_code == 204
    shown = await bench.http.get(path)
    assert shown.json()["items"] == [
        {"id": "salon.pstn.example.com", "username": "salon", "has_password": True, "transport": "TLS"}
    ]
    [row] = bench.rows("select password_encrypted from sip_trunks where company_id = %s", company)
    assert Fernet(KEY).decrypt(bytes(row["password_encrypted"])) == b"very secret"
    assert "very secret" not in str(bench.rows("select * from audit"))
    assert (await bench.http.delete(f"{path}/salon.pstn.example.com")).status_code == 204
    assert (await bench.http.delete(f"{path}/salon.pstn.example.com")).status_code == 404


async def test_the_branches_of_a_company_learn_of_its_trunk(bench: Any, company: str) -> None:
    await _enter(bench, company, "nord")
    path = f"/api/companies/{company}/trunks/salon.pstn.example.com"
    await bench.http.put(path, json={"username": "salon"})
    event = await bench.row(
        "select document from event_log where company_id = %s and type = 'branch.refresh_requested'", company
    )
    assert event["document"]["data"]["reason"] == "trunk.entered"


async def _enter(bench: Any, company: str, branch_id: str, **changes: Any) -> None:
    branch = {**BRANCH, "company_id": company, "branch_id": branch_id, **changes}
    assert (await bench.http.post("/api/branches", json=branch)).status_code == 202


async def test_a_typo_in_a_field_is_refused_with_its_name(bench: Any, company: str) -> None:
    answer = await bench.http.post("/api/branches", json={**BRANCH, "company_id": company, "timezome": "x"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["timezome"]


async def test_a_branch_of_an_unknown_company_is_refused_and_nothing_is_written(bench: Any) -> None:
    answer = await bench.http.post("/api/branches", json={**BRANCH, "company_id": "nobody", "branch_id": "b"})
    assert answer.status_code == 404
    assert bench.rows("select 1 from branches where company_id = 'nobody'") == []


async def test_who_is_not_known_or_may_not_is_told_so(bench: Any, company: str) -> None:
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False) as nobody:
        assert (await nobody.get("/api/companies")).status_code == 401
        wrong = await nobody.get("/api/companies", auth=("admin", "wrong-password"))
        assert (wrong.status_code, wrong.headers["www-authenticate"][:5]) == (401, "Basic")
        assert (await nobody.get("/api/openapi.json")).status_code == 200
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.get("/api/companies")).status_code == 200
        refused = await viewer.post("/api/companies", json={"name": "x"})
        assert refused.status_code == 403
        assert (await viewer.post(f"/api/companies/{company}/webhook-signature", json={})).status_code in {
            403,
            422,
        }
    async with await bench.as_role("operator") as operator:
        assert (await operator.get("/api/audit", params={"operator": "admin"})).status_code == 403
    assert (await bench.http.get("/api/audit")).status_code == 200


async def test_another_site_cannot_use_what_the_browser_knows(bench: Any) -> None:
    answer = await bench.http.post(
        "/api/companies", json={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_too_many_wrong_passwords_have_to_wait(bench: Any) -> None:
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=20) as guesser:
        statuses = [
            (await guesser.get("/api/queues", auth=("root", f"guess-{n}"))).status_code for n in range(11)
        ]
    assert statuses == [401] * 10 + [429]


async def test_an_event_shows_its_causes_its_effects_and_its_case(bench: Any, make_event: Any) -> None:
    first = make_event("calcom.first", {"email": "a@example.com"}, correlationid="case-1")
    second = make_event("calcom.second", {}, causationid=first.id)
    third = make_event("calcom.third", {}, causationid=second.id)
    same = make_event("calcom.same", {}, correlationid="case-1")
    other = make_event("calcom.other", {}, correlationid="case-1", company="somebody-else")
    for event in (first, second, third, same, other):
        await bench.tell(event)
    for event in (first, second, third, same, other):
        await bench.row("select 1 from event_log where id = %s", event.id)
    story = (await bench.http.get(f"/api/events/{first.id}")).json()
    assert [line["id"] for line in story["trail"]] == [first.id, second.id, third.id, same.id]
    causes = (await bench.http.get(f"/api/events/{third.id}")).json()["trail"]
    assert [line["id"] for line in causes] == [first.id, second.id, third.id]
    found = (await bench.http.get("/api/events", params={"type": "calcom.s*", "company": "acme"})).json()[
        "items"
    ]
    assert {second.id, same.id} <= {item["id"] for item in found}
    assert (await bench.http.get("/api/events/never:was")).status_code == 404


async def test_the_ledger_counts_and_finds_what_is_lost(bench: Any, make_event: Any) -> None:
    event = make_event("stripe.invoice.paid", {})
    await bench.tell(event)
    await bench.delivery("syncer.billing", event.id, "waiting")
    bench.rows(
        "update deliveries set updated_at = now() - interval '2 minutes' where event_id = %s", event.id
    )
    await _ledger_says(bench, unaccounted=0)
    await bench.reject("syncer.billing")
    await bench.delivery("syncer.billing", event.id, "dead")
    lost = make_event("stripe.invoice.paid", {})
    bench.rows(
        "insert into deliveries (queue, event_id, state, updated_at) "
        "values ('syncer.billing', %s, 'waiting', now() - interval '2 minutes')",
        lost.id,
    )
    await _ledger_says(bench, unaccounted=1)
    told = await bench.askpro("ledger", "--json")
    assert (told.code, told.json["unaccounted"]) == (1, 1)
    bench.rows("delete from deliveries where event_id = %s", lost.id)
    assert (await bench.askpro("ledger")).code == 0


async def test_health_tells_each_dependency_and_says_degraded_when_a_provider_is_away(bench: Any) -> None:
    health = (await bench.http.get("/api/health")).json()
    lights = {light["name"]: light["ok"] for light in health["dependencies"]}
    assert lights == {
        "database": True, "broker": True, "cache": None,
        "calcom": False, "retell": False, "stripe": False, "mail": None,
    }  # fmt: skip
    assert health["status"] == "degraded"
    assert {queue["id"] for queue in health["queues"]} >= {"syncer.bookings", "ops_console.event-log"}


async def test_a_person_opens_and_closes_a_circuit(bench: Any) -> None:
    opened = await bench.http.post("/api/circuits/calcom/open", json={"reason": "maintenance", "minutes": 5})
    assert opened.status_code == 200, opened.text
    assert (opened.json()["forced"], opened.json()["forced_by"]) == ("open", "admin")
    assert opened.json()["ends"].startswith("admin's word ends at ")
    closed = await bench.http.post("/api/circuits/calcom/close", json={"reason": "over"})
    assert (closed.json()["state"], closed.json()["forced"]) == ("closed", None)
    kept = await bench.http.post("/api/circuits/calcom/close", json={"reason": "they are slow", "minutes": 5})
    assert (kept.json()["forced"], kept.json()["forced_reason"]) == ("closed", "they are slow")
    left = await bench.http.post("/api/circuits/calcom/auto", json={"reason": "as ever"})
    assert (left.json()["forced"], left.json()["ends"]) == (None, None)
    assert (await bench.http.post("/api/circuits/nobody/close", json={"reason": "over"})).status_code == 404


async def test_a_circuit_tells_what_ends_it_and_how_many_wait_for_it(bench: Any) -> None:
    bench.rows(
        "insert into circuits (name, kind, state, reason, company_id)"
        " values ('calcom:parked', 'credential', 'open', '401: refused', 'parked')"
    )
    bench.rows(
        "insert into deliveries (queue, event_id, state, waits_for)"
        " select 'syncer.bookings', 'parked-' || n, 'redelivery', 'calcom:parked'"
        " from generate_series(1, 3) n"
    )
    circuits = {item["id"]: item for item in (await bench.http.get("/api/circuits")).json()["items"]}
    assert circuits["calcom:parked"]["parked"] == 3
    assert circuits["calcom:parked"]["ends"] == "a new key, or a person who closes it"


async def test_queues_tell_ready_unacknowledged_and_consumers(bench: Any) -> None:
    queues = {item["id"]: item for item in (await bench.http.get("/api/queues")).json()["items"]}
    assert queues["ops_console.event-log"]["unacknowledged"] is not None


async def test_operators_are_kept_as_hashes(bench: Any) -> None:
    with psycopg.connect(bench.database_url) as connection:
        hashes = connection.execute("select password_hash from operators").fetchall()
    assert all(row[0].startswith("$argon2id$") for row in hashes)


async def _ledger_says(bench: Any, *, unaccounted: int) -> None:
    from tests.support import eventually

    async def probe() -> bool:
        ledger = (await bench.http.get("/api/ledger")).json()
        return bool(ledger["unaccounted"] == unaccounted)

    await eventually(probe, within=30, of=f"{unaccounted} unaccounted")
