"""Words that the agent, its tools and our answers have in common."""

from typing import Final, Literal

Language = Literal["de", "en"]

#: Monday first, as ``date.weekday()`` counts.
WEEKDAY_NAMES: Final[dict[Language, tuple[str, ...]]] = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
PARTS_OF_DAY: Final[dict[Language, tuple[str, ...]]] = {
    "de": ("vormittag", "mittag", "nachmittag", "abend"),
    "en": ("morning", "noon", "afternoon", "evening"),
}
#: What the agent says when the caller does not mind who does it.
ANYBODY: Final[dict[Language, str]] = {"de": "egal", "en": "anybody"}
URGENCIES: Final = ("normal", "urgent")
TOPICS: Final[dict[Language, tuple[str, ...]]] = {
    "de": ("oeffnungszeiten", "adresse", "preise", "leistungen", "team", "notfall", "sonstiges"),
    "en": ("opening_hours", "address", "prices", "services", "team", "emergency", "other"),
}


def language_of(locale: str) -> Language:
    """Ours for a locale such as ``de-AT``: German for ``de``, English for everybody else.

    Whoever speaks neither is told in English by us, and by the agent in the language of the branch.
    """
    return "de" if locale.lower().partition("-")[0] == "de" else "en"
