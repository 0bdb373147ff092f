"""Which event types a caller can book, and the reason why not."""

from dataclasses import replace

import pytest

from shared.contracts.branch import Branch, EventTypeChoice, Service
from shared.contracts.catalogue import EventType, Listed, Question, Verdict, classify, effective

CUT = EventType(
    id=1,
    title="Haarschnitt",
    slug="haarschnitt",
    length_minutes=30,
    questions=(
        Question("name", required=True),
        Question("email"),
        Question("title", required=True),
        Question("notes", required=False, hidden=False),
        Question("rescheduleReason", required=True, hidden=False),
    ),
)
PHONE = Question("attendeePhoneNumber", required=True, hidden=False)


def asking(*questions: Question) -> EventType:
    return replace(CUT, questions=(Question("name", required=True), *questions))


def test_the_usual_form_takes_a_placeholder_address() -> None:
    assert classify(CUT) == Verdict("placeholder")
    assert classify(asking(Question("email", required=True, hidden=False), PHONE)).bookable == "placeholder"
    assert classify(asking(PHONE)).bookable == "placeholder"


@pytest.mark.parametrize(
    "email", [Question("email", required=False), Question("email", required=True, hidden=True)]
)
def test_a_phone_number_is_enough_where_the_address_is_optional_or_hidden(email: Question) -> None:
    assert classify(asking(email, PHONE)) == Verdict("yes")
    assert classify(asking(email, replace(PHONE, required=False))).bookable == "placeholder"


@pytest.mark.parametrize(
    ("event_type", "german", "english"),
    [
        (replace(CUT, scheduling_type="managed", team_id=7, hosts=("Steffi",)), "verwaltete", "managed"),
        (replace(CUT, parent_id=9), "verwaltete", "managed"),
        (replace(CUT, team_id=7), "Niemand ist zugeteilt", "Nobody is assigned"),
        (replace(CUT, has_seats=True), "Gruppentermin", "group"),
        (replace(CUT, recurs=True), "Terminserie", "series"),
        (replace(CUT, verifies_email=True), "bestätigte E-Mail-Adresse", "confirmed e-mail"),
        (asking(Question("v", "Versicherung", required=True)), "Das Feld „Versicherung“", '"Versicherung"'),
        (asking(Question("title", required=True, hidden=False)), "Das Feld „title“", '"title" is required'),
        (asking(Question("notes", required=True)), "Das Feld „notes“", '"notes" is required'),
    ],
)
def test_what_no_caller_can_book_says_why_in_both_languages(
    event_type: EventType, german: str, english: str
) -> None:
    verdict = classify(event_type)
    assert verdict.bookable == "no"
    assert german in (verdict.reason_de or "")
    assert english in (verdict.reason_en or "")


def test_what_is_hidden_or_optional_is_asked_of_nobody() -> None:
    hidden = Question("versicherung", required=True, hidden=True)
    assert classify(asking(hidden, Question("wunsch", required=False))).bookable == "placeholder"
    assert classify(replace(CUT, hidden=True)).bookable == "placeholder"


def _minutes(service: dict[str, object], lengths: dict[int, int]) -> int:
    listed = {number: Listed(bookable=True, minutes=minutes) for number, minutes in lengths.items()}
    return _effective(service, listed).duration_minutes


def _effective(service: dict[str, object], listed: dict[int, Listed]) -> Service:
    branch = Branch.model_validate(
        {"company_id": "c", "branch_id": "b", "name": "Salon", "services": [{"name": "Schnitt", **service}]}
    )
    travelled = Branch.model_validate(branch.model_dump(mode="json"))
    return effective(travelled, listed).services[0]


@pytest.mark.parametrize(
    ("service", "lengths", "minutes"),
    [
        ({"event_type_id": 7}, {7: 45}, 45),
        ({"event_type_id": 7, "duration": 20}, {7: 45}, 20),
        ({"event_type_id": 7}, {8: 45}, 30),
        ({}, {7: 45}, 30),
        ({"staff": [{"staff_key": "a", "event_type_id": 7}]}, {7: 45}, 45),
        ({"event_type_id": 8, "staff": [{"staff_key": "a", "event_type_id": 7}]}, {7: 45, 8: 60}, 60),
        ({"staff": [{"staff_key": k, "event_type_id": n} for k, n in (("a", 7), ("b", 8))]}, {7: 45}, 30),
    ],
)
def test_a_length_that_nobody_entered_is_cal_com_s(
    service: dict[str, object], lengths: dict[int, int], minutes: int
) -> None:
    assert _minutes(service, lengths) == minutes


REFUSED = Listed(bookable=False, minutes=45)
STAFF = [{"staff_key": "anna", "event_type_id": 8}, {"staff_key": "steffi", "event_type_id": 9}]
STEFFI = EventTypeChoice(staff_key="steffi", event_type_id=9)


@pytest.mark.parametrize(
    ("service", "listed", "left"),
    [
        ({"event_type_id": 7}, {7: REFUSED}, (None, ())),
        ({"event_type_id": 7, "staff": STAFF}, {7: REFUSED, 8: REFUSED}, (None, (STEFFI,))),
        ({"event_type_id": 7, "staff": STAFF}, {8: REFUSED}, (7, (STEFFI,))),
        ({"event_type_id": 7}, {9: REFUSED}, (7, ())),
        ({"event_type_id": 7}, {7: Listed(bookable=True)}, (7, ())),
        ({"event_type_id": 7}, {}, (7, ())),
    ],
)
def test_what_nobody_can_book_is_taken_from_what_callers_are_told(
    service: dict[str, object], listed: dict[int, Listed], left: tuple[object, object]
) -> None:
    found = _effective(service, listed)
    assert (found.event_type_id, found.staff) == left
    assert found.is_bookable == (left != (None, ()))


def test_a_length_of_what_nobody_can_book_is_not_told() -> None:
    assert _effective({"event_type_id": 7}, {7: REFUSED}).duration_minutes == 30
