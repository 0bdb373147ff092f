"""Which circuits there are, and which a person can have a word on."""

from typing import Any

import pytest


@pytest.mark.parametrize("name", ["calcmo", "calcom:", "calcom:nobody", "chat:chat.example.org", "hook:0123"])
@pytest.mark.parametrize("wish", ["open", "close", "auto"])
async def test_a_circuit_that_no_call_looks_at_is_refused_with_a_hint(
    bench: Any, name: str, wish: str
) -> None:
    answer = await bench.http.post(f"/api/circuits/{name}/{wish}", json={"reason": "a typo"})
    assert answer.status_code == 404
    assert "askpro" in answer.json()["detail"]
    assert bench.rows("select 1 from circuits where name = %s", name) == []


async def test_dependencies_that_never_opened_are_listed_as_closed(bench: Any) -> None:
    circuits = {item["id"]: item for item in (await bench.http.get("/api/circuits")).json()["items"]}
    assert (circuits["smtp"]["state"], circuits["smtp"]["kind"]) == ("closed", "dependency")
    assert (circuits["smtp"]["parked"], circuits["smtp"]["ends"]) == (0, None)
    assert circuits.keys() >= {"calcom", "calcom.voice", "retell", "stripe", "smtp", "chat", "messages"}


@pytest.mark.parametrize("provider", ["calcom", "retell"])
async def test_a_companys_key_is_closed_to_calls_before_it_ever_failed(
    bench: Any, company: str, provider: str
) -> None:
    answer = await bench.http.post(
        f"/api/circuits/{provider}:{company}/open", json={"reason": "they asked us to", "minutes": 5}
    )
    assert answer.status_code == 200, answer.text
    line = answer.json()
    assert (line["kind"], line["company_id"], line["forced"]) == ("credential", company, "open")


async def test_a_circuit_that_was_open_before_is_known_whatever_its_name(bench: Any) -> None:
    bench.rows("insert into circuits (name, kind, state) values ('hook:abc', 'credential', 'closed')")
    opened = await bench.http.post("/api/circuits/hook:abc/open", json={"reason": "spam", "minutes": 5})
    assert (opened.status_code, opened.json()["kind"]) == (200, "credential")
