"""Sentences for what takes longer than a caller waits."""

from typing import Final

WAITING: Final = {
    "moment": (
        "pending",
        "Das dauert noch einen Moment.",
        "That takes another moment.",
        "keep_talking_then_call_again",
    ),
    "requested_already": (
        "requested",
        "Ihr Wunsch für {moment} ist schon notiert, aber noch nicht fest, weil der Kalender nicht antwortet.",
        "I have noted your wish for {moment} already, it is not fixed yet, the calendar does not answer.",
        "ask_if_anything_else",
    ),
    "wish_noted": (
        "requested",
        "Ihr Wunsch für {moment} ist notiert, aber noch nicht fest, weil unser System nicht antwortet.",
        "I have noted your wish for {moment}, it is not fixed yet, our system does not answer.",
        "ask_if_anything_else",
    ),
    "wish_noted_already": (
        "requested",
        "Ihr Wunsch für {moment} ist schon notiert, aber noch nicht fest.",
        "I have noted your wish for {moment} already, it is not fixed yet.",
        "ask_if_anything_else",
    ),
}
