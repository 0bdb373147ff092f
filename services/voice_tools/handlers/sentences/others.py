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
        "Ich sehe Ihren Termin am {moments}. Möchten Sie ihn verschieben oder absagen?",
        "I see your appointment on {moments}. Would you like to move or cancel it?",
        "ask_what_to_do",
    ),
    "found_several": (
        "found",
        "Ich sehe mehrere Termine: {moments}. Welchen meinen Sie?",
        "I see several appointments: {moments}. Which one do you mean?",
        "ask_which_appointment",
    ),
    "not_found": (
        "not_found",
        "Unter diesem Namen finde ich an diesem Tag keinen Termin. Ist es vielleicht ein anderer Tag?",
        "I find no appointment under that name on that day. Could it be another day?",
        "ask_name_and_day_or_offer_callback",
    ),
    "unknown_appointment": (
        "unknown_code",
        "Um welchen Termin geht es? Nennen Sie mir bitte Name und Tag.",
        "Which appointment is it? Please tell me name and day.",
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
    "change_passed_on": (
        "requested",
        "Der Kalender antwortet nicht. Ich habe Ihren Wunsch weitergegeben, erledigt ist er noch nicht.",
        "The calendar does not answer just now. I have passed your wish on, it is not done yet.",
        "ask_if_anything_else",
    ),
    "change_refused": (
        "refused",
        "Diesen Termin kann ich nicht selbst ändern. Soll ich einen Rückruf notieren?",
        "I cannot change this appointment myself. Shall I note a call back?",
        "offer_callback",
    ),
    "other_service": (
        "other_service",
        "Dieser Termin gehört zu einer anderen Leistung. Für welchen Tag soll ich dafür schauen?",
        "That appointment is for another service. Which day shall I look at for it?",
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
        "Die Nummer stimmt noch nicht ganz. Wie lautet sie mit Vorwahl?",
        "That number is not quite right. What is it with the area code?",
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
        "Das weiß ich leider nicht. Soll ich einen Rückruf notieren?",
        "I do not know that. Shall I note a call back?",
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
        "Ich komme gerade nicht an den Kalender. Soll ich einen Rückruf notieren?",
        "I cannot reach the calendar just now. Shall I note a call back?",
        "offer_callback",
    ),
    "failed": (
        "unavailable",
        "Das klappt gerade leider nicht. Bitte rufen Sie in ein paar Minuten noch einmal an.",
        "That does not work just now. Please call again in a few minutes.",
        "apologise",
    ),
    "unknown_function": (
        "unknown_function",
        "Das kann ich am Telefon leider nicht. Soll ich einen Rückruf notieren?",
        "I cannot do that on the phone. Shall I note a call back?",
        "offer_callback",
    ),
    "suspended": (
        "unavailable",
        "Unser Telefondienst ist zurzeit nicht verfügbar. Bitte wenden Sie sich direkt an den Betrieb.",
        "Our telephone service is not available at present. Please turn to the business directly.",
        "apologise_then_end_call",
    ),
    "unknown_branch": (
        "unavailable",
        "Das kann ich gerade leider nicht nachsehen. Bitte rufen Sie später noch einmal an.",
        "I cannot look that up just now. Please call again later.",
        "apologise",
    ),
}
