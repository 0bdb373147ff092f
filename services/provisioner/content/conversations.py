"""Branch → the conversations that its agent has to pass, as test cases of Retell with our functions mocked.

The words are in ``conversations/``, for a person to read and edit; a language without a file has none.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from services.provisioner.content.prompt import filled
from services.provisioner.content.scene import scene_of, variables_of
from shared.contracts.branch import Branch
from shared.contracts.voice import FUNCTIONS, language_of
from shared.errors import PermanentError

_ANSWERS: Final = "answers"
_ABOUT_THE_CALL: Final = frozenset({"function", "when"})
_NEEDED: Final = frozenset({"name", "title", "caller", "expected"})


class UnreadableConversationsError(PermanentError):
    """The file of a language has a fault."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """``name``: for programs and people in English, ``title`` in its own language. ``body`` lacks the LLM."""

    name: str
    title: str
    body: dict[str, Any]

    @property
    def label(self) -> str:
        """The deterministic name by which Retell's definition is found again: ``askpro/acme/main/3``."""
        return str(self.body["name"])


def conversations_of(branch: Branch, reference: str, today: date) -> tuple[Conversation, ...]:
    """Pure: those of the branch's language, with days that come after ``today``."""
    language = branch.language.partition("-")[0]
    written = _written(language)
    if not written:
        return ()
    spoken = language_of(language)
    scene, variables = scene_of(branch, today, spoken), variables_of(branch, today, spoken)
    return tuple(
        _conversation(_filled(each, scene), f"{reference}/{number}", variables, branch, written["otherwise"])
        for number, each in enumerate(written["conversation"], start=1)
    )


def read_conversations(text: str, name: str) -> Mapping[str, Any]:
    """What a person has written into the file ``name``.

    Raises:
        UnreadableConversationsError: with what is wrong, before any provider is told of it.
    """
    try:
        written = {"conversation": [], "otherwise": {}} | tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableConversationsError(f"{name}: {error}") from error
    for fault in _faults(written["conversation"], written["otherwise"]):
        raise UnreadableConversationsError(f"{name}: {fault}")
    return written


def _faults(conversations: Sequence[Mapping[str, Any]], otherwise: Mapping[str, Any]) -> Iterator[str]:
    for number, each in enumerate(conversations, start=1):
        if lacking := _NEEDED - each.keys():
            yield f"conversation {number} has no {_listed(lacking)}"
    answers = [answer for each in conversations for answer in each.get(_ANSWERS, ())]
    if unknown := ({answer.get("function") for answer in answers} | otherwise.keys()) - FUNCTIONS.keys():
        yield f"there is no function {_listed(unknown)}"
    if silent := FUNCTIONS.keys() - otherwise.keys():
        yield f"[otherwise] lacks {_listed(silent)}"


def _listed(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names)))


@cache
def _written(language: str) -> Mapping[str, Any]:
    file = files("services.provisioner").joinpath("conversations", f"{language}.toml")
    return read_conversations(file.read_text("utf-8"), file.name) if file.is_file() else {}


def _filled(value: Any, scene: Mapping[str, Any]) -> Any:
    """Every text, filled in. After parsing: what an operator typed cannot break the file."""
    match value:
        case str():
            return filled(value, **scene).strip()
        case dict():
            return {name: _filled(item, scene) for name, item in value.items()}
        case list():
            return [_filled(item, scene) for item in value]
        case _:
            return value


def _conversation(
    said: Mapping[str, Any],
    label: str,
    variables: Mapping[str, str],
    branch: Branch,
    otherwise: Mapping[str, Any],
) -> Conversation:
    body = {
        "name": label,
        "user_prompt": said["caller"],
        "metrics": [expectation for expectation in said["expected"] if expectation],
        "dynamic_variables": {**variables, **said.get("variables", {})},
        "tool_mocks": [*_mocks(said.get(_ANSWERS, []), otherwise), *_transfer(branch)],
    }
    return Conversation(said["name"], said["title"], body)


def _mocks(answers: list[dict[str, Any]], otherwise: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The first that fits answers. Every function has one for the rest: none must be called in earnest."""
    for answer in answers:
        rule = {"type": "partial_match", "args": answer["when"]} if "when" in answer else {"type": "any"}
        said = {name: value for name, value in answer.items() if name not in _ABOUT_THE_CALL}
        yield _mock(answer["function"], rule, said)
    answered = {answer["function"] for answer in answers if "when" not in answer}
    for name in FUNCTIONS:
        if name not in answered:
            yield _mock(name, {"type": "any"}, otherwise[name])


def _mock(function: str, rule: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tool_name": FUNCTIONS[function].name,
        "input_match_rule": rule,
        "output": orjson.dumps(answer).decode(),
    }


def _transfer(branch: Branch) -> Iterator[dict[str, Any]]:
    """Nobody's telephone rings for a simulation."""
    if branch.transfer_number is not None:
        output = orjson.dumps({"status": "transferred"}).decode()
        yield {
            "tool_name": "transfer_call",
            "input_match_rule": {"type": "any"},
            "output": output,
            "result": True,
        }
