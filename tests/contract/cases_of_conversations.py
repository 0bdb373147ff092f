"""What our client asks of Retell about simulated conversations, and what must not pass."""

from typing import Final

from tests.contract import asking_retell as ask
from tests.contract.case import of_retell as _case
from tests.contract.wrong import changed, query, status, without, without_key

_WRONG_CASES: Final = (
    changed("metrics", "gebucht"),
    changed("tool_mocks.0.input_match_rule.type", "exact"),
    changed("tool_mocks.0.result", "yes"),
    changed("dynamic_variables.heute", 7),
    changed("title", "Termin buchen"),
)

CONVERSATION_CASES: Final = (
    _case(
        "case.create",
        "POST /create-test-case-definition",
        ask.create_case,
        (without("user_prompt"), without("response_engine.llm_id"), *_WRONG_CASES),
        (without("test_case_definition_id"), without("name"), changed("type", "rehearsal")),
    ),
    _case(
        "case.list",
        "GET /v2/list-test-case-definitions",
        ask.list_cases,
        (query(type="llm"), query(limit="5000"), without_key()),
        (without("items.0.test_case_definition_id"), changed("items", {})),
    ),
    _case(
        "case.update",
        "PUT /update-test-case-definition/{test_case_definition_id}",
        ask.update_case,
        _WRONG_CASES,
        (without("test_case_definition_id"), changed("metrics", "gebucht")),
    ),
    _case(
        "case.delete",
        "DELETE /delete-test-case-definition/{test_case_definition_id}",
        ask.delete_case,
        (without_key(),),
        (status(202),),
    ),
    _case(
        "batch.create",
        "POST /create-batch-test",
        ask.start_batch,
        (
            without("response_engine"),
            changed("test_case_definition_ids", []),
            changed("response_engine.version", "zero"),
            changed("cases", []),
        ),
        (without("test_case_batch_job_id"), changed("status", "over"), changed("pass_count", -1)),
    ),
    _case(
        "batch.get",
        "GET /get-batch-test/{test_case_batch_job_id}",
        ask.get_batch,
        (without_key(),),
        (without("status"), changed("total_count", "ten")),
    ),
    _case(
        "batch.runs",
        "GET /v2/list-test-runs/{test_case_batch_job_id}",
        ask.list_runs,
        (query(limit="5000"), without_key()),
        (
            without("items.0.test_case_definition_snapshot"),
            changed("items.0.status", "passed"),
            changed("items.0.result_explanation", 7),
        ),
    ),
)
