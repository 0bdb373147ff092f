"""Test cases at Retell, with its own library as the client."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from retell import AsyncRetell, BadRequestError, NotFoundError

TOOL = {"type": "custom", "name": "check_availability", "url": "https://tools.example.org"}
MOCK = {"tool_name": "check_availability", "input_match_rule": {"type": "any"}, "output": '{"status":"free"}'}


@pytest.fixture
async def library(workspace: Any) -> AsyncIterator[AsyncRetell]:
    async with AsyncRetell(api_key=workspace.key, base_url=workspace.control.root, max_retries=0) as library:
        yield library


def wish(llm_id: str, name: str = "Buchen", **details: Any) -> dict[str, Any]:
    engine = {"type": "retell-llm", "llm_id": llm_id}
    prompt = "Du willst morgen einen Haarschnitt."
    return {"name": name, "response_engine": engine, "user_prompt": prompt, "metrics": ["booked"], **details}


async def run(library: AsyncRetell, workspace: Any, llm_id: str, *cases: Any, **engine: Any) -> Any:
    """A batch that is over."""
    started = await library.tests.create_batch_test(
        response_engine={"type": "retell-llm", "llm_id": llm_id, **engine},
        test_case_definition_ids=[case.test_case_definition_id for case in cases],
    )
    await workspace.control.configure(test_seconds=0)
    return await library.tests.get_batch_test(started.test_case_batch_job_id)


async def test_a_definition_is_made_read_changed_listed_and_deleted(
    library: AsyncRetell, workspace: Any
) -> None:
    llm_id, other = await workspace.llm(TOOL), await workspace.llm()
    made = await library.tests.create_test_case_definition(**wish(llm_id, tool_mocks=[MOCK]))
    await library.tests.create_test_case_definition(**wish(other))
    assert (made.type, made.dynamic_variables) == ("simulation", {})
    assert made.tool_mocks[0].tool_name == "check_availability"
    changed = await library.tests.update_test_case_definition(
        made.test_case_definition_id, user_prompt="Du sagst ab.", dynamic_variables={"heute": "Dienstag"}
    )
    assert (changed.user_prompt, changed.name) == ("Du sagst ab.", "Buchen")
    got = await library.tests.get_test_case_definition(made.test_case_definition_id)
    assert got == changed
    listed = await library.tests.list_test_case_definitions(type="retell-llm", llm_id=llm_id)
    assert listed.items == [changed]
    await library.tests.delete_test_case_definition(made.test_case_definition_id)
    with pytest.raises(NotFoundError):
        await library.tests.get_test_case_definition(made.test_case_definition_id)


async def test_a_batch_goes_on_for_a_while_and_then_tells_how_each_case_ended(
    library: AsyncRetell, workspace: Any
) -> None:
    await workspace.control.configure(test_seconds=60)
    llm_id = await workspace.llm(TOOL)
    case = await library.tests.create_test_case_definition(**wish(llm_id, tool_mocks=[MOCK]))
    engine: Any = {"type": "retell-llm", "llm_id": llm_id}
    started = await library.tests.create_batch_test(
        response_engine=engine, test_case_definition_ids=[case.test_case_definition_id]
    )
    batch_id = started.test_case_batch_job_id
    assert (started.status, started.total_count, started.pass_count) == ("in_progress", 1, 0)
    states = []
    for seconds in (0, 45, 90):
        await workspace.control.set_time(datetime.now(UTC) + timedelta(seconds=seconds))
        (job,) = (await library.tests.list_test_runs(batch_id)).items
        states.append((job.status, job.result_explanation is not None))
    assert states == [("pending", False), ("in_progress", False), ("pass", True)]
    assert job.test_case_definition_snapshot == case
    assert await library.tests.get_test_run(job.test_case_job_id) == job
    over = await library.tests.get_batch_test(batch_id)
    assert (over.status, over.pass_count, over.fail_count, over.error_count) == ("complete", 1, 0, 0)


async def test_a_case_fails_without_its_tool_and_is_an_error_without_its_version(
    library: AsyncRetell, workspace: Any
) -> None:
    llm_id = await workspace.llm(TOOL)
    mock = {**MOCK, "tool_name": "cancel_appointment"}
    case = await library.tests.create_test_case_definition(**wish(llm_id, tool_mocks=[MOCK, mock]))
    failed = await run(library, workspace, llm_id, case)
    assert (failed.pass_count, failed.fail_count, failed.error_count) == (0, 1, 0)
    (job,) = (await library.tests.list_test_runs(failed.test_case_batch_job_id)).items
    assert "cancel_appointment" in (job.result_explanation or "")
    broken = await run(library, workspace, llm_id, case, version=7)
    assert (broken.pass_count, broken.fail_count, broken.error_count) == (0, 0, 1)


async def test_control_decides_on_one_case_or_on_all(library: AsyncRetell, workspace: Any) -> None:
    llm_id = await workspace.llm()
    booking = await library.tests.create_test_case_definition(**wish(llm_id, "Buchen"))
    moving = await library.tests.create_test_case_definition(**wish(llm_id, "Verschieben"))
    await workspace.control.decide_tests("fail", "Buchen", "Der Termin wurde zweimal gebucht.")
    batch = await run(library, workspace, llm_id, booking, moving)
    assert (batch.pass_count, batch.fail_count) == (1, 1)
    await workspace.control.decide_tests("error")
    batch = await run(library, workspace, llm_id, booking, moving)
    assert (batch.fail_count, batch.error_count) == (1, 1)
    await workspace.control.call("DELETE", "/_control/test-outcomes")
    assert (await run(library, workspace, llm_id, booking, moving)).pass_count == 2
    answer = await workspace.http.post("/_control/test-outcomes", json={"status": "maybe"})
    assert answer.status_code == 400


async def test_a_batch_is_judged_by_what_was_known_when_it_started(
    library: AsyncRetell, workspace: Any
) -> None:
    await workspace.control.configure(test_seconds=60)
    llm_id = await workspace.llm()
    case = await library.tests.create_test_case_definition(**wish(llm_id))
    engine: Any = {"type": "retell-llm", "llm_id": llm_id}
    started = await library.tests.create_batch_test(
        response_engine=engine, test_case_definition_ids=[case.test_case_definition_id]
    )
    await workspace.control.decide_tests("fail")
    await library.tests.delete_test_case_definition(case.test_case_definition_id)
    await workspace.control.configure(test_seconds=0)
    assert (await library.tests.get_batch_test(started.test_case_batch_job_id)).pass_count == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"metrics": None},
        {"metrics": "booked"},
        {"user_prompt": 7},
        {"response_engine": {"type": "custom-llm", "llm_websocket_url": "wss://x"}},
        {"response_engine": {"type": "retell-llm", "llm_id": "llm_no"}},
        {"dynamic_variables": {"a": 1}},
        {"llm_model": "gpt-2"},
        {"tool_mocks": [{**MOCK, "output": "x" * 15_001}]},
        {"tool_mocks": [{**MOCK, "output": {"status": "free"}}]},
        {"tool_mocks": [{**MOCK, "input_match_rule": {"type": "exact"}}]},
        {"tool_mocks": [{**MOCK, "input_match_rule": {"type": "partial_match"}}]},
        {"tool_mocks": [{"tool_name": "x"}]},
        {"mocks": []},
    ],
    ids=str,
)
async def test_a_definition_that_retell_would_not_take(workspace: Any, change: dict[str, Any]) -> None:
    body = {**wish(await workspace.llm()), **change}
    assert (await workspace.http.post("/create-test-case-definition", json=body)).status_code == 400


async def test_a_batch_that_retell_would_not_take(library: AsyncRetell, workspace: Any) -> None:
    llm_id, other = await workspace.llm(), await workspace.llm()
    case = await library.tests.create_test_case_definition(**wish(llm_id))
    known = case.test_case_definition_id
    wrong = [(llm_id, []), (llm_id, ["no"]), (other, [known]), ("llm_no", [known]), (llm_id, [known] * 1001)]
    for wanted, ids in wrong:
        with pytest.raises(BadRequestError):
            await library.tests.create_batch_test(
                response_engine={"type": "retell-llm", "llm_id": wanted}, test_case_definition_ids=ids
            )


@pytest.mark.parametrize("query", [{}, {"type": "custom-llm"}, {"type": "retell-llm"}])
async def test_definitions_are_listed_by_engine(workspace: Any, query: dict[str, str]) -> None:
    assert (await workspace.http.get("/v2/list-test-case-definitions", params=query)).status_code == 400


async def test_another_workspaces_cases_and_runs_do_not_exist(library: AsyncRetell, workspace: Any) -> None:
    llm_id = await workspace.llm()
    case = await library.tests.create_test_case_definition(**wish(llm_id))
    batch = await run(library, workspace, llm_id, case)
    (job,) = (await library.tests.list_test_runs(batch.test_case_batch_job_id)).items
    other = await workspace.control.add_workspace(name="Other")
    headers = {"Authorization": f"Bearer {other['api_key']}"}
    for path in (
        f"/get-test-case-definition/{case.test_case_definition_id}",
        f"/get-batch-test/{batch.test_case_batch_job_id}",
        f"/v2/list-test-runs/{batch.test_case_batch_job_id}",
        f"/get-test-run/{job.test_case_job_id}",
    ):
        assert (await workspace.http.get(path, headers=headers)).status_code == 404, path
