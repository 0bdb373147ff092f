"""What an answer of a function asks of the agent, in its prompt and in the functions' own descriptions."""

from datetime import date
from typing import Any

import pytest

from services.provisioner.content import Addresses, Profile, wanted_for
from services.voice_tools.handlers.sentences import SENTENCES
from shared.contracts.branch import Branch
from shared.contracts.voice import FUNCTIONS

LANGUAGES = pytest.mark.parametrize("language", ["de-DE", "en-US"])
ADDRESSES = Addresses("https://in.example.org", "https://voice.example.org")


def _llm(language: str, **changes: Any) -> dict[str, Any]:
    fields = {"company_id": "company_1", "branch_id": "mitte", "name": "Salon", "language": language}
    branch = Branch.model_validate({**fields, **changes})
    return wanted_for(branch, ADDRESSES, Profile(), date(2026, 11, 30)).llm


@LANGUAGES
@pytest.mark.parametrize("status", ["question", "several_services", "too_late", "pending", "unverified"])
def test_the_agent_knows_what_an_answer_that_is_no_success_asks_of_it(language: str, status: str) -> None:
    prompt = str(_llm(language)["general_prompt"])
    assert f" {status} " in prompt or f" {status}," in prompt
    assert status in {answered for answered, *_ in SENTENCES.values()}, "no function answers so"


@LANGUAGES
def test_the_nearest_time_is_asked_for_before_anything_is_only_a_wish(language: str) -> None:
    prompt = str(_llm(language)["general_prompt"])
    [sentence] = [each for each in prompt.split(". ") if "accept_nearest" in each]
    assert "unverified" in sentence
    assert "stale" in sentence


@pytest.mark.parametrize(
    ("language", "rule"), [("de-DE", "danach nur mit Rückruf"), ("en-US", "after that only with a call back")]
)
def test_after_the_deadline_of_a_branch_nothing_is_changed_by_phone(language: str, rule: str) -> None:
    assert rule in _llm(language, cancellation_notice_hours=24)["general_prompt"]
    assert rule not in _llm(language)["general_prompt"]


@LANGUAGES
def test_functions_tell_of_their_answers_in_the_words_of_their_one_definition(language: str) -> None:
    spoken = {tool["name"]: tool["description"] for tool in _llm(language)["general_tools"]}
    told = {name: function.de if language == "de-DE" else function.en for name, function in FUNCTIONS.items()}
    assert spoken.items() >= told.items()
    for name in ("cancel_appointment", "reschedule_appointment"):
        assert "too_late" in told[name]
    for status in ("question", "several_services"):
        assert status in told["check_availability"]


@LANGUAGES
def test_several_services_at_once_are_passed_on_as_such(language: str) -> None:
    assert "further_services" in _llm(language)["general_prompt"]
