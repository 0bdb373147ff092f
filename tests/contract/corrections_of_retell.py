"""What is wrong in Retell's document; what it lacks has the types of Retell's own client, which is newer."""

from typing import Any, Final

from pydantic import TypeAdapter
from retell.types import (
    AgentListResponse,
    AgentListVersionsResponse,
    CallUpdateLiveParams,
    IdentityRetrieveResponse,
    agent_create_params,
    agent_list_params,
    llm_create_params,
)

from tests.contract.corrections import (
    RETELL,
    Correction,
    Schema,
    json_content,
    nodes,
    operations,
    properties,
    ref,
    schemas,
)

_PAGES: Final = [
    {"$ref": f"#/components/parameters/{name}Param"} for name in ("Limit", "SortOrder", "PaginationKey")
]


def _of_client(document: Schema, name: str, kind: Any) -> Schema:
    """A type of the official client as a named schema."""
    schema = TypeAdapter(kind).json_schema(ref_template=f"#/components/schemas/{name}.{{model}}")
    for inner, each in schema.pop("$defs", {}).items():
        schemas(document)[f"{name}.{inner}"] = each
    schemas(document)[name] = schema
    return ref(name)


def _null_in_enums(document: Schema) -> None:
    for node in nodes(document):
        if node.get("nullable") and None in (node.get("enum") or []):
            node["enum"] = [value for value in node["enum"] if value is not None]


def _errors(document: Schema) -> None:
    responses = document["components"]["responses"]
    for response in responses.values():
        response["content"]["application/json"]["schema"]["required"] = ["status", "message"]
    for operation in operations(document):
        any_error = {"$ref": "#/components/responses/BadRequest"}
        operation["responses"] = {"4XX": any_error, "5XX": any_error, **operation["responses"]}


def _operation(answer: Schema, *parameters: Schema, body: Schema | None = None) -> Schema:
    answers = {"200": {"description": "done", "content": json_content(answer)}}
    described: Schema = {"parameters": list(parameters), "responses": answers}
    return described | ({"requestBody": {"required": True, "content": json_content(body)}} if body else {})


def _in_path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _list_agents(document: Schema) -> None:
    criteria = _of_client(document, "ListAgentsFilter", agent_list_params.FilterCriteria)
    body = {"type": "object", "properties": {"filter_criteria": criteria}}
    answer = _of_client(document, "ListAgents", AgentListResponse)
    document["paths"]["/v2/list-agents"] = {"post": _operation(answer, *_PAGES, body=body)}


def _list_versions(document: Schema) -> None:
    answer = _of_client(document, "ListVersions", AgentListVersionsResponse)
    document["paths"]["/list-agent-versions/{agent_id}"] = {
        "get": _operation(answer, _in_path("agent_id"), *_PAGES)
    }


def _update_live_call(document: Schema) -> None:
    body = _of_client(document, "UpdateLiveCall", CallUpdateLiveParams)
    document["paths"]["/v2/update-live-call/{call_id}"] = {
        "patch": _operation(ref("V2CallResponse"), _in_path("call_id"), body=body)
    }


def _api_key_info(document: Schema) -> None:
    answer = _of_client(document, "ApiKeyInfo", IdentityRetrieveResponse)
    document["paths"]["/get-api-key-info"] = {"get": _operation(answer)}


def _model_config(document: Schema) -> None:
    config = _of_client(document, "ModelConfig", llm_create_params.ModelConfig)
    properties(document, "RetellLlmOverride")["model_config"] = config


def _contact_memory(document: Schema) -> None:
    memory = _of_client(document, "ContactMemory", agent_create_params.ContactMemoryConfig)
    properties(document, "AgentRequest")["contact_memory_config"] = memory


def _max_retry(document: Schema) -> None:
    properties(document, "CustomTool")["max_retry"] = {"type": "integer", "minimum": 0, "maximum": 5}


def _version_title(document: Schema) -> None:
    for name in ("PublishAgentVersionRequest", "AgentRequest"):
        properties(document, name)["version_title"] = {"type": "string", "nullable": True}


def _agent_version(document: Schema) -> None:
    for parameter in document["paths"]["/get-agent/{agent_id}"]["get"]["parameters"]:
        if parameter["name"] == "version":
            # In a query a number is a text as well: of the reference's two forms this one holds both.
            parameter["schema"] = schemas(document)["AgentVersionReference"]["oneOf"][1]


def _pending_runs(document: Schema) -> None:
    properties(document, "TestCaseJob")["status"]["enum"].append("pending")


def _correction(where: str, reason: str, apply: Any) -> Correction:
    return Correction(RETELL, where, reason, apply)


RETELL_CORRECTIONS: Final = (
    _correction(
        "nullable enums",
        "Prism adds a null to the one that is there, the schema does not compile and validates nothing",
        _null_in_enums,
    ),
    _correction("POST /v2/list-agents", "is missing; it replaced GET /list-agents", _list_agents),
    _correction(
        "GET /list-agent-versions", "is missing; it replaced GET /get-agent-versions", _list_versions
    ),
    _correction("PATCH /v2/update-live-call", "is missing", _update_live_call),
    _correction("GET /get-api-key-info", "is missing", _api_key_info),
    _correction("LLM model_config", "is missing; model and its companions end on 2027-01-31", _model_config),
    _correction("agent contact_memory_config", "is missing", _contact_memory),
    _correction("custom tool max_retry", "is missing", _max_retry),
    _correction("version_title", "is missing in what is published and in what is read", _version_title),
    _correction("GET /get-agent version", "may also be a tag or latest_published", _agent_version),
    _correction("test run status", "may also be pending: nobody has begun it", _pending_runs),
    _correction(
        "errors", "each has a status and a message, and may come from any operation, listed or not", _errors
    ),
)
