"""Sentences about whose appointment it is, what can be changed no more, and who asks for too much."""

from typing import Final

CHANGES: Final = {
    "first_name_needed": (
        "name_needed",
        "Mit welchem Vornamen ist der Termin gebucht?",
        "Under which first name was it booked?",
        "ask_first_name_then_call_again",
    ),
    "several_fit": (
        "not_found",
        "Das kann ich nicht sicher zuordnen, soll ich einen Rückruf notieren?",
        "I cannot tell for sure which one it is, shall I note a call back?",
        "offer_callback",
    ),
    "guessed_enough": (
        "not_found",
        "Ich finde den Termin leider nicht, soll ich einen Rückruf notieren?",
        "I am sorry, I do not find the appointment, shall I note a call back?",
        "offer_callback",
    ),
    "too_late": (
        "too_late",
        "Ändern oder absagen kann ich nur bis {hours} vorher, soll ich einen Rückruf notieren?",
        "I can move or cancel it only up to {hours} before, shall I note a call back?",
        "offer_callback",
    ),
    "enough_asked": (
        "too_much",
        "Das kann ich in diesem Anruf leider nicht mehr tun, soll ich einen Rückruf notieren?",
        "I cannot do any more of that in this call, shall I note a call back?",
        "offer_callback",
    ),
    "enough_looked": (
        "too_much",
        "Weitere Tage kann ich in diesem Anruf leider nicht nachsehen, soll ich einen Rückruf notieren?",
        "I cannot look at any more days in this call, shall I note a call back?",
        "offer_callback",
    ),
    "enough_noted": (
        "too_much",
        "Drei Anliegen sind notiert, mehr kann ich in diesem Anruf leider nicht aufnehmen.",
        "I have noted three requests, I cannot take any more in this call.",
        "ask_if_anything_else",
    ),
}
