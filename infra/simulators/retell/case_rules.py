"""What Retell refuses in a test case and in a run of several."""

from infra.simulators.retell.access import Call
from infra.simulators.retell.catalogue import MODELS
from infra.simulators.retell.checks import (
    an_object,
    flag,
    list_of_texts,
    number_between,
    objects,
    one_of,
    refuse,
    required,
    text,
    texts,
)
from infra.simulators.retell.errors import Refusal
from infra.simulators.store import Document

ENGINES = ("retell-llm", "conversation-flow")
_REQUIRED = ("name", "response_engine", "user_prompt", "metrics")
_KNOWN = frozenset({*_REQUIRED, "dynamic_variables", "tool_mocks", "llm_model"})
_LONGEST_OUTPUT, _MOST_CASES = 15_000, 1000


def check_case(call: Call, body: Document, *, complete: bool) -> None:
    """`complete`: a new one, which must have name, engine, prompt and metrics."""
    for name in body:
        if name not in _KNOWN:
            raise refuse(name, "must NOT be there: the endpoint has no such property")
    if complete:
        required(body, *_REQUIRED)
    text(body, "name", "user_prompt")
    list_of_texts(body, "metrics")
    texts(body, "dynamic_variables")
    one_of(body, "llm_model", MODELS)
    objects(body, "tool_mocks")
    for mock in body.get("tool_mocks") or []:
        _check_mock(mock)
    if "response_engine" in body:
        check_engine(call, body)


def _check_mock(mock: Document) -> None:
    required(mock, "tool_name", "input_match_rule", "output")
    text(mock, "tool_name", "output")
    flag(mock, "result")
    an_object(mock, "input_match_rule")
    if len(mock["output"]) > _LONGEST_OUTPUT:
        raise refuse("tool_mocks.output", f"must NOT have more than {_LONGEST_OUTPUT} characters")
    rule = mock["input_match_rule"]
    required(rule, "type")
    one_of(rule, "type", ("any", "partial_match"))
    if rule["type"] == "partial_match":
        required(rule, "args")
        an_object(rule, "args")


def check_engine(call: Call, body: Document) -> None:
    """It is named, and the workspace has it; its version may be any number: a run tells of a wrong one."""
    required(body, "response_engine")
    an_object(body, "response_engine")
    engine = body["response_engine"]
    required(engine, "type")
    one_of(engine, "type", ENGINES)
    name = "llm_id" if engine["type"] == "retell-llm" else "conversation_flow_id"
    required(engine, name)
    text(engine, name)
    number_between(engine, "version", 0, 10**9)
    # There are no conversation flows here.
    asset = call.store.get("llms", engine[name]) if name == "llm_id" else None
    if asset is None or asset["workspace"] != call.owner:
        raise Refusal(400, f"Response engine {engine[name]} not found")


def check_batch(call: Call, body: Document) -> list[Document]:
    """The definitions to run, which must be of the engine that runs them."""
    check_engine(call, body)
    required(body, "test_case_definition_ids")
    list_of_texts(body, "test_case_definition_ids")
    ids = body["test_case_definition_ids"]
    if not 1 <= len(ids) <= _MOST_CASES:
        raise refuse("test_case_definition_ids", f"must have 1 to {_MOST_CASES} items")
    return [_definition(call, body["response_engine"], each) for each in ids]


def _definition(call: Call, engine: Document, case_id: str) -> Document:
    case = call.store.get("test-cases", case_id)
    if case is None or case["workspace"] != call.owner:
        raise Refusal(400, f"Test case definition {case_id} not found")
    definition: Document = case["definition"]
    if definition["response_engine"].get("llm_id") != engine.get("llm_id"):
        raise Refusal(400, f"Test case definition {case_id} is for another response engine")
    return definition
