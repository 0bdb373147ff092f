"""Branch → body of a Retell LLM: prompt, first sentence, functions, model."""

from datetime import date
from typing import Any, Final

from services.provisioner.content.hours import transfer_week
from services.provisioner.content.prompt import first_sentence, system_prompt
from shared.contracts.branch import Branch
from shared.contracts.voice import Language, language_of, tool_definitions
from shared.contracts.voice.variables import RECORDING_VARIABLES, STATIC_VARIABLES

#: Temperature 0: the same question books the same appointment. Retell's own default model, standard tier.
MODEL: Final = {
    "type": "cascading",
    "primary": {"model": "gpt-5.6-terra", "tier": "standard"},
    "temperature": 0,
}
_GOODBYE: Final[dict[Language, tuple[str, str]]] = {
    "de": ("Beendet das Gespräch, nachdem du dich verabschiedet hast.", "Auf Wiederhören!"),
    "en": ("Ends the call after you have said goodbye.", "Goodbye!"),
}
#: Three words at most: a caller who speaks into a longer announcement cancels the transfer.
_CONNECTING: Final[dict[Language, tuple[str, str]]] = {
    "de": (
        "Verbindet mit dem Betrieb. Nie, wenn Verbinden nicht möglich ist{hours}: dann request_callback.",
        "Ich verbinde.",
    ),
    "en": (
        "Connects to the business. Never while connecting is not possible{hours}: then request_callback.",
        "Connecting you.",
    ),
}
_PICKED_UP: Final[dict[Language, str]] = {
    "de": " (abgenommen wird: {})",
    "en": " (somebody answers: {})",
}


def llm_body(branch: Branch, today: date, *, functions_url: str, asks_consent: bool) -> dict[str, Any]:
    """Body of create-retell-llm and update-retell-llm; the client adds its mark."""
    language = language_of(branch.language)
    return {
        "start_speaker": "agent",
        "begin_message": first_sentence(branch, asks_consent=asks_consent),
        "general_prompt": system_prompt(branch, today, asks_consent=asks_consent),
        "general_tools": _tools(branch, functions_url, language),
        "model_config": MODEL,
        # The model must choose among our enums, not invent a service.
        "tool_call_strict_mode": True,
        "default_dynamic_variables": STATIC_VARIABLES[language]
        | (RECORDING_VARIABLES[language] if asks_consent else {}),
    }


def _tools(branch: Branch, functions_url: str, language: Language) -> list[dict[str, Any]]:
    ours = tool_definitions(branch, functions_url, branch.language)
    transfer = [_transfer(branch, language)] if branch.transfer_number else []
    return [*ours, *transfer, end_call(language)]


def end_call(language: Language) -> dict[str, Any]:
    """The tool that hangs up."""
    description, goodbye = _GOODBYE[language]
    return {
        "type": "end_call",
        "name": "end_call",
        "description": description,
        "speak_during_execution": True,
        "execution_message_type": "static_text",
        "execution_message_description": goodbye,
    }


def _transfer(branch: Branch, language: Language) -> dict[str, Any]:
    description, words = _CONNECTING[language]
    when = _PICKED_UP[language].format("; ".join(transfer_week(branch, language)))
    return {
        "type": "transfer_call",
        "name": "transfer_call",
        "description": description.format(hours=when if branch.transfer_hours else ""),
        "transfer_destination": {"type": "predefined", "number": branch.transfer_number},
        # Trunks refuse a foreign caller id: with it shown, transfers end in an error of the carrier.
        "transfer_option": {"type": "cold_transfer", "show_transferee_as_caller": False},
        "speak_during_execution": True,
        "execution_message_type": "static_text",
        "execution_message_description": words,
    }
