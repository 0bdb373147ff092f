"""Sentences about appointments there are, call backs, and what does not work."""

from typing import Final

APPOINTMENTS: Final = {
    "name_and_day": (
        "need_name_and_day",
        "Auf welchen Namen und für welchen Tag ist der Termin gebucht?",
        "Which name and which day was it booked for?",
        "ask_name_and_day",
    ),
    "found": (
        "found",
        "Ich sehe Ihren Termin am {moments}, möchten Sie ihn verschieben oder absagen?",
        "I see your appointment on {moments}, would you like to move or cancel it?",
        "ask_what_to_do",
    ),
    "found_several": (
        "found",
        "Welchen Ihrer Termine meinen Sie: {moments}?",
        "Which of your appointments do you mean: {moments}?",
        "ask_which_appointment",
    ),
    "not_found": (
        "not_found",
        "Unter diesem Namen finde ich an diesem Tag keinen Termin, ist es vielleicht ein anderer Tag?",
        "I find no appointment under that name on that day, could it be another day?",
        "ask_name_and_day_or_offer_callback",
    ),
    "unknown_appointment": (
        "unknown_code",
        "Um welchen Termin geht es, auf welchen Namen und an welchem Tag?",
        "Which appointment is it, under which name and on which day?",
        "call_find_appointment",
    ),
    "confirm_cancel": (
        "confirm_first",
        "Soll ich Ihren Termin am {moment} wirklich absagen?",
        "Shall I really cancel your appointment on {moment}?",
        "ask_for_yes_then_call_again",
    ),
    "cancelled": (
        "cancelled",
        "Ihr Termin am {moment} ist abgesagt.",
        "Your appointment on {moment} is cancelled.",
        "ask_if_anything_else",
    ),
    "confirm_reschedule": (
        "confirm_first",
        "Soll ich Ihren Termin am {moment} auf {new} verschieben?",
        "Shall I move your appointment on {moment} to {new}?",
        "ask_for_yes_then_call_again",
    ),
    "rescheduled": (
        "rescheduled",
        "Ihr Termin am {moment} ist verschoben auf {new}.",
        "Your appointment on {moment} is moved to {new}.",
        "ask_if_anything_else",
    ),
    "rescheduled_awaiting": (
        "awaiting_confirmation",
        "Ihr Termin am {moment} ist auf {new} vorgemerkt und wird noch bestätigt.",
        "Moving your appointment on {moment} to {new} is noted and will still be confirmed.",
        "ask_if_anything_else",
    ),
    "there_already": (
        "rescheduled",
        "Ihr Termin ist bereits für {new} eingetragen.",
        "Your appointment is already booked for {new}.",
        "ask_if_anything_else",
    ),
    "there_already_awaiting": (
        "awaiting_confirmation",
        "Ihr Termin ist bereits für {new} vorgemerkt und wird noch bestätigt.",
        "Your appointment is already noted for {new} and will still be confirmed.",
        "ask_if_anything_else",
    ),
    "over_already": (
        "cancelled",
        "Dieser Termin ist schon abgesagt, für welchen Tag soll ich einen neuen suchen?",
        "That appointment is cancelled already, for which day shall I look for a new one?",
        "call_check_availability",
    ),
    "change_passed_on": (
        "requested",
        "Ihr Wunsch ist weitergegeben, aber noch nicht erledigt, weil der Kalender nicht antwortet.",
        "I have passed your wish on, it is not done yet because the calendar does not answer just now.",
        "ask_if_anything_else",
    ),
    "change_refused": (
        "refused",
        "Diesen Termin kann ich nicht selbst ändern, soll ich einen Rückruf notieren?",
        "I cannot change this appointment myself, shall I note a call back?",
        "offer_callback",
    ),
    "other_service": (
        "other_service",
        "Dieser Termin gehört zu einer anderen Leistung, für welchen Tag soll ich dafür schauen?",
        "That appointment is for another service, which day shall I look at for it?",
        "call_check_availability",
    ),
}
OTHERS: Final = {
    "noted": (
        "noted",
        "Ich habe den Rückruf notiert.",
        "I have noted the call back.",
        "ask_if_anything_else",
    ),
    "noted_without_number": (
        "noted",
        "Ich habe Ihr Anliegen ohne Rufnummer notiert.",
        "I have noted your request without a number.",
        "ask_if_anything_else",
    ),
    "callback_name_needed": (
        "name_needed",
        "Auf welchen Namen darf ich das notieren?",
        "Which name may I note it under?",
        "ask_name",
    ),
    "noted_already": (
        "noted",
        "Der Rückruf ist bereits notiert.",
        "The call back is noted already.",
        "ask_if_anything_else",
    ),
    "number_needed": (
        "number_needed",
        "Unter welcher Nummer erreichen wir Sie?",
        "Which number can we reach you at?",
        "ask_number",
    ),
    "number_invalid": (
        "number_needed",
        "Die Nummer stimmt noch nicht ganz, wie lautet sie mit Vorwahl?",
        "That number is not quite right, what is it with the area code?",
        "ask_number",
    ),
    "reason_needed": (
        "reason_needed",
        "Worum geht es bei dem Rückruf?",
        "What is the call back about?",
        "ask_reason",
    ),
    "consent": ("noted", "Danke, das ist notiert.", "Thank you, that is noted.", "continue"),
    "no_consent": (
        "noted",
        "In Ordnung, ich habe notiert, dass Sie keine Aufnahme möchten.",
        "All right, I have noted that you do not want a recording.",
        "continue",
    ),
    "information": ("information", "{text}", "{text}", "ask_if_anything_else"),
    "no_information": (
        "no_information",
        "Das weiß ich leider nicht, soll ich einen Rückruf notieren?",
        "I do not know that, shall I note a call back?",
        "offer_callback",
    ),
    "looking": (
        "pending",
        "Der Kalender braucht noch einen Moment.",
        "The calendar needs another moment.",
        "call_check_availability_again",
    ),
    "unavailable": (
        "unavailable",
        "Ich komme gerade nicht an den Kalender, soll ich einen Rückruf notieren?",
        "I cannot reach the calendar just now, shall I note a call back?",
        "offer_callback",
    ),
    "failed": (
        "unavailable",
        "Das klappt gerade leider nicht, bitte rufen Sie in ein paar Minuten noch einmal an.",
        "That does not work just now, please call again in a few minutes.",
        "apologise",
    ),
    "unknown_function": (
        "unknown_function",
        "Das kann ich am Telefon leider nicht, soll ich einen Rückruf notieren?",
        "I cannot do that on the phone, shall I note a call back?",
        "offer_callback",
    ),
    "suspended": (
        "unavailable",
        "Unser Telefondienst ist zurzeit nicht verfügbar, bitte wenden Sie sich direkt an den Betrieb.",
        "Our telephone service is not available at present, please turn to the business directly.",
        "apologise_then_end_call",
    ),
    "unknown_branch": (
        "unavailable",
        "Das kann ich gerade leider nicht nachsehen, bitte rufen Sie später noch einmal an.",
        "I cannot look that up just now, please call again later.",
        "apologise",
    ),
}
