"""The arguments of each function: what the model is told about them, and how what it sends is read.

None is an id, a company or the caller's own number: those come from the signed request, never from a model.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.contracts.wire import searchable

Choices = Literal["services", "staff", "weekdays", "parts_of_day", "urgencies", "topics"]

_LONGEST_TEXT: Final = 500
_NOTHING: Final = frozenset({"", "null", "none", "undefined", "n/a"})
_YES: Final = frozenset({"true", "yes", "ja", "1", "y", "j", "wahr"})


def _text(value: Any) -> str | None:
    """Numbers become text; nothing, a list, or a variable that nobody filled in is no answer."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = " ".join(str(searchable(str(value))).split())[:_LONGEST_TEXT]
    return None if text.lower() in _NOTHING or "{{" in text else text


def _flag(value: Any) -> bool:
    return str(value).strip().lower() in _YES


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model is told about a parameter, German and English. ``choices`` restrict its values."""

    de: str
    en: str
    kind: Literal["string", "boolean"] = "string"
    choices: Choices | None = None
    required: bool = False


Text = Annotated[str | None, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Arguments(BaseModel):
    """Base: whatever a model sends is read; unknown keys are ignored, a missing value is None or False."""

    model_config = ConfigDict(frozen=True, extra="ignore")


_WORDS: Final = Asked(
    "Die letzten Worte des Anrufers zu Tag und Uhrzeit, wörtlich, nichts ergänzt und nichts umgerechnet.",
    "The caller's latest words about day and time, verbatim, nothing added and nothing worked out.",
    required=True,
)
_DATE: Final = Asked(
    "JJJJ-MM-TT aus dem Kalender; weglassen, wenn der Anrufer nur so bald wie möglich sagt.",
    "YYYY-MM-DD from the calendar; leave out when the caller only says as soon as possible.",
)
_WEEKDAY: Final = Asked(
    "Der Wochentag zu diesem Datum; immer zusammen mit date, sonst weglassen.",
    "The weekday of that date; always together with date, else left out.",
    choices="weekdays",
)
_CONFIRMED: Final = Asked(
    "true nur, wenn der Anrufer nach der Zusammenfassung klar ja gesagt hat.",
    "true only after the caller has clearly said yes to the summary.",
    "boolean",
    required=True,
)


class CheckAvailability(Arguments):
    """Looks for free times."""

    service: Annotated[
        Text, Asked("Die gewünschte Leistung.", "The service asked for.", choices="services", required=True)
    ] = None
    further_services: Annotated[
        Text,
        Asked(
            "Weitere Leistungen, die im selben Termin gewünscht sind, mit Komma getrennt; sonst weglassen.",
            "Further services wanted in the same appointment, separated by commas; else left out.",
        ),
    ] = None
    date: Annotated[Text, _DATE] = None
    weekday: Annotated[Text, _WEEKDAY] = None
    caller_words: Annotated[Text, _WORDS] = None
    part_of_day: Annotated[
        Text, Asked("Die Tageszeit, falls genannt.", "The part of the day, if named.", choices="parts_of_day")
    ] = None
    time: Annotated[
        Text, Asked("Die Uhrzeit HH:MM, 24 Stunden, falls genannt.", "The time HH:MM, 24 hours, if named.")
    ] = None
    staff: Annotated[Text, Asked("Die gewünschte Person.", "The person asked for.", choices="staff")] = None


class BookAppointment(Arguments):
    """Books a time that was offered."""

    slot_code: Annotated[
        Text,
        Asked(
            "Der Buchstabe der gewählten Zeit aus check_availability.",
            "The letter of the chosen time from check_availability.",
            required=True,
        ),
    ] = None
    customer_name: Annotated[
        Text, Asked("Vor- und Nachname des Anrufers.", "First and last name of the caller.", required=True)
    ] = None
    name_spelled: Annotated[
        Text, Asked("Der Name, wie der Anrufer ihn buchstabiert hat.", "The name as the caller spelled it.")
    ] = None
    for_person_name: Annotated[
        Text,
        Asked("Für wen der Termin ist, wenn nicht für den Anrufer.", "Who it is for, if not for the caller."),
    ] = None
    note: Annotated[Text, Asked("Ein Hinweis für den Betrieb.", "A note for the business.")] = None
    phone: Annotated[
        Text,
        Asked(
            "Nur wenn der Anrufer von sich aus eine andere Nummer nennt.",
            "Only if the caller names another number of their own accord.",
        ),
    ] = None
    email: Annotated[
        Text,
        Asked(
            "Nur wenn der Anrufer von sich aus eine E-Mail-Adresse nennt.",
            "Only if the caller names an e-mail address of their own accord.",
        ),
    ] = None
    accept_nearest: Annotated[
        Flag,
        Asked(
            "true, wenn der Anrufer sagt, dass auch die nächstliegende Zeit passt.",
            "true if the caller says that the nearest other time is fine as well.",
            "boolean",
        ),
    ] = False
    caller_confirmed: Annotated[Flag, _CONFIRMED] = False


class FindAppointment(Arguments):
    """Looks for an appointment the caller has."""

    customer_name: Annotated[
        Text, Asked("Auf welchen Namen gebucht ist.", "The name it was booked under.", required=True)
    ] = None
    date: Annotated[
        Text, Asked("Tag des Termins, JJJJ-MM-TT.", "Day of the appointment, YYYY-MM-DD.", required=True)
    ] = None
    weekday: Annotated[Text, _WEEKDAY] = None
    caller_words: Annotated[Text, _WORDS] = None


_APPOINTMENT_CODE: Final = Asked(
    "Die Nummer des Termins aus find_appointment.",
    "The number of the appointment from find_appointment.",
    required=True,
)


class RescheduleAppointment(Arguments):
    """Moves an appointment that was found to a time that was offered."""

    appointment_code: Annotated[Text, _APPOINTMENT_CODE] = None
    slot_code: Annotated[
        Text,
        Asked(
            "Der Buchstabe der neuen Zeit aus check_availability.",
            "The letter of the new time from check_availability.",
            required=True,
        ),
    ] = None
    caller_confirmed: Annotated[Flag, _CONFIRMED] = False


class CancelAppointment(Arguments):
    """Cancels an appointment that was found."""

    appointment_code: Annotated[Text, _APPOINTMENT_CODE] = None
    reason: Annotated[Text, Asked("Der Grund, falls genannt.", "The reason, if the caller gives one.")] = None
    caller_confirmed: Annotated[Flag, _CONFIRMED] = False


class RequestCallback(Arguments):
    """Asks the business to call back."""

    reason: Annotated[
        Text, Asked("Worum es geht, in einem Satz.", "What it is about, in one sentence.", required=True)
    ] = None
    urgency: Annotated[
        Text,
        Asked(
            "urgent nur bei Schmerzen, Unfall oder Gefahr.",
            "urgent only for pain, an accident or danger.",
            choices="urgencies",
        ),
    ] = None
    preferred_time: Annotated[
        Text, Asked("Wann der Rückruf passt, in Worten.", "When a call back suits, in words.")
    ] = None
    customer_name: Annotated[Text, Asked("Der Name des Anrufers.", "The caller's name.")] = None
    phone: Annotated[
        Text,
        Asked(
            "Nur wenn die Nummer unbekannt ist oder der Anrufer eine andere nennt.",
            "Only if the number is unknown or the caller names another one.",
        ),
    ] = None
    number_declined: Annotated[
        Flag,
        Asked(
            "true, wenn der Anrufer keine Nummer nennen möchte oder kann.",
            "true if the caller does not want to name a number, or cannot.",
            "boolean",
        ),
    ] = False


class BranchInformation(Arguments):
    """Asks for facts about the branch."""

    topic: Annotated[Text, Asked("Worum es geht.", "What it is about.", choices="topics", required=True)] = (
        None
    )


class RecordConsent(Arguments):
    """Notes whether the caller allows the recording."""

    allowed: Annotated[
        Flag,
        Asked(
            "true, wenn der Anrufer der Aufnahme zustimmt; false, wenn er sie ablehnt.",
            "true if the caller agrees to the recording; false if not.",
            "boolean",
            required=True,
        ),
    ] = False
