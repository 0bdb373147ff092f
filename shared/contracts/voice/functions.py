"""The functions a voice agent may call: one table makes the agent's tools and finds their arguments."""

from dataclasses import dataclass
from typing import Any, Final

from shared.contracts.branch import Branch
from shared.contracts.voice.arguments import (
    Arguments,
    Asked,
    BookAppointment,
    BranchInformation,
    CancelAppointment,
    CheckAvailability,
    Choices,
    FindAppointment,
    RecordConsent,
    RequestCallback,
    RescheduleAppointment,
)
from shared.contracts.voice.words import (
    ANYBODY,
    PARTS_OF_DAY,
    TOPICS,
    URGENCIES,
    WEEKDAY_NAMES,
    Language,
    language_of,
)

#: Retell cuts the connection after this; our own attempt ends before it.
TIMEOUT_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Function:
    """One function, described in German and English.

    ``enters``: it writes to the calendar, so the agent says a word of waiting while it runs.
    """

    name: str
    arguments: type[Arguments]
    de: str
    en: str
    enters: bool = False

    def description(self, language: Language) -> str:
        """When to call it."""
        return self.de if language == "de" else self.en


_WAITING: Final[dict[Language, str]] = {
    "de": "Einen Moment, ich trage das ein.",
    "en": "One moment, I am entering that.",
}

_TABLE: Final = (
    Function(
        "check_availability",
        CheckAvailability,
        "Sucht echte freie Zeiten. Aufrufen, sobald Leistung und ein Tag oder Zeitraum bekannt sind; vor "
        "jeder Aussage über frei oder belegt. Bucht nichts. Bei question erst fragen, dann noch einmal "
        "aufrufen; bei several_services einen Rückruf anbieten.",
        "Looks for real free times. Call it as soon as the service and a day or period are known; before "
        "every statement about free or taken. Books nothing. At question ask first, then call it again; at "
        "several_services offer a call back.",
    ),
    Function(
        "book_appointment",
        BookAppointment,
        "Trägt die ausgewählte Zeit ein. Nur nach einem klaren Ja. Genau einmal.",
        "Books the chosen time. Only after a clear yes. Exactly once.",
        enters=True,
    ),
    Function(
        "find_appointment",
        FindAppointment,
        "Sucht einen bestehenden Termin. Vorher nach Name und Tag fragen; vorher keinen Termin nennen.",
        "Looks for an existing appointment. Ask for name and day first; name no appointment before.",
    ),
    Function(
        "reschedule_appointment",
        RescheduleAppointment,
        "Verschiebt einen gefundenen Termin auf eine angebotene Zeit. Nur nach einem klaren Ja. Bei too_late "
        "ist die Frist vorbei und nichts verschoben: Rückruf anbieten.",
        "Moves an appointment that was found to an offered time. Only after a clear yes. At too_late the "
        "deadline is over and nothing is moved: offer a call back.",
        enters=True,
    ),
    Function(
        "cancel_appointment",
        CancelAppointment,
        "Sagt einen gefundenen Termin ab. Vorher einmal Verschieben anbieten. Nur nach einem klaren Ja. Bei "
        "too_late ist die Frist vorbei und nichts abgesagt: Rückruf anbieten.",
        "Cancels an appointment that was found. Offer another time once before. Only after a clear yes. At "
        "too_late the deadline is over and nothing is cancelled: offer a call back.",
        enters=True,
    ),
    Function(
        "request_callback",
        RequestCallback,
        "Bittet den Betrieb um Rückruf: wenn der Anrufer einen Menschen möchte, wenn es anders nicht geht "
        "oder wenn zweimal etwas nicht verstanden wurde.",
        "Asks the business to call back: when the caller wants a person, when nothing else works, or when "
        "something was not understood twice.",
    ),
    Function(
        "branch_information",
        BranchInformation,
        "Nennt Öffnungszeiten, Adresse, Preise, Leistungen und Team. Nichts davon aus dem Gedächtnis sagen.",
        "Tells opening hours, address, prices, services and team. Say none of these from memory.",
    ),
    Function(
        "record_consent",
        RecordConsent,
        "Hält fest, ob der Anrufer der Aufnahme zustimmt. Aufrufen, sobald er sich dazu äußert.",
        "Notes whether the caller agrees to the recording. Call it as soon as the caller says so.",
    ),
)
FUNCTIONS: Final[dict[str, Function]] = {function.name: function for function in _TABLE}


def tool_definitions(branch: Branch, functions_url: str, language: str) -> list[dict[str, Any]]:
    """Retell's custom tools for ``branch``; ``functions_url`` is ``…/functions/<company>``."""
    spoken = language_of(language)
    return [_tool(function, branch, functions_url, spoken) for function in FUNCTIONS.values()]


def _tool(function: Function, branch: Branch, functions_url: str, language: Language) -> dict[str, Any]:
    tool = {
        "type": "custom",
        "name": function.name,
        "description": function.description(language),
        "url": f"{functions_url}/{function.name}",
        "method": "POST",
        "parameters": _parameters(function.arguments, branch, language),
        "speak_during_execution": function.enters,
        # Without it an answer the model did not expect ends in silence.
        "speak_after_execution": True,
        "timeout_ms": TIMEOUT_MS,
        "max_retry": 0,
        "args_at_root": False,
    }
    if function.enters:
        tool |= {
            "execution_message_type": "static_text",
            "execution_message_description": _WAITING[language],
            "enable_typing_sound": True,
        }
    return tool


def _parameters(arguments: type[Arguments], branch: Branch, language: Language) -> dict[str, Any]:
    asked = {name: _asked(arguments, name) for name in arguments.model_fields}
    return {
        "type": "object",
        "properties": {name: _property(item, branch, language) for name, item in asked.items()},
        "required": [name for name, item in asked.items() if item.required],
    }


def _asked(arguments: type[Arguments], name: str) -> Asked:
    return next(item for item in arguments.model_fields[name].metadata if isinstance(item, Asked))


def _property(asked: Asked, branch: Branch, language: Language) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": asked.kind, "description": asked.de if language == "de" else asked.en}
    if asked.choices is None:
        return schema
    values, legend = _choices(asked.choices, branch, language)
    if legend:
        schema["description"] += f" {legend}"
    # A schema may not have an empty enum: a branch may have no services yet.
    return schema | {"enum": list(values)} if values else schema


def _choices(choices: Choices, branch: Branch, language: Language) -> tuple[tuple[str, ...], str]:
    """The allowed values, and for keys that a person would not say what they mean."""
    match choices:
        case "services":
            pairs = tuple(
                (service.key, _with_aliases(service.name, service.aliases)) for service in branch.services
            )
            return tuple(key for key, _ in pairs), _legend(pairs)
        case "staff":
            members = tuple((member.key, member.name) for member in branch.staff)
            return (*(key for key, _ in members), ANYBODY[language]), _legend(members)
        case "weekdays":
            return WEEKDAY_NAMES[language], ""
        case "parts_of_day":
            return PARTS_OF_DAY[language], ""
        case "topics":
            return TOPICS[language], ""
        case "urgencies":
            return URGENCIES, ""


def _with_aliases(name: str, aliases: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(aliases)})" if aliases else name


def _legend(pairs: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{key} = {meaning}" for key, meaning in pairs)
