"""One JSON Patch over a group is seen on real members before anything is sent."""

import json
import secrets
from typing import Any

QUEUE = "syncer.booking-requests"
START = {"op": "replace", "path": "/start", "value": "2027-03-02T10:00:00Z"}
RIGHT = {"company_id": "acme", "uid": "u", "hinted_at": "2026-03-02T10:00:00Z"}


def bury(bench: Any, group: str, datas: list[Any]) -> list[int]:
    """Dead letters of one error, the first the eldest; their ids."""
    ids = []
    for number, data in enumerate(datas):
        envelope = {
            "specversion": "1.0", "id": f"{group}-{number}", "source": "t", "type": "booking.hinted",
            "time": "2026-03-02T10:00:00Z", "companyid": "acme", "data": data,
        }  # fmt: skip
        row = bench.rows(
            "insert into deliveries (queue, event_id, state, attempt, event_type, company_id, fingerprint, "
            "group_id, body, history, updated_at) "
            "values (%s, %s, 'dead', 1, 'booking.hinted', 'acme', %s, %s, "
            "%s, '[]', now() - make_interval(hours => %s)) returning id",
            QUEUE, f"{group}-{number}", group, group, json.dumps(envelope).encode(), 1000 - number,
        )  # fmt: skip
        ids.append(row[0]["id"])
    return ids


async def test_a_preview_tells_of_each_kind_how_many_and_shows_real_ones(bench: Any) -> None:
    group = secrets.token_hex(8)
    wrong = {**RIGHT, "hinted_at": "then"}
    ids = bury(bench, group, [wrong, RIGHT, {**wrong, "uid": None}, {"company_id": "acme"}, "text"])
    patch = [{"op": "replace", "path": "/hinted_at", "value": RIGHT["hinted_at"]}]
    answer = await bench.http.post("/api/dead-letters/patch/preview", json={"group": group, "patch": patch})
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert seen["counts"] == {"fits": 1, "unfit": 2, "breaks": 1, "unchanged": 1}
    assert (seen["found"], seen["tried"]) == (5, 5)
    members = {one["id"]: one for one in seen["items"]}
    assert [line["text"] for line in members[ids[0]]["diff"] if line["kind"] == "came"] == [
        '+  "hinted_at": "2026-03-02T10:00:00Z"'
    ]
    assert [fault["field"] for fault in members[ids[2]]["faults"]] == ["uid"]
    assert "/hinted_at" in members[ids[3]]["why"]
    assert {
        row["state"] for row in bench.rows("select state from deliveries where group_id = %s", group)
    } == {"dead"}


async def test_of_many_both_ends_and_some_between_are_shown_and_five_hundred_tried(bench: Any) -> None:
    group = secrets.token_hex(8)
    ids = bury(bench, group, [{**RIGHT, "uid": "wrong"}] * 601)
    wish = {"group": group, "patch": [{"op": "replace", "path": "/uid", "value": "right"}]}
    seen = (await bench.http.post("/api/dead-letters/patch/preview", json=wish)).json()
    assert seen["found"] == 601
    assert 300 <= seen["tried"] <= 520
    assert seen["counts"]["fits"] == seen["tried"]
    shown = [one["id"] for one in seen["items"]]
    assert len(shown) == 20
    assert {*ids[:7], *ids[-7:]} < set(shown)


async def test_what_is_no_patch_or_meets_nobody_is_refused_and_a_viewer_too(bench: Any) -> None:
    path = "/api/dead-letters/patch/preview"
    for patch in ([], [{"op": "sub"}], [START, {"op": "add", "path": "x", "value": 1}]):
        assert (await bench.http.post(path, json={"queue": QUEUE, "patch": patch})).status_code == 422
    assert (await bench.http.post(path, json={"patch": [START]})).status_code == 422
    assert (await bench.http.post(path, json={"group": "none", "patch": [START]})).status_code == 409
    async with await bench.as_role("viewer") as viewer:
        assert (await viewer.post(path, json={"queue": QUEUE, "patch": [START]})).status_code == 403


async def test_askpro_tells_what_a_patch_would_make_of_a_group(bench: Any) -> None:
    group = secrets.token_hex(8)
    bury(bench, group, [{**RIGHT, "hinted_at": "then"}, {"company_id": "acme"}])
    patch = json.dumps([{"op": "replace", "path": "/hinted_at", "value": RIGHT["hinted_at"]}])
    asked = ("dead-letters", "patch", "-", "--group", group)
    told = await bench.askpro(*asked, "--preview", stdin=patch)
    assert (told.code, "1 fits, 1 unfit" in told.out) == (0, True), told.err
    assert '"hinted_at": "2026-03-02T10:00:00Z"' in told.out
    unfit = await bench.askpro(*asked, "--preview", "--json", stdin='[{"op": "remove", "path": "/none"}]')
    assert (unfit.code, unfit.json["counts"]["unfit"]) == (1, 2)
    assert (await bench.askpro(*asked, stdin=patch)).code == 2
    asking = await bench.askpro(*asked, "--reason", "wrong time", stdin=patch)
    assert (asking.code, "--yes" in asking.err) == (2, True)
    begun = await bench.askpro(*asked, "--reason", "wrong time", "--yes", "--no-wait", "--json", stdin=patch)
    assert (begun.code, begun.json["kind"]) == (0, "patch-replay"), begun.err
