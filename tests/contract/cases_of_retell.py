"""What our client asks of Retell, and what must not pass."""

from typing import Final

from shared.clients.retell import MARK
from tests.contract import asking_retell as ask
from tests.contract.case import of_retell as _case
from tests.contract.wrong import body, changed, query, status, without, without_key

_WRONG_LLMS: Final = (
    changed("start_speaker", "nobody"),
    changed("general_tools.0.max_retry", 9),
    changed("general_tools.0.method", "FETCH"),
    changed("general_tools.0.timeout", 9),
    changed("model_config.primary.model", "gpt-2"),
    changed(f"default_dynamic_variables.{MARK}", 7),
    changed("begin_massage", "Guten Tag"),
)
_WRONG_AGENTS: Final = (
    changed("language", "Klingon"),
    changed("webhook_events", ["call_dropped"]),
    changed("contact_memory_config.enable_read", "no"),
    changed("data_storage_retention_days", 0),
    changed("post_call_analysis_data.0.type", "guess"),
    changed("handbook_config.ai_disclosed", True),
    changed("retention_days", 30),
)
_WRONG_NUMBERS: Final = (
    changed("inbound_agents.0.weight", 2),
    changed("inbound_agents.0.agent_version", 1.5),
    changed("inbound_agent_id", "agent_1"),
)
_WRONG_PAGES: Final = (query(limit="5000"), query(sort_order="up"), without_key())

