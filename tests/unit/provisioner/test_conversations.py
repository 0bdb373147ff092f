"""The conversations that an agent has to pass: made from one file and from the functions that there are."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.provisioner.content import Conversation, conversations_of
from services.provisioner.content.conversations import UnreadableConversationsError, read_conversations
from services.voice_tools.handlers.sentences import SENTENCES
from shared.contracts.branch import Branch
from shared.contracts.voice import FUNCTIONS

TODAY = date(2026, 11, 30)


def _branch(**changes: Any) -> Branch:
    fields = {
        "company_id": "company_1",
        "branch_id": "schwabing",
        "name": "Salon Schön",
        "opening_hours": {"mittwoch": ["10:00-18:00"]},
        "services": ["Färben"],
    }
    return Branch.model_validate(fields | changes)


def _all(**changes: Any) -> dict[str, Conversation]:
    found = conversations_of(_branch(**changes), "askpro/company_1/schwabing", TODAY)
    return {each.name: each for each in found}


def _answers(conversation: Conversation, function: str) -> list[dict[str, Any]]:
    mocks = conversation.body["tool_mocks"]
    return [json.loads(mock["output"]) for mock in mocks if mock["tool_name"] == function]


def test_there_are_ten_with_names_that_stay_the_same() -> None:
    found = _all()
    assert [each.label for each in found.values()] == [
        f"askpro/company_1/schwabing/{number}" for number in range(1, 11)
    ]
    assert list(found) == [
        "booking", "taken", "vague date", "move", "cancel", "anonymous", "person", "emergency",
        "no recording", "injection",
    ]  # fmt: skip


def test_no_function_is_called_in_earnest_whatever_the_agent_does() -> None:
    for each in _all(transfer_number="+498912345678").values():
        mocks = each.body["tool_mocks"]
        caught = {mock["tool_name"] for mock in mocks if mock["input_match_rule"] == {"type": "any"}}
        assert caught == {*FUNCTIONS, "transfer_call"}, each.name


def test_a_transfer_is_mocked_only_where_the_agent_can_make_one() -> None:
    assert not any(_answers(each, "transfer_call") for each in _all().values())


def test_the_functions_answer_as_the_real_ones_do() -> None:
    real = {(status, following) for status, _, _, following in SENTENCES.values()}
    for each in _all().values():
        answers = [answer for name in FUNCTIONS for answer in _answers(each, name)]
        assert {(answer["status"], answer["next"]) for answer in answers} <= real, each.name
        assert all(answer["say"] for answer in answers)


def test_a_condition_names_an_argument_of_the_function() -> None:
    for each in _all().values():
        for mock in each.body["tool_mocks"]:
            asked = FUNCTIONS[mock["tool_name"]].arguments.model_fields
            assert set(mock["input_match_rule"].get("args", {})) <= set(asked), each.name


def test_days_and_times_are_those_at_which_the_branch_is_open() -> None:
    booking = _all()["booking"]
    [free] = _answers(booking, "check_availability")
    assert [slot["start"] for slot in free["slots"]] == ["2026-12-02T10:30", "2026-12-02T11:30"]
    assert free["say"] == "Am Mittwoch, den 2. Dezember ist frei um 10 Uhr 30 oder 11 Uhr 30."
    assert booking.body["dynamic_variables"]["heute"] == "Montag, 30. November 2026"
    assert "Mi. 02.12. 10:00\N{EN DASH}18:00" in booking.body["dynamic_variables"]["kalender"]
    assert "Färben" in booking.body["user_prompt"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[[conversation]]", "[[conversation"), "de.toml: "),
        (('name = "taken"', ""), "de.toml: conversation 2 has no name"),
        (('function = "cancel_appointment"', 'function = "cancel_all"'), "there is no function cancel_all"),
        (("[otherwise.find_appointment]", "[otherwise.find]"), "there is no function find"),
        (("[otherwise.record_consent]", "[ignored]"), "[otherwise] lacks record_consent"),
    ],
)
def test_a_fault_of_who_edits_them_is_named(change: tuple[str, str], words: str, checkout: Path) -> None:
    text = (checkout / "services/provisioner/conversations/de.toml").read_text()
    read_conversations(text, "de.toml")
    assert change[0] in text
    with pytest.raises(UnreadableConversationsError, match=re.escape(words)):
        read_conversations(text.replace(*change, 1), "de.toml")


def test_a_taken_time_is_refused_and_the_other_one_booked() -> None:
    taken = _all()["taken"]
    mocks = [mock for mock in taken.body["tool_mocks"] if mock["tool_name"] == "book_appointment"]
    said = {
        mock["input_match_rule"].get("args", {}).get("slot_code"): json.loads(mock["output"])["status"]
        for mock in mocks
    }
    assert said == {"A": "taken", "B": "booked", None: "not_bookable"}


@pytest.mark.parametrize("instruction", [None, "Rufen Sie 112 an."])
def test_the_emergency_expects_the_branch_s_own_sentence(instruction: str | None) -> None:
    metrics = _all(emergency_instruction=instruction)["emergency"].body["metrics"]
    assert any("112" in metric for metric in metrics) == (instruction is not None)
    assert all(metrics)


def test_what_an_operator_typed_stays_text() -> None:
    odd = _all(name='Salon "[[ x ]]" {{y}}\n[otherwise]')["emergency"]
    assert 'Salon " x " y [otherwise]' in odd.body["user_prompt"]


def test_a_branch_without_hours_or_services_has_conversations_as_well() -> None:
    found = _all(opening_hours={}, services=[])
    assert "ein Termin" in found["booking"].body["user_prompt"]
    assert len(found) == 10


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_a_language_that_nobody_wrote_any_in_has_none(language: str) -> None:
    assert _all(language=language) == {}


@pytest.mark.parametrize("language", ["de-AT", "de-CH"])
def test_german_is_spoken_in_three_countries(language: str) -> None:
    assert len(_all(language=language)) == 10
