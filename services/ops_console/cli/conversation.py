"""What a caller and the agent say in a simulated call; the agent says what the functions let it say."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from shared.contracts.voice import FUNCTIONS

Steps = list[dict[str, Any]]


class Scenario(StrEnum):
    """What the caller wants, or what goes wrong meanwhile."""

    BUCHEN = "buchen"
    UNKLAR = "unklar"
    VERSCHIEBEN = "verschieben"
    ABSAGEN = "absagen"
    LANGSAM = "langsam"
    AUSFALL = "ausfall"


#: What Cal.com does when the booking is sent: as slow as it is otherwise and slower, or nothing at all.
FAULTS: Final[dict[Scenario, dict[str, Any]]] = {
    Scenario.LANGSAM: {"route": "POST /v2/bookings", "kind": "latency", "seconds": 2.5, "times": 1},
    Scenario.AUSFALL: {"route": "POST /v2/bookings", "kind": "status", "status": 503},
}
#: Seconds that a caller may wait for a function: for one that enters something, and for the others.
_ENTERING, _LOOKING = 2.5, 0.8
#: Seconds of ringing that nobody notices.
RINGING: Final = 0.3
_SOON: Final = "so bald wie möglich"


def budget_of(function: str) -> float | None:
    """Seconds in which it has to answer; None for what is none of ours."""
    known = FUNCTIONS.get(function)
    return None if known is None else _ENTERING if known.enters else _LOOKING


def steps_of(scenario: Scenario, service: str | None, name: str) -> Steps:
    """The script, in German. ``service``: what is asked for."""
    return _SCRIPTS[scenario](service or "Termin", name)


def _book(service: str, name: str) -> Steps:
    return [*_booked(service, name), *_GOODBYE]


def _book_unclear(service: str, name: str) -> Steps:
    words = "am Dienstag, nein, am Montag"
    return [
        {"say": f"Guten Tag, ich möchte {words} kommen."},
        _asked(service, words, weekday="Mittwoch"),
        {"agent": "{{results.0.say}}"},
        {"say": f"Ach, wissen Sie was: {_SOON}."},
        *_booked(service, name, first=1)[1:],
        *_GOODBYE,
    ]


def _book_slowly(service: str, name: str) -> Steps:
    return [
        *_booked(service, name, meanwhile="Ich warte gern."),
        *_GOODBYE,
    ]


def _move(service: str, name: str) -> Steps:
    return [
        *_found(
            service, name, "Ach, ich sehe gerade, da kann ich doch nicht. Kann ich den Termin verschieben?"
        ),
        {"say": "Ja, verschieben bitte, auf die nächste freie Zeit."},
        _asked(service, _SOON),
        {"agent": "{{results.3.say}}"},
        {"say": "Die zweite passt."},
        {"agent": "Ich verschiebe auf {{results.3.slots.1.spoken}}, ist das richtig?"},
        {"say": "Ja, bitte."},
        _does("reschedule_appointment", appointment_code=_FOUND, slot_code="{{results.3.slots.1.code}}"),
        {"agent": "{{results.4.say}}"},
        _HOLD,
        *_GOODBYE,
    ]


def _cancel(service: str, name: str) -> Steps:
    return [
        *_found(service, name, "Ach, ich sehe gerade, da kann ich gar nicht. Kann ich wieder absagen?"),
        {"say": "Nein, kein anderer Tag. Ja, bitte absagen."},
        _does("cancel_appointment", appointment_code=_FOUND),
        {"agent": "{{results.3.say}}"},
        _HOLD,
        *_GOODBYE,
    ]


def _booked(service: str, name: str, *, first: int = 0, meanwhile: str | None = None) -> Steps:
    """``first``: how many functions were called before; ``meanwhile``: said while it is being entered."""
    offered, entered = f"results.{first}", f"results.{first + 1}"
    slot = f"{offered}.slots.0"
    return [
        {"say": f"Guten Tag, ich hätte gern einen Termin: {service}, {_SOON}."},
        _asked(service, _SOON),
        {"agent": f"{{{{{offered}.say}}}}"},
        {"say": "Die erste Zeit passt mir gut."},
        {"agent": "Auf welchen Namen darf ich den Termin eintragen?"},
        {"say": f"Auf {name}, bitte."},
        {"agent": f"{service}, {{{{{slot}.spoken}}}}, auf den Namen {name}: ist das so richtig?"},
        {"say": "Ja, genau."},
        _does("book_appointment", slot_code=f"{{{{{slot}.code}}}}", customer_name=name),
        {"agent": f"{{{{{entered}.say}}}}"},
        *([{"say": meanwhile}] if meanwhile else []),
        _HOLD,
    ]


def _found(service: str, name: str, wish: str) -> Steps:
    """An appointment that was booked a moment ago; its webhook needs that moment."""
    day = {"date": "{{results.0.slots.0.start}}", "caller_words": "{{results.0.slots.0.spoken}}"}
    return [
        *_booked(service, name),
        {"silence": 1.0},
        {"say": wish},
        {"agent": "Auf welchen Namen und für welchen Tag ist der Termin gebucht?"},
        {"say": f"{name}, für {{{{results.0.slots.0.spoken}}}}."},
        {"function": "find_appointment", "args": {"customer_name": name, **day}},
        {"agent": "{{results.2.say}}"},
    ]


def _asked(service: str, words: str, **more: str) -> dict[str, Any]:
    # Told that it takes another moment an agent says so and asks again.
    args = {"service": service, "caller_words": words, **more}
    return {"function": "check_availability", "args": args, "again": 3}


def _does(function: str, **args: str) -> dict[str, Any]:
    return {"function": function, "args": {**args, "caller_confirmed": True}}


#: As long as an attempt may take.
_HOLD: Final = {"hold": 9.0}
_FOUND: Final = "{{results.2.appointments.0.code}}"
_GOODBYE: Final[Steps] = [
    {"say": "Vielen Dank, auf Wiederhören."},
    {"agent": "Gern geschehen, auf Wiederhören!"},
    {"hangup": "user"},
]
_SCRIPTS: Final[dict[Scenario, Callable[[str, str], Steps]]] = {
    Scenario.BUCHEN: _book,
    Scenario.UNKLAR: _book_unclear,
    Scenario.VERSCHIEBEN: _move,
    Scenario.ABSAGEN: _cancel,
    Scenario.LANGSAM: _book_slowly,
    Scenario.AUSFALL: _book,
}
