"""When a call is handed to a person, and what is said in an emergency."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.branch import Branch
from shared.contracts.transfers import may_transfer, transfer_variables
from shared.contracts.voice import emergency_sentence

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 12, 1, tzinfo=BERLIN)
CHRISTMAS = datetime(2026, 12, 25, tzinfo=BERLIN)
ALL_WEEK = dict.fromkeys(("mo", "di", "mi", "do", "fr"), "09:00-18:00")


def branch(**fields: Any) -> Branch:
    known = {"company_id": "c", "branch_id": "b", "name": "Salon", "transfer_number": "+498912345678"}
    return Branch.model_validate({**known, **fields})


def answered(hour: int, day: datetime = TUESDAY, **fields: Any) -> bool:
    return may_transfer(branch(**fields), day.replace(hour=hour))


def test_without_a_number_nobody_is_connected() -> None:
    assert not answered(10, transfer_number=None, opening_hours=ALL_WEEK)


@pytest.mark.parametrize(("hour", "expected"), [(8, False), (9, True), (17, True), (18, False)])
def test_without_hours_of_their_own_calls_are_connected_while_it_is_open(hour: int, expected: bool) -> None:
    assert answered(hour, opening_hours=ALL_WEEK) is expected


@pytest.mark.parametrize(("hour", "expected"), [(9, False), (10, True), (12, False), (20, True)])
def test_hours_for_connecting_go_before_the_opening_hours(hour: int, expected: bool) -> None:
    own = {"di": ["10:00-12:00", "20:00-21:00"]}
    assert answered(hour, opening_hours=ALL_WEEK, transfer_hours=own) is expected


def test_nobody_answers_on_a_day_that_is_closed() -> None:
    assert not answered(10, CHRISTMAS, opening_hours=ALL_WEEK, transfer_hours={"fr": "09:00-18:00"})
    closed = {"day": "2026-12-01", "hours": []}
    assert not answered(10, opening_hours=ALL_WEEK, transfer_hours=ALL_WEEK, special_days=[closed])


def test_where_no_hours_were_entered_a_person_may_be_there() -> None:
    assert answered(10)
    assert not answered(10, CHRISTMAS)


def test_the_agent_is_told_in_a_word() -> None:
    open_ = branch(opening_hours=ALL_WEEK)
    assert transfer_variables(open_, TUESDAY.replace(hour=10)) == {"verbinden_moeglich": "ja"}
    assert transfer_variables(open_, TUESDAY.replace(hour=20)) == {"verbinden_moeglich": "nein"}


@pytest.mark.parametrize(
    ("country", "numbers"), [("DE", ["112", "116 117"]), ("AT", ["112", "1450"]), ("FR", ["112"])]
)
def test_in_an_emergency_the_numbers_of_the_country_are_said(country: str, numbers: list[str]) -> None:
    for language in ("de", "en"):
        said = emergency_sentence(branch(address={"country": country}), language)  # type: ignore[arg-type]  # a literal of two
        assert [number for number in ("112", "116 117", "1450") if number in said] == numbers


def test_the_branchs_own_sentence_goes_before_ours() -> None:
    assert (
        emergency_sentence(branch(emergency_instruction="Kommen Sie sofort."), "de") == "Kommen Sie sofort."
    )
    assert "112" in emergency_sentence(branch(emergency_instruction="  "), "de")
