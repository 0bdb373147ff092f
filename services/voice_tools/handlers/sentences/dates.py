"""Questions about days and times that were not clear."""

from typing import Final

DATES: Final = {
    "day_open": (
        "ambiguous",
        "An welchem Tag genau passt es Ihnen?",
        "Which day exactly suits you?",
        "ask_which_day",
    ),
    "clock": ("ambiguous", "Meinen Sie {clocks}?", "Do you mean {clocks}?", "ask_which_time"),
    "clock_open": (
        "ambiguous",
        "Um wie viel Uhr möchten Sie kommen?",
        "At what time would you like to come?",
        "ask_which_time",
    ),
    "clock_again": (
        "ambiguous",
        "Damit ich zur richtigen Zeit nachsehe: {clocks}?",
        "So that I look at the right time: {clocks}?",
        "ask_which_time",
    ),
    "clock_open_again": (
        "ambiguous",
        "Nennen Sie mir bitte die Uhrzeit, wann passt es Ihnen?",
        "Please tell me the time, when does it suit you?",
        "ask_which_time",
    ),
    "wish_day_again": (
        "ambiguous",
        "Nennen Sie mir bitte Tag und Monat, welches Datum passt Ihnen?",
        "Please tell me day and month, which date suits you?",
        "ask_which_day",
    ),
    "wish_days_again": (
        "ambiguous",
        "Damit ich am richtigen Tag nachsehe: {days}?",
        "So that I look at the right day: {days}?",
        "ask_which_day",
    ),
    "wish_unclear": (
        "ambiguous",
        "Ich verstehe leider nicht, wann Sie kommen möchten, soll ich einen Rückruf notieren?",
        "I am sorry, I do not understand when you would like to come, shall I note a call back?",
        "offer_callback",
    ),
}
