"""Cal.com's words → what the caller can do about them."""

import pytest

from shared.clients.calcom import (
    FieldRequiredError,
    InvalidNumberError,
    NotBookableError,
    OutOfWindowError,
    SlotTakenError,
    refusal_word,
)
from shared.clients.calcom.errors import booking_error
from shared.errors import ConflictError, CredentialRejectedError, NotFoundError, ProviderRefusedError


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("User either already has booking at this time or is not available", SlotTakenError),
        ("One of the hosts either already has booking at this time or is not available", SlotTakenError),
        ("no_available_users_found_error", SlotTakenError),
        ('The event type can\'t be booked at the "start" time provided. This could be …', OutOfWindowError),
        ("Attempting to book a meeting in the past.", OutOfWindowError),
        ("{title}error_required_field", FieldRequiredError),
        ("{attendeePhoneNumber}invalid_number", InvalidNumberError),
        ("Can't book this team event type because it has no hosts", NotBookableError),
        ("Event type with id=3 is the parent managed event type that can't be booked.", NotBookableError),
        ("Can't specify 'lengthInMinutes' because event type does not have …", NotBookableError),
        ("something nobody has seen before", ProviderRefusedError),
    ],
)
def test_each_refusal_has_its_error(words: str, kind: type[ProviderRefusedError]) -> None:
    assert type(booking_error(ProviderRefusedError("x", status=400, detail=words))) is kind


def test_a_race_is_a_taken_slot() -> None:
    race = ConflictError("x", status=409, detail="booking_conflict_error")
    assert type(booking_error(race)) is SlotTakenError


def test_the_field_is_named() -> None:
    error = booking_error(ProviderRefusedError("x", status=400, detail="{versicherung}error_required_field"))
    assert isinstance(error, FieldRequiredError)
    assert (error.slug, error.status) == ("versicherung", 400)


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("x", status=404, detail="no hosts"),
        CredentialRejectedError("x", status=401, circuit="calcom:acme", detail="not available"),
    ],
)
def test_an_unknown_event_type_and_a_bad_key_stay_what_they_are(error: ProviderRefusedError) -> None:
    assert booking_error(error) is error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("no_available_users_found_error", "taken"),
        ("Attempting to book a meeting in the past.", "out_of_window"),
        ("{title}error_required_field", "field_required"),
        ("Can't book this team event type because it has no hosts", "not_bookable"),
        ("something nobody has seen before", "refused"),
    ],
)
def test_each_refusal_is_told_in_one_word(words: str, told: str) -> None:
    assert refusal_word(booking_error(ProviderRefusedError("x", status=400, detail=words))) == told


def test_what_cal_com_does_not_know_is_told_by_what_was_asked_for() -> None:
    error = NotFoundError("x", status=404, detail="")
    assert refusal_word(error) == "unknown_event_type"
    assert refusal_word(error, not_found="unknown_booking") == "unknown_booking"
