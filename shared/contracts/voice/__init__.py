"""What the voice agent and we say to each other: functions, their arguments, common words."""

from shared.contracts.voice.arguments import (
    Arguments,
    BookAppointment,
    BranchInformation,
    CancelAppointment,
    CheckAvailability,
    FindAppointment,
    RecordConsent,
    RequestCallback,
    RescheduleAppointment,
)
from shared.contracts.voice.emergency import emergency_sentence
from shared.contracts.voice.functions import FUNCTIONS, TIMEOUT_MS, Function, tool_definitions
from shared.contracts.voice.tasks import About, change_failed, moment_in, wish_failed, zone_of
from shared.contracts.voice.words import (
    ANYBODY,
    PARTS_OF_DAY,
    TOPICS,
    URGENCIES,
    WEEKDAY_NAMES,
    Language,
    language_of,
)

__all__ = [
    "ANYBODY",
    "FUNCTIONS",
    "PARTS_OF_DAY",
    "TIMEOUT_MS",
    "TOPICS",
    "URGENCIES",
    "WEEKDAY_NAMES",
    "About",
    "Arguments",
    "BookAppointment",
    "BranchInformation",
    "CancelAppointment",
    "CheckAvailability",
    "FindAppointment",
    "Function",
    "Language",
    "RecordConsent",
    "RequestCallback",
    "RescheduleAppointment",
    "change_failed",
    "emergency_sentence",
    "language_of",
    "moment_in",
    "tool_definitions",
    "wish_failed",
    "zone_of",
]
