"""A broken promise in the words that the person reads who puts it right."""

from collections.abc import Iterable
from typing import Final

from services.syncer.merge.promises import Broken, Fault, Kind
from shared.contracts.voice import About, Language, moment_in

_PROMISED: Final[dict[Language, dict[Kind, str]]] = {
    "de": {
        "appointment": "Ein Termin wurde zugesagt",
        "booking": "Ein Termin wurde zugesagt",
        "move": "Eine Verschiebung wurde zugesagt",
        "cancellation": "Eine Absage wurde zugesagt",
        "callback": "Ein Rückruf wurde zugesagt",
    },
    "en": {
        "appointment": "An appointment was promised",
        "booking": "An appointment was promised",
        "move": "A move was promised",
        "cancellation": "A cancellation was promised",
        "callback": "A call back was promised",
    },
}
_INSTEAD: Final[dict[Language, dict[Fault, str]]] = {
    "de": {
        "nothing": "getan ist nichts",
        "other_time": "im Kalender steht {instead}",
        "unfinished": "fest ist noch nichts",
        "undone": "der Termin steht nicht mehr",
    },
    "en": {
        "nothing": "nothing was done",
        "other_time": "the calendar has {instead}",
        "unfinished": "nothing is fixed yet",
        "undone": "the appointment is gone",
    },
}
_AND: Final[dict[Language, str]] = {"de": " und ", "en": " and "}


def complaint(about: About, found: Iterable[Broken], said: str | None) -> str:
    """A sentence for each promise; ``said``: what the agent said, by the analysis."""
    quoted = {"de": f" („{said}“)", "en": f" ({said})"}[about.language] if said else ""
    return " ".join(_sentence(about, one, quoted) for one in found)


def _sentence(about: About, one: Broken, quoted: str) -> str:
    times = _AND[about.language].join(moment_in(about, each) for each in one.promise.times)
    promised = _PROMISED[about.language][one.promise.kind] + (f": {times}" if times else quoted)
    instead = _AND[about.language].join(moment_in(about, each) for each in one.instead)
    return f"{promised}; {_INSTEAD[about.language][one.fault].format(instead=instead)}."
