"""Who comes in, how often one may try, what admins see and change; behind https."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from tests.integration.console.bench import PASSWORD

COOKIE = "__Host-askpro_session"


@pytest.fixture(scope="module")
def provider_urls() -> dict[str, str]:
    return {"CONSOLE_PUBLIC_URL": "https://console.example"}


@pytest.fixture
async def stranger(bench: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody yet, from another address than the tests' own: its failures are its own."""
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
    headers = {"Accept": "text/html"}
    async with httpx.AsyncClient(
        base_url=bench.url, transport=transport, headers=headers, timeout=60
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def forgiven(bench: Any) -> None:
    """What an earlier test failed at is not this one's."""
    bench.rows("delete from audit where action = 'login.refused'")


async def log_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/login", data={"name": name, "password": password, "next": "/"})


async def session(client: httpx.AsyncClient, name: str) -> dict[str, str]:
    """The header of a new session: of plain http a Secure cookie keeps away."""
    answer = await log_in(client, name)
    return {"Cookie": answer.headers["set-cookie"].split(";")[0]}


def added(bench: Any, name: str, role: str = "operator") -> str:
    """One more person, with everybody's password."""
    values = "insert into operators (name, password_hash, role) select %s, password_hash, %s from operators"
    bench.rows(f"{values} where name = 'admin'", name, role)
    return name


async def guess(client: httpx.AsyncClient, names: Sequence[str]) -> list[int]:
    return [(await log_in(client, name, "a-guess")).status_code for name in names]


async def test_behind_https_the_cookie_is_one_that_no_other_host_can_set(
    stranger: httpx.AsyncClient,
) -> None:
    cookie = (await log_in(stranger, "viewer")).headers["set-cookie"]
    assert re.match(rf"{COOKIE}=[\w\-]+; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax; Secure$", cookie), (
        cookie
    )
    token = cookie.split(";")[0].split("=")[1]
    assert (await stranger.get("/", headers={"Cookie": f"{COOKIE}={token}"})).status_code == 200
    assert (await stranger.get("/", headers={"Cookie": f"askpro_session={token}"})).status_code == 303


async def test_one_address_that_tries_many_names_has_to_wait(stranger: httpx.AsyncClient) -> None:
    tried = await guess(stranger, [f"name-{number}" for number in range(31)])
    assert tried == [401] * 30 + [429]


async def test_many_addresses_that_guess_at_one_name_have_to_wait_and_who_was_here_before_has_not(
    bench: Any, stranger: httpx.AsyncClient
) -> None:
    name = added(bench, "often-guessed")
    assert (await log_in(stranger, name)).status_code == 303
    bench.rows(
        "insert into audit (operator, action, target, after) select %s, 'login.refused', 'login',"
        " jsonb_build_object('address', '10.0.0.' || n) from generate_series(1, 50) n",
        name,
    )
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.7")
    async with httpx.AsyncClient(base_url=bench.url, transport=transport, timeout=20) as elsewhere:
        assert await guess(elsewhere, [name]) == [429]
    assert await guess(stranger, [name]) == [401]


async def test_a_hundred_guesses_at_once_are_no_way_around_the_limit(
    stranger: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(*(log_in(stranger, "admin", f"guess-{n}") for n in range(100)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * 10 + [429] * 90


async def test_a_right_password_counts_as_no_failure(bench: Any, stranger: httpx.AsyncClient) -> None:
    statuses = [(await log_in(stranger, "viewer")).status_code for _ in range(12)]
    assert statuses == [303] * 12
    assert bench.rows("select 1 from audit where action = 'login.refused'") == []


async def test_a_password_that_is_typed_as_name_is_written_down_nowhere(
    bench: Any, stranger: httpx.AsyncClient
) -> None:
    await guess(stranger, ["my-very-secret-password", "admin"])
    told = bench.rows("select operator, target from audit where action = 'login.refused' order by id")
    assert told[1] == {"operator": "admin", "target": "login:admin"}
    assert told[0]["operator"].startswith("unknown-")
    assert "very-secret" not in str(told)


async def test_who_comes_in_and_goes_is_in_the_audit(bench: Any, stranger: httpx.AsyncClient) -> None:
    name = added(bench, "comes-and-goes")
    held = await session(stranger, name)
    page = await stranger.get("/", headers=held)
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert csrf is not None
    await stranger.post("/logout", data={"csrf": csrf.group(1)}, headers=held)
    told = bench.rows("select action, after from audit where target = %s order by id", f"login:{name}")
    assert told == [
        {"action": "login.accepted", "after": {"address": "127.0.0.9"}},
        {"action": "login.ended", "after": None},
    ]


async def test_who_was_added_from_a_shell_stands_in_the_audit(bench: Any) -> None:
    told = bench.rows("select operator, action, after from audit where target = 'operator:viewer'")
    assert (told[0]["action"], told[0]["after"]) == ("operator.added", {"role": "viewer"})
    assert told[0]["operator"].startswith("shell of ")


async def test_a_session_that_nobody_uses_ends_and_a_page_that_asks_by_itself_does_not_use_it(
    bench: Any, stranger: httpx.AsyncClient
) -> None:
    name = added(bench, "idle")
    held = await session(stranger, name)

    def unused(minutes: int) -> None:
        since = "update operator_sessions set last_seen_at = now() - make_interval(mins => %s)"
        bench.rows(f"{since} where operator = %s", minutes, name)

    unused(59)
    assert (await stranger.get("/overview/live", headers={**held, "HX-Request": "true"})).status_code == 200
    seen = "select last_seen_at < now() - interval '58 minutes' as before from operator_sessions"
    assert bench.rows(f"{seen} where operator = %s", name)[0]["before"]
    assert (await stranger.get("/queues", headers=held)).status_code == 200
    assert not bench.rows(f"{seen} where operator = %s", name)[0]["before"]
    unused(61)
    assert (await stranger.get("/queues", headers=held)).status_code == 303


async def test_who_is_removed_is_out_with_the_next_request_and_not_in_again(
    bench: Any, stranger: httpx.AsyncClient
) -> None:
    name = added(bench, "leaves")
    held = await session(stranger, name)
    assert (await stranger.get("/api/queues", auth=(name, PASSWORD))).status_code == 200
    done = await bench.askpro("operators", "remove", name, "--yes", "--json")
    assert done.code == 0, done.err
    assert (await stranger.get("/queues", headers=held)).status_code == 303
    assert (await stranger.get("/api/queues", auth=(name, PASSWORD))).status_code == 401
    assert (await log_in(stranger, name)).status_code == 401
    told = bench.rows("select operator, before from audit where action = 'operator.removed'")
    assert told == [{"operator": "admin", "before": {"role": "operator"}}]
    await bench.askpro("operators", "add", name, "--password-stdin", stdin=PASSWORD)
    assert (await log_in(stranger, name)).status_code == 303


async def test_a_changed_role_holds_with_the_next_request_and_is_told_with_what_was_before(
    bench: Any,
) -> None:
    name = added(bench, "rises")
    async with httpx.AsyncClient(base_url=bench.url, auth=(name, PASSWORD), timeout=20) as client:
        assert (await client.get("/api/operators")).status_code == 403
        done = await bench.askpro("operators", "role", name, "admin", "--reveal", "--json")
        assert (done.json["role"], done.json["may_reveal"]) == ("admin", True)
        assert (await client.get("/api/operators")).status_code == 200
    told = bench.rows(
        "select before, after from audit where action = 'operator.changed' and target = %s",
        f"operator:{name}",
    )
    was, became = {"role": "operator", "may_reveal": False}, {"role": "admin", "may_reveal": True}
    assert told == [{"before": was, "after": became}]
    bench.rows("update operators set role = 'viewer' where name = %s", name)


async def test_the_last_admin_stays_and_nobody_removes_themselves(bench: Any) -> None:
    refused = await bench.askpro("operators", "role", "admin", "viewer")
    assert (refused.code, "last admin" in refused.err) == (1, True)
    assert (await bench.http.delete("/api/operators/admin")).status_code == 409
    admins = added(bench, "second-admin", "admin")
    both = await asyncio.gather(
        bench.http.patch("/api/operators/admin", json={"role": "viewer"}),
        bench.http.patch(f"/api/operators/{admins}", json={"role": "viewer"}),
    )
    # Whoever was first has lost the role by then, or the other one's was the last.
    assert sorted(answer.status_code for answer in both) in ([200, 403], [200, 409])
    bench.rows("update operators set role = 'admin' where name = 'admin'")


async def test_sessions_are_listed_and_ended(bench: Any, stranger: httpx.AsyncClient) -> None:
    name = added(bench, "everywhere")
    held = await session(stranger, name)
    await session(stranger, name)
    listed = await bench.askpro("operators", "sessions", name, "--json")
    assert len(listed.json["items"]) == 2
    people = (await bench.askpro("operators", "list", "--json")).json["items"]
    assert next(one["sessions"] for one in people if one["id"] == name) == 2
    over = (
        "update operator_sessions set last_seen_at = now() - interval '61 minutes' where token_hash like %s"
    )
    bench.rows(over, listed.json["items"][1]["id"] + "%")
    left = await bench.http.get(f"/api/operators/{name}/sessions")
    assert [one["id"] for one in left.json()["items"]] == [listed.json["items"][0]["id"]]
    assert (await bench.askpro("operators", "sessions", name, "--end", "--json")).json["ended"] == 2
    assert (await stranger.get("/queues", headers=held)).status_code == 303


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_only_an_admin_looks_after_people(bench: Any, stranger: httpx.AsyncClient, role: str) -> None:
    held = await session(stranger, role)
    assert (await stranger.get("/operators", headers=held)).status_code == 403
    assert 'href="/operators"' not in (await stranger.get("/queues", headers=held)).text
    async with await bench.as_role(role) as client:
        for answer in (
            await client.get("/api/operators"),
            await client.patch("/api/operators/admin", json={"role": "viewer"}),
            await client.delete("/api/operators/admin"),
            await client.get("/api/operators/admin/sessions"),
            await client.delete("/api/operators/admin/sessions"),
        ):
            assert answer.status_code == 403


@pytest.mark.parametrize("provider", ["stripe", "events"])
async def test_what_speaks_for_every_company_is_signed_for_admins_alone(
    bench: Any, company: str, provider: str
) -> None:
    path, wish = f"/api/companies/{company}/webhook-signature", {"provider": provider, "body": "e30="}
    async with await bench.as_role("operator") as operator:
        refused = await operator.post(path, json=wish)
        own = await operator.post(path, json={**wish, "provider": "calcom"})
    assert (refused.status_code, own.status_code) == (403, 200)
    assert (await bench.http.post(path, json=wish)).status_code == 200
