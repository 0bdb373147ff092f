from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.handlers.grammar import meaning
from services.voice_tools.handlers.wished_time import read_clock
from services.voice_tools.handlers.wishes import Unclear, Wanted, read_wish
from shared.contracts.voice import WEEKDAY_NAMES

SUNDAY = date(2026, 11, 22)
WEDNESDAY = date(2026, 11, 25)
DAYS = st.dates(date(2026, 11, 22), date(2027, 11, 20))


def _read(today: date = SUNDAY, **said: Any) -> Wanted | Unclear:
    return read_wish(today=today, **{"day": None, "weekday": None, "words": None, **said})


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("morgen um drei", ["2026-11-23"]),
        ("am Morgen", []),
        ("heute Morgen", ["2026-11-22"]),
        ("Dienstag morgen", ["2026-11-24"]),
        ("übermorgen", ["2026-11-24"]),
        ("nächste Woche Dienstag", ["2026-11-24"]),
        ("nächsten Freitag", ["2026-11-27", "2026-12-04"]),
        ("am 15.1. bitte", ["2027-01-15"]),
        ("am 1. Dezember", ["2026-12-01"]),
        ("um 15.30 Uhr", []),
        ("December 1 or so", ["2026-12-01"]),
        ("the day after tomorrow", ["2026-11-24"]),
        ("so bald wie möglich", []),
    ],
)
def test_words_speak_of_these_days(words: str, days: list[str]) -> None:
    assert [day.isoformat() for day in meaning(words, SUNDAY).said.days] == days


def test_next_week_on_a_wednesday_is_the_week_after() -> None:
    assert meaning("nächste Woche Dienstag", WEDNESDAY).said.days == (date(2026, 12, 1),)


@given(day=DAYS, language=st.sampled_from(["de", "en"]))
def test_a_date_with_its_own_weekday_is_taken(day: date, language: Any) -> None:
    assert _read(day=day.isoformat(), weekday=WEEKDAY_NAMES[language][day.weekday()]) == Wanted(day)


@given(day=DAYS, wrong=st.integers(1, 6))
def test_a_date_with_another_weekday_is_asked_back_with_both(day: date, wrong: int) -> None:
    weekday = (day.weekday() + wrong) % 7
    unclear = _read(day=day.isoformat(), weekday=WEEKDAY_NAMES["de"][weekday])
    assert isinstance(unclear, Unclear)
    assert unclear.days[0] == day
    assert unclear.days[1].weekday() == weekday
    assert abs(unclear.days[1] - day) <= timedelta(days=6)
    assert unclear.days[1] >= SUNDAY


@given(day=DAYS)
def test_a_day_that_is_over_is_never_taken(day: date) -> None:
    unclear = _read(day, day=(day - timedelta(days=1)).isoformat())
    assert isinstance(unclear, Unclear)
    assert unclear.reason == "past"
    assert all(proposed >= day for proposed in unclear.days)


def test_an_invented_year_is_corrected_to_the_coming_one() -> None:
    assert _read(day="2024-12-01") == Unclear("past", (date(2026, 12, 1),))


def test_a_date_that_is_not_what_the_caller_said_is_asked_back() -> None:
    unclear = _read(day="2026-12-01", weekday="Dienstag", words="nächste Woche Dienstag")
    assert unclear == Unclear("ambiguous", (date(2026, 12, 1), date(2026, 11, 24)))


def test_a_bare_weekday_means_the_coming_one_and_a_later_week_is_asked_back() -> None:
    unclear = _read(WEDNESDAY, day="2026-12-08", weekday="Dienstag", words="Dienstag")
    assert unclear == Unclear("ambiguous", (date(2026, 12, 8), date(2026, 12, 1)))
    assert _read(WEDNESDAY, day="2026-12-01", words="Dienstag") == Wanted(date(2026, 12, 1))


def test_what_was_asked_and_answered_is_not_asked_again() -> None:
    asked = frozenset({"2026-12-08", "2026-12-01"})
    again = _read(WEDNESDAY, day="2026-12-08", weekday="Dienstag", words="Dienstag", asked=asked)
    assert again == Wanted(date(2026, 12, 8))
    other = _read(WEDNESDAY, day="2026-12-08", words="am ersten Dezember", asked=asked)
    assert isinstance(other, Unclear)


def test_a_time_that_is_not_what_the_caller_said_is_asked_back_once() -> None:
    said: dict[str, Any] = {"day": "2026-12-01", "words": "Dienstag um halb drei"}
    assert _read(WEDNESDAY, **said, clock="14:30") == Wanted(date(2026, 12, 1), time(14, 30))
    assert _read(WEDNESDAY, **said, clock="02:30") == Wanted(date(2026, 12, 1), time(14, 30))
    asked = _read(WEDNESDAY, **said, clock="15:30")
    assert asked == Unclear("time", clocks=(time(14, 30), time(15, 30)))
    answered = _read(WEDNESDAY, **said, clock="15:30", asked=frozenset({"14:30", "15:30"}))
    assert answered == Wanted(date(2026, 12, 1), time(15, 30))