RETELL_CASES: Final = (
    _case(
        "llm.create",
        "POST /create-retell-llm",
        ask.create_llm,
        _WRONG_LLMS,
        (without("llm_id"), changed("version", "zero"), changed("general_tools.0.type", "customs")),
    ),
    _case(
        "llm.get",
        "GET /get-retell-llm/{llm_id}",
        ask.get_llm,
        (query(version="first"), without_key()),
        (without("last_modification_timestamp"), changed("model_config.type", "cascade")),
    ),
    _case(
        "llm.update",
        "PATCH /update-retell-llm/{llm_id}",
        ask.update_llm,
        (*_WRONG_LLMS, query(version="first")),
        (without("llm_id"), changed("is_published", "no")),
    ),
    _case(
        "llm.list",
        "GET /v2/list-retell-llms",
        ask.list_llms,
        _WRONG_PAGES,
        (without("items.0.llm_id"), changed("items", {}), changed("has_more", "no")),
    ),
    _case(
        "llm.delete",
        "DELETE /delete-retell-llm/{llm_id}",
        ask.delete_llm,
        (without_key(),),
        (status(202),),
    ),
    _case(
        "agent.create",
        "POST /create-agent",
        ask.create_agent,
        (without("voice_id"), without("response_engine"), *_WRONG_AGENTS),
        (without("agent_id"), changed("version", "zero"), changed("response_engine", "llm_1")),
    ),
    _case(
        "agent.get",
        "GET /get-agent/{agent_id}",
        ask.get_agent,
        (query(version="The Latest!"), without_key()),
        (without("voice_id"), changed("version", "zero"), changed("language", "Klingon")),
    ),
    _case(
        "agent.update",
        "PATCH /update-agent/{agent_id}",
        ask.update_agent,
        (*_WRONG_AGENTS, query(version="latest_published")),
        (without("agent_id"), changed("webhook_events", "call_ended")),
    ),
    _case(
        "agent.delete",
        "DELETE /delete-agent/{agent_id}",
        ask.delete_agent,
        (without_key(),),
        (status(202),),
    ),
    _case(
        "agent.list",
        "POST /v2/list-agents",
        ask.list_agents,
        (
            without("filter_criteria.channel.type"),
            changed("filter_criteria.channel.value", "fax"),
            changed("filter_criteria.name", "askpro"),
            query(limit="5000"),
        ),
        (without("items"), without("items.0.agent_name"), changed("items.0.channel", "fax")),
    ),
    _case(
        "agent.versions",
        "GET /list-agent-versions/{agent_id}",
        ask.versions,
        _WRONG_PAGES,
        (without("has_more"), changed("items.0.version", "zero"), body([])),
    ),
    _case(
        "agent.create-version",
        "POST /create-agent-version/{agent_id}",
        ask.create_version,
        (without("base_version"), changed("base_version", "zero"), changed("version", 1)),
        (without("version"), changed("base_version", "zero")),
    ),
    _case(
        "agent.publish",
        "POST /publish-agent-version/{agent_id}",
        ask.publish,
        (without("version"), changed("version", -1), changed("version_title", 7), changed("title", "v1")),
        (status(202),),
    ),
    _case(
        "number.import",
        "POST /import-phone-number",
        ask.import_number,
        (without("phone_number"), without("termination_uri"), *_WRONG_NUMBERS),
        (without("phone_number_type"), changed("inbound_agents.0.weight", "1")),
    ),
    _case(
        "number.create",
        "POST /create-phone-number",
        ask.buy_number,
        (changed("country_code", "DE"), changed("area_code", "415"), changed("name", "Hauptnummer")),
        (without("phone_number"), changed("phone_number_type", "landline")),
    ),
    _case(
        "number.get",
        "GET /get-phone-number/{phone_number}",
        ask.get_number,
        (without_key(),),
        (without("last_modification_timestamp"), changed("phone_number", 49)),
    ),
    _case(
        "number.list",
        "GET /v2/list-phone-numbers",
        ask.list_numbers,
        _WRONG_PAGES,
        (without("items.0.phone_number"), changed("items", {})),
    ),
    _case(
        "number.update",
        "PATCH /update-phone-number/{phone_number}",
        ask.update_number,
        (*_WRONG_NUMBERS, changed("sip_trunk_auth_username", "askpro")),
        (without("phone_number"), changed("inbound_agents", "agent_1")),
    ),
    _case(
        "number.delete",
        "DELETE /delete-phone-number/{phone_number}",
        ask.delete_number,
        (without_key(),),
        (status(202),),
    ),
    _case(
        "call.get",
        "GET /v2/get-call/{call_id}",
        ask.get_call,
        (without_key(),),
        (without("call_id"), changed("call_status", "over"), changed("start_timestamp", "noon")),
    ),
    _case(
        "call.list",
        "POST /v3/list-calls",
        ask.list_calls,
        (
            changed("filter_criteria.start_timestamp.op", "after"),
            changed("filter_criteria.since", 7),
            changed("sort_order", "up"),
            changed("limit", 5000),
        ),
        (without("items.0.call_id"), changed("items.0.transcript", "Guten Tag"), changed("items", {})),
    ),
    _case(
        "call.update-live",
        "PATCH /v2/update-live-call/{call_id}",
        ask.update_live,
        (
            changed("call_control.additional_context", 7),
            changed("fields_to_override.data_storage_setting", "nothing"),
            changed("fields_to_override.override_dynamic_variables", {"name": 7}),
            changed("context", "Er war da."),
        ),
        (without("call_id"), changed("agent_version", "zero")),
    ),
    _case(
        "call.update",
        "PATCH /v2/update-call/{call_id}",
        ask.update_call,
        (
            changed("data_storage_setting", "nothing"),
            changed("metadata", "refused"),
            changed("storage", "basic_attributes_only"),
        ),
        (without("call_id"), changed("call_status", "over"), changed("data_storage_setting", "nothing")),
    ),
    _case(
        "voices",
        "GET /list-voices",
        ask.voices,
        (without_key(),),
        (without("0.voice_id"), changed("0.gender", "none"), body({})),
    ),
    _case(
        "key",
        "GET /get-api-key-info",
        ask.key,
        (without_key(),),
        (without("org_id"), changed("api_key_name", 7)),
    ),
    _case(
        "concurrency",
        "GET /get-concurrency",
        ask.concurrency,
        (without_key(),),
        (changed("concurrency_limit", "many"), body([])),
    ),
)
