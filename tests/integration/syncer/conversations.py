"""Scripted conversations: what an agent says and promises, and what it has done meanwhile, or has not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

TUESDAY, WEDNESDAY = "2027-03-02T10:00", "2027-03-03T10:00"
WISH: Final = {"say": "Guten Tag, ich hätte gern einen Termin am Dienstag um zehn."}
HANGUP: Final = {"hangup": "user"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row as voice tools leave it; ``appointment``: its webhook has come."""

    kind: str = "book"
    state: str = "booked"
    start: str = TUESDAY
    uid: str = "u1"
    changed: str | None = None
    appointment: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """``answers``: of the analysis, with the promises left out that are false; None: it answers nothing.

    ``later``: states of attempts, by uid, when the call is looked at for the last time.
    """

    title: str
    agent: Sequence[str]
    answers: Mapping[str, Any] | None = field(default_factory=dict)
    done: Sequence[Attempt] = ()
    callback: bool = False
    later: Mapping[str, str] = field(default_factory=dict)
    #: How Retell tells of the analysis: by webhook, or not at all until it is asked.
    told_by: str = "webhook"
    cancelled_at: str | None = None
    kinds: tuple[str, ...] = ()

    @property
    def script(self) -> list[dict[str, Any]]:
        return [WISH, *({"agent": sentence} for sentence in self.agent), HANGUP]

    @property
    def analysis(self) -> dict[str, Any]:
        if self.answers is None:
            return {}
        asked = ("promised_booking", "promised_move", "promised_cancellation", "promised_callback")
        return dict.fromkeys(asked, False) | dict(self.answers)


BOOKED: Final = {"promised_booking": True, "promised_times": TUESDAY, "promised_when": "Dienstag, zehn Uhr"}
MOVED: Final = {"promised_move": True, "promised_times": WEDNESDAY}

LIES: Final = (
    Conversation(
        "nothing was booked", ["Ihr Termin am Dienstag um zehn ist gebucht."], BOOKED, kinds=("booking",)
    ),
    Conversation(
        "another day was booked",
        ["Ihr Termin am Dienstag um zehn ist gebucht."],
        BOOKED,
        [Attempt(start=WEDNESDAY, appointment=True)],
        kinds=("booking",),
    ),
    Conversation(
        "the second person has none",
        ["Beide Termine am Dienstag um zehn sind gebucht."],
        {**BOOKED, "promised_count": 2},
        [Attempt(appointment=True)],
        kinds=("booking",),
    ),
    Conversation(
        "the move was refused",
        ["Ich habe Ihren Termin auf Mittwoch verschoben."],
        MOVED,
        [Attempt("reschedule", "refused", WEDNESDAY)],
        kinds=("move",),
    ),
    Conversation(
        "nothing was cancelled",
        ["Ihr Termin ist abgesagt."],
        {"promised_cancellation": True},
        [Attempt("cancel", "refused")],
        kinds=("cancellation",),
    ),
    Conversation(
        "it was told before the function had ended",
        ["Ihr Termin am Dienstag um zehn ist gebucht."],
        BOOKED,
        [Attempt(state="pending")],
        later={"u1": "refused"},
        kinds=("booking",),
    ),
    Conversation(
        "a wish was sold as an appointment",
        ["Ihr Termin am Dienstag um zehn ist gebucht."],
        BOOKED,
        [Attempt(state="requested")],
        later={"u1": "requested"},
        kinds=("booking",),
    ),
    Conversation(
        "the callback was not noted",
        ["Der Chef ruft Sie heute noch zurück."],
        {"promised_callback": True},
        kinds=("callback",),
    ),
    Conversation(
        "the analysis answers nothing",
        ["Einen Moment.", "Ihr Termin am 2. März ist gebucht."],
        None,
        kinds=("booking",),
    ),
    Conversation(
        "the analysis was lost and is found by the repair",
        ["Ihr Termin am Dienstag um zehn ist gebucht."],
        BOOKED,
        told_by="repair",
        kinds=("booking",),
    ),
)

HONEST: Final = (
    Conversation("it was booked", ["Ihr Termin ist gebucht."], BOOKED, [Attempt(appointment=True)]),
    Conversation("its webhook has not come yet", ["Ihr Termin ist gebucht."], BOOKED, [Attempt()]),
    Conversation(
        "two persons have two",
        ["Beide Termine sind gebucht."],
        {**BOOKED, "promised_count": 2},
        [Attempt(appointment=True), Attempt(uid="u2", appointment=True)],
    ),
    Conversation(
        "it was booked and moved",
        ["Gebucht.", "Ich habe Ihren Termin auf Mittwoch verschoben."],
        {**BOOKED, **MOVED, "promised_times": f"{TUESDAY}, {WEDNESDAY}"},
        [Attempt(appointment=True), Attempt("reschedule", start=WEDNESDAY, uid="u2", changed="u1")],
    ),
    Conversation(
        "it was cancelled", ["Ihr Termin ist abgesagt."], {"promised_cancellation": True}, [Attempt("cancel")]
    ),
    Conversation(
        "the callback was noted",
        ["Ich habe den Rückruf notiert."],
        {"promised_callback": True},
        callback=True,
    ),
    Conversation("a wish was called a wish", ["Ihr Wunsch ist notiert."], {}, [Attempt(state="requested")]),
    Conversation(
        "the function ended well after all",
        ["Ihr Termin ist gebucht."],
        BOOKED,
        [Attempt(state="pending")],
        later={"u1": "booked"},
    ),
    Conversation(
        "the customer cancelled after the call",
        ["Ihr Termin ist gebucht."],
        BOOKED,
        [Attempt(appointment=True)],
        told_by="repair",
        cancelled_at="2027-03-01T10:00:00Z",
    ),
    Conversation(
        "only asked, where the analysis answers nothing",
        ["Ist der Termin gebucht?", "Noch ist nichts gebucht.", "Sobald er gebucht ist, sage ich es Ihnen."],
        None,
    ),
)