@pytest.mark.parametrize(
    ("clock", "opens", "at"),
    [
        ("07:00", None, time(7)),
        ("07:00", (time(7, 30), time(18)), time(7)),
        ("07:00", (time(9), time(20)), time(19)),
        ("03:00", (time(9), time(18)), time(15)),
        ("03:00", (time(0), time(4)), time(3)),
        ("03:00", None, time(15)),
        ("20:00", (time(9), time(18)), time(20)),
    ],
)
def test_an_early_hour_is_the_afternoon_only_where_the_branch_is_open_then_and_not_early(
    clock: str, opens: tuple[time, time] | None, at: time
) -> None:
    def is_open(_: date | None, when: time) -> bool | None:
        return None if opens is None else opens[0] <= when < opens[1]

    assert _read(clock=clock, opens=is_open) == Wanted(at=at)


@pytest.mark.parametrize(
    ("words", "part", "wanted"),
    [
        ("am Dienstag ab drei", None, (time(15), time(23, 59))),
        ("am Dienstag nicht nach 16 Uhr", None, (time(0), time(16))),
        ("Dienstag zwischen zwei und vier", None, (time(14), time(16))),
        ("Dienstag 14-16 Uhr", None, (time(14), time(16))),
        ("Dienstag zwischen 14 und 16 Uhr", None, (time(14), time(16))),
        ("Dienstag ab zehn bis zwölf", None, (time(10), time(12))),
        ("Dienstag nicht später als zwölf", None, (time(0), time(12))),
        ("Dienstag bis spätestens zwölf", None, (time(0), time(12))),
        ("Dienstagabend", None, (time(17), time(23, 59))),
        ("am Dienstag", "vormittag", (time(5), time(12))),
        ("am Dienstag nach der Mittagspause", None, (time(12), time(18))),
    ],
)
def test_a_span_of_the_day_is_kept(words: str, part: str | None, wanted: tuple[time, time]) -> None:
    assert _read(WEDNESDAY, words=words, part=part) == Wanted(date(2026, 12, 1), part=wanted)


def test_a_part_of_the_day_that_was_not_said_is_asked_back() -> None:
    assert _read(WEDNESDAY, words="Dienstagabend", part="vormittag") == Unclear("time")
    assert _read(WEDNESDAY, words="Dienstagabend", clock="15:00") == Unclear("time", clocks=(time(15),))
    assert _read(WEDNESDAY, words="Dienstagabend", clock="07:00") == Wanted(
        date(2026, 12, 1), time(19), (time(17), time(23, 59))
    )


def test_a_refused_day_is_never_proposed() -> None:
    assert _read(WEDNESDAY, day="2026-12-01", words="nicht am Dienstag") == Unclear("ambiguous")
    assert _read(WEDNESDAY, day="2026-12-02", words="nicht am Dienstag") == Unclear(
        "ambiguous", (date(2026, 12, 2),)
    )


def test_only_a_week_is_asked_for_a_day_and_a_day_in_it_is_taken() -> None:
    assert _read(WEDNESDAY, words="irgendwann nächste Woche") == Unclear("open")
    assert _read(WEDNESDAY, day="2026-12-03", words="nächste Woche") == Wanted(date(2026, 12, 3))


def test_as_soon_as_possible_is_no_date_of_the_models() -> None:
    assert _read(WEDNESDAY, words="so bald wie möglich") == Wanted()
    assert _read(WEDNESDAY, day="2026-12-03", words="so bald wie möglich") == Unclear(
        "ambiguous", (date(2026, 12, 3),)
    )


def test_a_weekday_that_no_word_bears_out_is_asked_back() -> None:
    assert _read(WEDNESDAY, weekday="Freitag", words="um drei") == Unclear("ambiguous", (date(2026, 11, 27),))
    assert _read(WEDNESDAY, weekday="Freitag") == Wanted(date(2026, 11, 27))
    assert _read(WEDNESDAY, weekday="Mittwoch") == Unclear("ambiguous", (WEDNESDAY, date(2026, 12, 2)))


def test_words_alone_name_a_day() -> None:
    assert _read(words="morgen") == Wanted(date(2026, 11, 23))
    assert _read(words="nächsten Freitag") == Unclear("ambiguous", (date(2026, 11, 27), date(2026, 12, 4)))


def test_a_date_beyond_a_year_and_one_that_is_none() -> None:
    assert _read(day="2029-01-01") == Unclear("too_far")
    assert _read(day="der Erste") == Unclear("unreadable", ())
    assert _read(day="2026-02-30") == Unclear("unreadable", ())


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("14:30", time(14, 30)),
        ("14 Uhr 30", time(14, 30)),
        ("14.30", time(14, 30)),
        ("9", time(9)),
        ("2:30 pm", time(14, 30)),
        ("12 am", time(0)),
        ("25:00", None),
        ("halb drei", None),
        ("14:75", None),
        (None, None),
    ],
)
def test_clock_times_are_read(text: str | None, clock: time | None) -> None:
    assert read_clock(text) == clock


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_nothing_that_is_said_raises(day: str, weekday: str, words: str, part: str, clock: str) -> None:
    _read(day=day, weekday=weekday, words=words, part=part, clock=clock)
