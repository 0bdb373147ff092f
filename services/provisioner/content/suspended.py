"""Branch of an unpaid company → what its agent says instead: one sentence, and nothing that costs more.

The same agent at the same number, published in the same way: nothing has to be bound anew when it is paid.
"""

from typing import Any, Final

from services.provisioner.content.llm import MODEL, end_call
from services.provisioner.content.prompt import suspended_prompt, suspended_sentence
from shared.contracts.branch import Branch
from shared.contracts.voice import language_of
from shared.contracts.voice.variables import STATIC_VARIABLES

#: Both are the least that Retell takes.
SUSPENDED_SETTINGS: Final[dict[str, Any]] = {
    "max_call_duration_ms": 60_000,
    "end_call_after_silence_ms": 10_000,
}


def suspended_llm(branch: Branch) -> dict[str, Any]:
    """Body of an LLM with every field that the live one has: an update keeps what it is not told."""
    language = language_of(branch.language)
    return {
        "start_speaker": "agent",
        "begin_message": suspended_sentence(branch),
        "general_prompt": suspended_prompt(branch),
        "general_tools": [end_call(language)],
        "model_config": MODEL,
        "tool_call_strict_mode": True,
        "default_dynamic_variables": STATIC_VARIABLES[language],
    }
