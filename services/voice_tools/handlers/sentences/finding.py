"""Questions that lead to an appointment: each has a second form, and then a person calls back."""

from typing import Final

FINDING: Final = {
    "find_name": (
        "need_name_and_day",
        "Auf welchen Namen ist der Termin gebucht?",
        "Which name was it booked under?",
        "ask_name_and_day",
    ),
    "find_day": (
        "need_name_and_day",
        "Für welchen Tag ist der Termin gebucht?",
        "Which day was it booked for?",
        "ask_name_and_day",
    ),
    "name_again": (
        "need_name_and_day",
        "Wie lautet der Nachname, unter dem der Termin eingetragen ist?",
        "What is the last name that the appointment is under?",
        "ask_name_and_day",
    ),
    "name_and_day_again": (
        "need_name_and_day",
        "Ich brauche den Nachnamen und das Datum des Termins, wie lauten sie?",
        "I need the last name and the date of the appointment, what are they?",
        "ask_name_and_day",
    ),
    "find_day_open": (
        "ambiguous",
        "An welchem Tag genau ist der Termin?",
        "On which day exactly is the appointment?",
        "ask_which_day",
    ),
    "find_too_far": (
        "correction",
        "So weit im Voraus ist nichts eingetragen, an welchem Tag ist der Termin?",
        "Nothing is booked that far ahead, on which day is the appointment?",
        "ask_which_day",
    ),
    "day_again": (
        "ambiguous",
        "Nennen Sie mir bitte Tag und Monat des Termins, welches Datum war es?",
        "Please tell me day and month of the appointment, which date was it?",
        "ask_which_day",
    ),
    "days_again": (
        "ambiguous",
        "Damit ich den richtigen Termin finde: War es {days}?",
        "So that I find the right appointment: was it {days}?",
        "ask_which_day",
    ),
    "not_found_again": (
        "not_found",
        "Auch so finde ich keinen Termin, wie buchstabieren Sie den Nachnamen?",
        "I still find no appointment, how do you spell the last name?",
        "ask_name_and_day_or_offer_callback",
    ),
    "first_name_again": (
        "name_needed",
        "Ohne den Vornamen komme ich hier nicht weiter, wie lautet er?",
        "I cannot go on without the first name, what is it?",
        "ask_first_name_then_call_again",
    ),
}
