"""Sentences about free times, questions about them, and booking."""

from typing import Final

FREE: Final = {
    "free": ("free", "Am {day} ist frei um {times}.", "On {day} there is {times}.", "ask_which_time"),
    "free_days": ("free", "Frei ist {moments}.", "Free times are {moments}.", "ask_which_time"),
    "free_exact": ("free", "Ja, {moments} ist frei.", "Yes, {moments} is free.", "ask_name_then_yes"),
    "free_near": (
        "free",
        "Um {clock} ist nichts frei, am nächsten liegt {moments}.",
        "There is nothing at {clock}, the nearest is {moments}.",
        "ask_which_time",
    ),
    "none_that_day": (
        "none_free",
        "Am {day} ist leider nichts frei, möglich ist {moments}.",
        "On {day} there is nothing free, but there is {moments}.",
        "ask_which_time",
    ),
    "none_then": (
        "none_free",
        "Zu dieser Zeit ist am {day} leider nichts frei, möglich ist {moments}.",
        "There is nothing free on {day} at that time, but there is {moments}.",
        "ask_which_time",
    ),
    "closed": (
        "closed",
        "Am {day} ist geschlossen{reason}, frei ist {moments}.",
        "We are closed on {day}{reason}, but there is {moments}.",
        "ask_which_time",
    ),
    "closed_only": (
        "closed",
        "Am {day} ist geschlossen{reason}, welcher andere Tag passt Ihnen?",
        "We are closed on {day}{reason}, which other day suits you?",
        "ask_which_day",
    ),
    "no_slots": (
        "none_free",
        "In dieser Zeit ist leider nichts frei, passt ein anderer Tag, oder soll ich einen Rückruf notieren?",
        "There is nothing free around then, does another day suit you, or shall I note a call back?",
        "ask_which_day_or_offer_callback",
    ),
}
QUESTIONS: Final = {
    "ambiguous": ("ambiguous", "Meinen Sie {days}?", "Do you mean {days}?", "ask_which_day"),
    "unreadable": (
        "ambiguous",
        "Welchen Tag meinen Sie genau?",
        "Which day do you mean exactly?",
        "ask_which_day",
    ),
    "past_with_days": (
        "correction",
        "Dieser Tag ist schon vorbei, heute ist {today}, meinen Sie {days}?",
        "That day is over, today is {today}, do you mean {days}?",
        "ask_which_day",
    ),
    "past": (
        "correction",
        "Dieser Tag ist schon vorbei, heute ist {today}, welchen Tag meinen Sie?",
        "That day is over, today is {today}, which day do you mean?",
        "ask_which_day",
    ),
    "too_far": (
        "correction",
        "So weit im Voraus kann ich nichts eintragen, welcher Tag passt Ihnen sonst?",
        "I cannot book that far ahead, which other day suits you?",
        "ask_which_day",
    ),
    "unknown_service": (
        "unknown_service",
        "Welche Leistung möchten Sie: {services}?",
        "Which service would you like: {services}?",
        "ask_which_service",
    ),
    "not_offered": (
        "not_offered",
        "{service} kann ich am Telefon leider nicht eintragen, soll ich einen Rückruf notieren?",
        "I cannot book {service} on the phone, shall I note a call back?",
        "offer_callback",
    ),
    "unknown_staff": (
        "unknown_staff",
        "Das geht bei dieser Person leider nicht, möglich ist es bei {others}.",
        "That is not possible with that person, but it is with {others}.",
        "ask_which_person",
    ),
}
BOOKING: Final = {
    "confirm_first": (
        "confirm_first",
        "Soll ich {moment} für Sie eintragen?",
        "Shall I book {moment} for you?",
        "ask_for_yes_then_call_again",
    ),
    "name_needed": (
        "name_needed",
        "Auf welchen Namen darf ich den Termin eintragen?",
        "Which name may I book it under?",
        "ask_name",
    ),
    "booked": (
        "booked",
        "Ihr Termin am {moment} ist eingetragen{message}.",
        "Your appointment on {moment} is booked{message}.",
        "ask_if_anything_else",
    ),
    "awaiting": (
        "awaiting_confirmation",
        "Ihr Termin am {moment} ist vorgemerkt und wird noch bestätigt{message}.",
        "Your appointment on {moment} is noted and will still be confirmed{message}.",
        "ask_if_anything_else",
    ),
    "already_booked": (
        "booked",
        "Ihr Termin am {moment} ist bereits eingetragen.",
        "Your appointment on {moment} is booked already.",
        "ask_if_anything_else",
    ),
    "already_awaiting": (
        "awaiting_confirmation",
        "Ihr Termin am {moment} ist bereits vorgemerkt und wird noch bestätigt.",
        "Your appointment on {moment} is noted already and will still be confirmed.",
        "ask_if_anything_else",
    ),
    "pending": (
        "pending",
        "Ich trage das gerade ein, das dauert noch einen Moment.",
        "I am entering that, it takes another moment.",
        "keep_talking_then_call_again",
    ),
    "requested": (
        "requested",
        "Ihr Wunsch für {moment} ist notiert, aber noch nicht fest, weil der Kalender nicht antwortet.",
        "I have noted your wish for {moment}, it is not fixed yet because the calendar does not answer.",
        "ask_if_anything_else",
    ),
    "taken": (
        "taken",
        "Diese Zeit ist gerade vergeben worden, frei ist {moments}.",
        "That time has just been taken, but there is {moments}.",
        "ask_which_time",
    ),
    "taken_only": (
        "taken",
        "Diese Zeit ist gerade vergeben worden, welcher andere Tag passt Ihnen?",
        "That time has just been taken, which other day suits you?",
        "ask_which_day",
    ),
    "expired": (
        "expired",
        "Ich habe noch einmal nachgesehen, frei ist {moments}.",
        "I have looked again, there is {moments}.",
        "ask_which_time",
    ),
    "unknown_code": (
        "unknown_code",
        "Welcher Tag und welche Uhrzeit passen Ihnen?",
        "Which day and time suit you?",
        "call_check_availability",
    ),
    "not_bookable": (
        "not_bookable",
        "Das kann ich leider nicht selbst eintragen, soll ich einen Rückruf notieren?",
        "I cannot enter that myself, shall I note a call back?",
        "offer_callback",
    ),
}
