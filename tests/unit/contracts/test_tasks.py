"""What the person reads who calls back: their language, their clock, the service's name, and why."""

from datetime import UTC, datetime

import pytest

from shared.contracts.voice import About, change_failed, wish_failed

GERMAN = About("de", "Europe/Berlin", "Herrenhaarschnitt")
ENGLISH = About("en", "Europe/Lisbon", "Haircut")
START, NEW = datetime(2026, 12, 1, 13, 30, tzinfo=UTC), datetime(2026, 12, 2, 8, 5, tzinfo=UTC)


def test_a_wish_that_failed_is_told_in_the_time_of_the_branch() -> None:
    assert wish_failed(GERMAN, START, "taken") == (
        "Terminwunsch nicht gebucht, Herrenhaarschnitt am Dienstag, 1.12.2026, 14:30 Uhr: "
        "die Zeit ist vergeben."
    )
    assert wish_failed(ENGLISH, START, "field_required") == (
        "Wish not booked, Haircut on Tuesday, 1 December 2026, 13:30: "
        "the calendar demands something that is not asked on the phone."
    )


def test_a_change_names_both_times_and_a_cancellation_one() -> None:
    assert change_failed(GERMAN, "reschedule", START, NEW, "no_answer") == (
        "Verschieben offen, Herrenhaarschnitt am Dienstag, 1.12.2026, 14:30 Uhr "
        "auf Mittwoch, 2.12.2026, 09:05 Uhr: der Kalender hat nicht geantwortet."
    )
    assert change_failed(ENGLISH, "cancel", START, START, "refused") == (
        "Cancellation not settled, Haircut on Tuesday, 1 December 2026, 13:30: the calendar refused."
    )


@pytest.mark.parametrize("reason", ["", "something new", "refused"])
def test_a_reason_without_words_is_a_refusal_and_never_a_time_that_was_taken(reason: str) -> None:
    assert wish_failed(GERMAN, START, reason).endswith(": der Kalender hat abgelehnt.")


def test_a_zone_that_nobody_knows_costs_no_task() -> None:
    assert "13:30 Uhr" in wish_failed(About("de", "Mars/Olympus", "Farbe"), START, "past")
