"""Days and times as a voice says them are read back; whatever is added, no other day comes of it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.handlers import spoken
from services.voice_tools.handlers.selection import select
from services.voice_tools.handlers.wishes import Unclear, Wanted, read_wish
from services.voice_tools.values import FreeSlot
from shared.contracts import hours
from shared.contracts.branch import Branch
from shared.contracts.voice import WEEKDAY_NAMES, Language
from tests.unit.voice_tools.phrases import PHRASES, Phrase

BERLIN = ZoneInfo("Europe/Berlin")
TODAYS = st.dates(date(2026, 1, 1), date(2031, 12, 31))
AHEAD = st.integers(0, 360).map(lambda days: timedelta(days=days))
CLOCKS = st.builds(time, st.integers(8, 19), st.sampled_from([0, 15, 30, 45]))
LANGUAGES = st.sampled_from(get_args(Language))
#: What is said around a day, and must not turn it into another.
AROUND = st.sampled_from(
    [
        "heute",
        "morgen",
        "nicht",
        "ab",
        "bis",
        "vor",
        "nächste Woche",
        "oder",
        "Dienstag",
        "übermorgen",
        "um drei",
        "halb zehn",
        "in acht Tagen",
        "so bald wie möglich",
        "am fünfzehnten",
        "abends",
        "nein",
        "lieber",
        ",",
    ]
)
#: What is said around a phrase, and means no day.
BEFORE = (
    "",
    "ja also ",
    "Guten Tag, Müller, ",
    "ich hätte gern einen Termin ",
    "für meine zwei Kinder ",
    "zum Schneiden und Färben ",
)
AFTER = (
    "",
    "?",
    " bitte",
    " wenn's geht",
    " hätte ich Zeit",
    " um halb drei",
    " nachmittags um drei",
    " ab drei",
    ", aber nicht so früh",
    " oder so",
)
#: Both changes of clocks, a leap day, the days around a new year.
ODD_DAYS = (
    date(2027, 3, 28),
    date(2027, 10, 31),
    date(2028, 2, 29),
    date(2026, 12, 31),
    date(2027, 1, 1),
)


def _read(today: date, words: str | None, **said: Any) -> Wanted | Unclear:
    return read_wish(today=today, **{"day": None, "weekday": None, "words": words, **said})


@given(today=TODAYS, ahead=AHEAD, clock=CLOCKS, language=LANGUAGES)
def test_a_day_and_a_time_that_we_say_are_read_back(
    today: date, ahead: timedelta, clock: time, language: Language
) -> None:
    day = today + ahead
    at = "um" if language == "de" else "at"
    words = f"{spoken.day(day, language)} {at} {spoken.clock(clock, language)}"
    read = _read(today, words)
    assert read == Wanted(day, clock)


@given(today=TODAYS, ahead=AHEAD, words=st.lists(AROUND, max_size=6).map(" ".join))
def test_words_never_turn_a_date_into_another(today: date, ahead: timedelta, words: str) -> None:
    day = today + ahead
    read = _read(today, words, day=day.isoformat())
    assert isinstance(read, Unclear) or read.day == day


@given(
    today=TODAYS,
    phrase=st.sampled_from([phrase for phrase in PHRASES if phrase.days is not None]),
    before=st.sampled_from(BEFORE),
    after=st.sampled_from(AFTER),
)
def test_what_is_said_around_a_phrase_makes_no_other_day_of_it(
    today: date, phrase: Phrase, before: str, after: str
) -> None:
    meant = phrase.days(today) if phrase.days else set()
    read = _read(today, before + phrase.words + after)
    assert isinstance(read, Unclear) or {read.day} == meant


@pytest.mark.parametrize(
    "again", ["Dienstag ", "1. ", "nächste Woche ", "heute in ", "am 3. oder ", "nicht am "]
)
def test_whoever_repeats_a_word_five_hundred_letters_long_is_answered(again: str) -> None:
    # A rule that can read a list in two ways at each place takes longer than the call.
    read = _read(date(2026, 11, 25), (again * 500)[:500])
    assert isinstance(read, Unclear) or read.day is None or read.day >= date(2026, 11, 25)


@given(today=TODAYS, words=st.lists(AROUND, max_size=6).map(" ".join))
def test_words_alone_never_name_a_day_that_is_over(today: date, words: str) -> None:
    read = _read(today, words)
    assert isinstance(read, Unclear) or read.day is None or read.day >= today


@given(
    today=TODAYS,
    ahead=AHEAD,
    index=st.integers(0, 6),
    refusal=st.sampled_from(
        ["nicht am {}", "außer {}", "{} geht nicht", "{} kann ich nicht", "alles, nur kein {}"]
    ),
)
def test_a_weekday_that_was_refused_is_never_taken(
    today: date, ahead: timedelta, index: int, refusal: str
) -> None:
    day = today + ahead
    for sent in (None, day.isoformat()):
        read = _read(today, refusal.format(WEEKDAY_NAMES["de"][index]), day=sent)
        assert isinstance(read, Unclear)
        assert all(each.weekday() != index for each in read.days)


@given(today=TODAYS, weeks=st.integers(1, 3), index=st.integers(0, 6))
def test_a_weekday_of_a_week_is_in_that_week(today: date, weeks: int, index: int) -> None:
    which = ("", "nächste", "übernächste")[weeks - 1] if weeks < 3 else "übernächste"
    words = f"{which or 'diese'} Woche {WEEKDAY_NAMES['de'][index]}"
    ahead = {"": 0, "nächste": 1, "übernächste": 2}[which]
    read = _read(today, words)
    expected = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead, days=index)
    if expected >= today:
        assert read == Wanted(expected)
    else:
        assert isinstance(read, Unclear)


@pytest.mark.parametrize("day", ODD_DAYS)
@pytest.mark.parametrize("before", [1, 2, 5])
def test_on_an_odd_day_the_slot_that_was_said_is_the_slot_that_is_spoken(day: date, before: int) -> None:
    today = day - timedelta(days=before)
    wanted = _read(today, f"am {spoken.day(day, 'de')} um halb drei")
    assert isinstance(wanted, Wanted)
    selection = select(_half_hours(today), wanted, BERLIN)
    assert selection.kind == "exact"
    assert spoken.moment(selection.slots[0].start, BERLIN, "de") == f"{spoken.day(day, 'de')} um 14 Uhr 30"


def test_hours_over_midnight_belong_to_two_days_so_the_night_is_asked_back() -> None:
    bar = Branch.model_validate(
        {
            "company_id": "c",
            "branch_id": "b",
            "name": "Bar",
            "opening_hours": {"fri": ["18:00-03:00"], "sat": ["18:00-03:00"]},
        }
    )
    today, saturday = date(2026, 11, 25), date(2026, 11, 28)

    def opens(day: date | None, clock: time) -> bool:
        return hours.is_open_at(bar, datetime.combine(day or today, clock, BERLIN))

    night = _read(today, "Freitagnacht um eins", opens=opens)
    assert night == Unclear("ambiguous", (date(2026, 11, 27), saturday))
    assert _read(today, "Samstag um eins", opens=opens) == Wanted(saturday, time(1))
    assert _read(today, "Freitag um acht", opens=opens) == Wanted(date(2026, 11, 27), time(20))


def _half_hours(first: date) -> list[FreeSlot]:
    """Of two weeks; the instants are half an hour apart, whatever the clocks do."""
    start = datetime.combine(first, time(), BERLIN).astimezone(UTC)
    half = timedelta(minutes=30)
    return [FreeSlot(start + half * number, start + half * (number + 1)) for number in range(14 * 48)]
