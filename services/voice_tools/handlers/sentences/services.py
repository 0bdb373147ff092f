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
    "service_question": ("question", "{text}", "{text}", "ask_then_call_again"),
}
