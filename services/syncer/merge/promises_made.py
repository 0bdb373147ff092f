"""What was said in a call → the promises in it: by Retell's analysis, else by the agent's own sentences."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from services.syncer.merge.promises import Kind, Promise
from shared.contracts.lenient import integer_of

_ASKED: Final[dict[Kind, str]] = {
    "booking": "promised_booking",
    "move": "promised_move",
    "cancellation": "promised_cancellation",
    "callback": "promised_callback",
}
_OF_OLD: Final = "appointment_promised"
#: More is no booking by phone but an analysis gone wrong.
_MOST: Final = 10
#: From one leap day to the next, over a century's end.
_YEARS: Final = 9
_INSTANT: Final = re.compile(r"\d{4}-(\d\d)-(\d\d)[T ](\d\d):(\d\d)")
_SENTENCE: Final = re.compile(r"[^.!?]+[.!?]?")
#: A question, a condition, what is not yet or has long been: none of them says that something was done now.
_NO_PROMISE: Final = re.compile(
    r"\?|n't\b|\b(nicht|kein\w*|noch|wenn|falls|sobald|schon|bereits|soll|möchten?|könnte|würde|wäre|wunsch"
    r"|not|no|yet|if|once|until|already|shall|would|could|may|wish)\b",
    re.IGNORECASE,
)
_DONE: Final[dict[Kind, re.Pattern[str]]] = {
    "booking": re.compile(
        r"\b(ist|sind|wurde|habe|hab)\b.*\b(gebucht|reserviert|eingetragen)\b|\b(is|are|have|'ve)\b.*\bbooked\b",
        re.IGNORECASE,
    ),
    "move": re.compile(
        r"\b(ist|wurde|habe|hab)\b.*\b(verschoben|umgebucht|verlegt)\b"
        r"|\b(is|have|'ve)\b.*\b(moved|rescheduled)\b",
        re.IGNORECASE,
    ),
    "cancellation": re.compile(
        r"\b(ist|wurde|habe|hab)\b.*\b(abgesagt|storniert|gestrichen)\b|\b(is|have|'ve)\b.*\bcancelled\b",
        re.IGNORECASE,
    ),
    "callback": re.compile(
        r"\brückruf\b.*\bnotiert\b|\bruf(t|en)\b.*\bzurück\b|\bnoted\b.*\bcall back\b|\bcall you back\b",
        re.IGNORECASE,
    ),
}


def promises_of(
    analysis: Mapping[str, Any], transcript: str | None, called_at: datetime
) -> tuple[Promise, ...]:
    """``analysis``: Retell's answers to our questions. ``called_at``: in the branch's time, as what is said.

    A question without an answer is answered by the transcript, in German and English.
    """
    times = _times(analysis.get("promised_times"), called_at)
    kinds = {kind for kind in _ASKED if _is_made(kind, analysis, transcript)}
    made = [promise for kind in kinds for promise in _of_kind(kind, kinds, times, analysis)]
    if analysis.get(_OF_OLD) is True and not any(
        isinstance(analysis.get(key), bool) for key in _ASKED.values()
    ):
        made.append(Promise("appointment"))
    return tuple(made)


def _is_made(kind: Kind, analysis: Mapping[str, Any], transcript: str | None) -> bool:
    answer = analysis.get(_ASKED[kind])
    if isinstance(answer, bool):
        return answer
    if kind != "callback" and isinstance(analysis.get(_OF_OLD), bool):
        return False
    return any(_DONE[kind].search(sentence) for sentence in _claims(transcript or ""))


def _of_kind(
    kind: Kind, kinds: set[Kind], times: tuple[datetime, ...], analysis: Mapping[str, Any]
) -> Iterator[Promise]:
    if kind == "booking":
        count = min(integer_of(analysis.get("promised_count")) or 1, _MOST)
        yield from (Promise("booking", (each,)) for each in times)
        yield from (Promise("booking") for _ in range(count - len(times)))
    else:
        # With a booking beside it, the times are the booking's.
        is_timed = kind == "move" and "booking" not in kinds
        yield Promise(kind, times if is_timed else ())


def _times(value: object, called_at: datetime) -> tuple[datetime, ...]:
    text = value if isinstance(value, str) else ""
    found = (_coming(*map(int, parts), called_at=called_at) for parts in _INSTANT.findall(text))
    return tuple(dict.fromkeys(each for each in found if each is not None))[:_MOST]


def _coming(month: int, day: int, hour: int, minute: int, *, called_at: datetime) -> datetime | None:
    """The next such day: nobody says the year on the phone, so the analysis can only guess it."""
    for year in range(called_at.year, called_at.year + _YEARS):
        try:
            moment = datetime(year, month, day, hour, minute, tzinfo=called_at.tzinfo)
        except ValueError:  # 29 February
            continue
        if moment > called_at - timedelta(days=1):
            return moment
    return None


def _claims(transcript: str) -> Iterator[str]:
    """Sentences of the agent that state something."""
    for line in transcript.splitlines():
        speaker, _, said = line.partition(":")
        if speaker.strip() == "Agent":
            yield from (each for each in _SENTENCE.findall(said) if not _NO_PROMISE.search(each))
