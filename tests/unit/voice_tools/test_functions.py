import importlib
import json
import pkgutil
import re
import string
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.handlers import sentences, tokens
from services.voice_tools.handlers.sentences import SENTENCES, stale
from shared.contracts.branch import Branch
from shared.contracts.voice import FUNCTIONS, BookAppointment, CheckAvailability, tool_definitions

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _branch(**changes: Any) -> Branch:
    salon = {
        "company_id": "c",
        "branch_id": "b",
        "name": "Salon",
        "services": [{"key": "schnitt", "name": "Haarschnitt", "aliases": ["Schneiden"]}],
        "staff": [{"key": "steffi", "name": "Steffi Müller"}],
    }
    return Branch.model_validate({**salon, **changes})


@pytest.mark.parametrize("language", ["de-DE", "en-US"])
def test_tools_ask_for_nothing_that_only_the_signed_request_may_say(language: str) -> None:
    for tool in tool_definitions(_branch(), "https://voice.example/functions/c", language):
        names = set(tool["parameters"]["properties"])
        assert not names & {
            "call_id",
            "company_id",
            "branch_id",
            "agent_id",
            "from_number",
            "event_type_id",
            "uid",
        }
        assert set(tool["parameters"]["required"]) <= names
        assert tool["url"] == f"https://voice.example/functions/c/{tool['name']}"
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool["name"])
        assert (tool["speak_after_execution"], tool["max_retry"], tool["args_at_root"]) == (True, 0, False)
        assert 1000 <= tool["timeout_ms"] <= 10_000


def test_services_and_staff_are_those_of_the_branch() -> None:
    [check] = [
        tool for tool in tool_definitions(_branch(), "u", "de") if tool["name"] == "check_availability"
    ]
    properties = check["parameters"]["properties"]
    assert properties["service"]["enum"] == ["schnitt"]
    assert properties["staff"]["enum"] == ["steffi", "egal"]
    assert "Schneiden" in properties["service"]["description"]


def test_a_branch_without_services_makes_no_empty_choice() -> None:
    tools = tool_definitions(_branch(services=[], staff=[]), "u", "en")
    assert "[]" not in json.dumps([tool["parameters"]["properties"] for tool in tools])


@given(arguments=st.dictionaries(st.sampled_from([*BookAppointment.model_fields, "other"]), JSON))
def test_whatever_a_model_sends_is_read(arguments: dict[str, Any]) -> None:
    read = BookAppointment.model_validate(arguments)
    for value in read.model_dump().values():
        assert value is None or isinstance(value, bool | str)
        assert not isinstance(value, str) or (0 < len(value) <= 500 and "\x00" not in value)


@pytest.mark.parametrize("value", ["{{name}}", "null", "None", "", "  ", [], {}, None, True])
def test_what_nobody_filled_in_is_no_answer(value: Any) -> None:
    assert CheckAvailability.model_validate({"service": value}).service is None


@pytest.mark.parametrize(
    ("value", "yes"), [("ja", True), ("true", True), (True, True), (1, True), ("nein", False), (None, False)]
)
def test_a_yes_is_a_yes_in_both_languages(value: Any, yes: bool) -> None:
    assert BookAppointment.model_validate({"caller_confirmed": value}).caller_confirmed is yes


def test_a_token_is_the_same_for_the_same_instant_and_no_other() -> None:
    berlin = START.astimezone(ZoneInfo("Europe/Berlin"))
    token = tokens.booking_token("c", "call", START, 7)
    assert tokens.booking_token("c", "call", berlin, 7) == token
    others = {
        tokens.booking_token("d", "call", START, 7),
        tokens.booking_token("c", "other", START, 7),
        tokens.booking_token("c", "call", START + timedelta(minutes=15), 7),
        tokens.booking_token("c", "call", START, 8),
        tokens.change_token("cancel", "c", "call", "uid"),
    }
    assert len(others | {token}) == 6


@given(st.uuids(), st.uuids())
def test_a_customers_reference_is_opaque_and_their_own(one: uuid.UUID, other: uuid.UUID) -> None:
    reference = tokens.customer_reference(one)
    assert re.fullmatch(r"k-[a-z2-7]{16}", reference)
    assert (tokens.customer_reference(other) == reference) is (one == other)


def test_every_sentence_names_the_same_values_in_both_languages() -> None:
    for status, german, english, following in SENTENCES.values():
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (german, english)
        ]
        assert fields[0] == fields[1]
        assert status
        assert following


def test_no_two_sentences_have_the_same_key() -> None:
    names = (found.name for found in pkgutil.iter_modules(sentences.__path__, f"{sentences.__name__}."))
    modules = [importlib.import_module(name) for name in names]
    tables = [table for module in modules for name, table in vars(module).items() if name.isupper()]
    keys = [key for table in tables if table is not stale.LAST_KNOWN for key in table]
    assert sorted(keys) == sorted(SENTENCES)


@pytest.mark.parametrize("key", SENTENCES)
def test_what_the_agent_is_given_to_say_is_one_sentence(key: str) -> None:
    _, german, english, _ = SENTENCES[key]
    for text in (german, english):
        assert re.search(r"[.?!]\s", text) is None
        assert text[-1] in ".?" or text == "{text}"


def test_every_function_that_a_tool_names_is_described_in_both_languages() -> None:
    assert all(function.de and function.en for function in FUNCTIONS.values())
