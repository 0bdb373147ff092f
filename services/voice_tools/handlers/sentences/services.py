"""Sentences about what is to be done at an appointment."""

from typing import Final

SERVICES: Final = {
    "several_services": (
        "several_services",
        "{services} zusammen kann ich am Telefon leider nicht eintragen, soll ich einen Rückruf notieren?",
        "I cannot book {services} together on the phone, shall I note a call back?",
        "offer_callback",
    ),
    "nobody_chosen": (
        "free",
        "Wer den Termin übernimmt, kann ich hier nicht festlegen.",
        "Who will see you is nothing I can choose.",
        "ask_which_time",
    ),
    "staff_away": (
        "staff_away",
        "{person} ist am {day} nicht da, frei ist {moments}.",
        "{person} is not in on {day}, but there is {moments}.",
        "ask_which_time",
    ),
    "staff_full": (
        "none_free",
        "Bei {person} ist am {day} nichts frei, möglich ist {moments}.",
        "{person} has nothing free on {day}, but there is {moments}.",
        "ask_which_time",
    ),
    "staff_full_only": (
        "none_free",
        "Bei {person} ist am {day} nichts frei, welcher andere Tag passt Ihnen?",
        "{person} has nothing free on {day}, which other day suits you?",
        "ask_which_day",
    ),
    "service_question": ("question", "{text}", "{text}", "ask_then_call_again"),
}
