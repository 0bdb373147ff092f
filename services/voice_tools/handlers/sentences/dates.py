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
}
