"""Sentences about free times that the calendar does not stand behind just now."""

from typing import Final

#: Instead of which sentence, where one of the times is as it was when the calendar last answered.
LAST_KNOWN: Final = {
    "free": "free_last_known",
    "free_days": "free_last_known",
    "free_exact": "free_last_known",
    "free_near": "free_last_known",
    "none_that_day": "none_that_day_last_known",
    "none_then": "free_last_known",
    "closed": "closed_last_known",
    "staff_away": "staff_full_last_known",
    "staff_full": "staff_full_last_known",
    "taken": "taken_last_known",
    "expired": "free_last_known",
}
STALE: Final = {
    "free_last_known": (
        "free",
        "Nach meinem letzten Stand ist {moments} frei.",
        "As far as I know {moments} is free.",
        "ask_which_time",
    ),
    "none_that_day_last_known": (
        "none_free",
        "Am {day} ist nach meinem letzten Stand nichts frei, möglich ist {moments}.",
        "As far as I know there is nothing free on {day}, but there is {moments}.",
        "ask_which_time",
    ),
    "closed_last_known": (
        "closed",
        "Am {day} ist geschlossen{reason}, nach meinem letzten Stand ist {moments} frei.",
        "We are closed on {day}{reason}, as far as I know {moments} is free.",
        "ask_which_time",
    ),
    "staff_full_last_known": (
        "none_free",
        "Bei {person} ist am {day} nach meinem letzten Stand nichts frei, möglich ist {moments}.",
        "As far as I know {person} has nothing free on {day}, but there is {moments}.",
        "ask_which_time",
    ),
    "taken_last_known": (
        "taken",
        "Diese Zeit ist gerade vergeben worden, nach meinem letzten Stand ist {moments} frei.",
        "That time has just been taken, as far as I know {moments} is free.",
        "ask_which_time",
    ),
    "wish_only": (
        "unverified",
        "Der Kalender antwortet gerade nicht, ich kann Ihren Wunsch für {moments} notieren.",
        "The calendar does not answer just now, I can note your wish for {moments}.",
        "ask_which_time_and_if_the_nearest_suits",
    ),
}
