from collections import Counter
from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest

from services.voice_tools.handlers.wishes import Unclear, Wanted, read_wish
from tests.unit.voice_tools.phrases import PHRASES, Phrase

#: A Monday, a Sunday, the last day of a year, the day before a leap day, the day before summer time.
TODAYS = (
    date(2026, 11, 30),
    date(2026, 11, 29),
    date(2026, 12, 31),
    date(2028, 2, 28),
    date(2027, 3, 27),
)
_BY_WORDS = [pytest.param(phrase, id=phrase.words) for phrase in PHRASES]


def _open(_: date | None, clock: time) -> bool:
    return time(9) <= clock < time(18)


def _read(phrase: Phrase, today: date, day: date | None) -> Wanted | Unclear:
    sent = day.isoformat() if day else None
    return read_wish(today=today, day=sent, weekday=None, words=phrase.words, opens=_open)


def _sent(phrase: Phrase, today: date) -> Iterator[date | None]:
    """No date at all, one that the words mean, and such as a model makes of them."""
    meant = min(phrase.days(today), default=today) if phrase.days else today
    yield from (None, *(meant + timedelta(days=off) for off in (0, 1, -1, 7, -7)))


def _out_of_reach(days: set[date], today: date) -> bool:
    """Over, or further ahead than anybody's calendar is open."""
    return not all(0 <= (day - today).days <= 366 for day in days)


def _outcome(phrase: Phrase, today: date, sent: date | None) -> str:
    found = _read(phrase, today, sent)
    if isinstance(found, Unclear):
        return "asked"
    if phrase.days is None:
        return "right" if found.day == sent else "wrong"
    meant = phrase.days(today)
    certain = phrase.span or len(meant) == 1
    return "right" if certain and found.day in meant else "wrong"


@pytest.mark.parametrize("phrase", _BY_WORDS)
def test_no_phrase_becomes_a_day_that_was_not_meant(phrase: Phrase) -> None:
    outcomes = [_outcome(phrase, today, sent) for today in TODAYS for sent in _sent(phrase, today)]
    assert "wrong" not in outcomes


@pytest.mark.parametrize("phrase", _BY_WORDS)
@pytest.mark.parametrize("today", TODAYS)
def test_what_is_certain_is_not_asked(phrase: Phrase, today: date) -> None:
    meant: set[date] = phrase.days(today) if phrase.days else set()
    certain = phrase.days is None or (len(meant) == 1 and not _out_of_reach(meant, today))
    if certain and not phrase.span:
        assert isinstance(_read(phrase, today, None), Wanted)
    if certain or phrase.span:
        assert all(isinstance(_read(phrase, today, day), Wanted) for day in meant or {None})


@pytest.mark.parametrize("phrase", [each for each in PHRASES if each.clock], ids=lambda each: each.words)
def test_the_time_is_the_one_that_was_said(phrase: Phrase) -> None:
    for today in TODAYS:
        found = _read(phrase, today, None)
        if isinstance(found, Wanted):
            assert found.at == time.fromisoformat(phrase.clock or "")


def test_a_hundred_phrases_and_no_wrong_day() -> None:
    counted = Counter(
        _outcome(phrase, today, sent)
        for phrase in PHRASES
        for today in TODAYS
        for sent in _sent(phrase, today)
    )
    assert len({phrase.words for phrase in PHRASES}) >= 100
    assert counted["wrong"] == 0
    # Whoever asks about everything is never wrong: two of the six dates sent with a clear phrase are right.
    assert counted["right"] > len(PHRASES) * len(TODAYS)
