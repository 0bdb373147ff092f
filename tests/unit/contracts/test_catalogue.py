"""Which event types a caller can book, and the reason why not."""

from dataclasses import replace

import pytest

from shared.contracts.catalogue import EventType, Question, Verdict, classify

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
