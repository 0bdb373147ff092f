from datetime import time

import pytest
from pydantic import ValidationError

from shared.contracts.branch import Branch, Interval, key_of
from shared.contracts.events import BranchDeleted

MORNING, AFTERNOON = (
    Interval(opens=time(9), closes=time(12, 30)),
    Interval(opens=time(13, 30), closes=time(18)),
)


def _branch(**changes: object) -> Branch:
    return Branch.model_validate({"company_id": "c1", "branch_id": "b1", "name": "Salon Müller", **changes})


@pytest.mark.parametrize(
    "hours",
    [
        {"mon": "09:00-12:30, 13:30-18:00"},
        {"Montag": ["09:00-12:30", "13:30-18:00"]},
        {"monday": [["09:00", "12:30"], ["13:30", "18:00"]]},
        {"Mo": [{"open": "09:00", "close": "12:30"}, {"from": "13:30", "to": "18:00"}]},
        {"0": [{"start": "09:00", "end": "12:30"}, {"opens": "13:30", "closes": "18:00"}]},
    ],
)
def test_opening_hours_are_read_however_they_are_written(hours: object) -> None:
    assert _branch(opening_hours=hours).opening_hours == {"mon": (MORNING, AFTERNOON)}


@pytest.mark.parametrize("closed", [None, "", [], "closed", "geschlossen"])
def test_a_closed_day_has_no_hours(closed: object) -> None:
    assert _branch(opening_hours={"sun": closed}).opening_hours == {"sun": ()}


def test_a_single_interval_needs_no_list() -> None:
    assert _branch(opening_hours={"mon": ["09:00", "12:30"]}).opening_hours == {"mon": (MORNING,)}


def test_what_nobody_said_is_german() -> None:
    branch = _branch()
    assert (branch.language, branch.timezone, branch.address.country) == ("de-DE", "Europe/Berlin", "DE")


def test_a_service_may_be_a_plain_name() -> None:
    service = _branch(services=["Waschen & Föhnen"]).services[0]
    assert (service.key, service.duration_minutes) == ("waschen-foehnen", 30)


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Europe/Atlantis"}, {"timezone": "../etc/passwd"}, {"name": ""}, {"name": 7},
        {"branch_id": "../x"}, {"phone_number": "0891234"}, {"opening_hours": {"someday": "9-12"}},
        {"opening_hours": {"mon": "25:00-26:00"}}, {"opening_hours": 5}, {"services": [{"key": "x"}]},
        {"branch_id": "b\x001"}, {"opening_hours": {"9" * 5000: "9-12"}},
    ],
)  # fmt: skip
def test_bad_input_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _branch(**changes)


def test_a_name_without_letters_still_has_a_key() -> None:
    assert key_of("💇") == "service"


def _service(**changes: object) -> dict[str, object]:
    return {"services": [{"name": "Schnitt", **changes}]}


def _choice(event_type_id: int) -> dict[str, object]:
    return _service(staff=[{"staff_key": "anna", "event_type_id": event_type_id}])


@pytest.mark.parametrize(
    ("largest", "larger"),
    [
        ({"version": 2**63 - 1}, {"version": 2**63}),
        (_service(price_cents=2**31 - 1), _service(price_cents=2**31)),
        (_service(event_type_id=2**63 - 1), _service(event_type_id=2**63)),
        (_choice(2**63 - 1), _choice(2**63)),
        (_service(duration_minutes=24 * 60), _service(duration_minutes=24 * 60 + 1)),
    ],
    ids=["version", "price", "event type", "event type of one of the staff", "duration"],
)
def test_a_number_is_as_large_as_its_column_takes_and_no_larger(
    largest: dict[str, object], larger: dict[str, object]
) -> None:
    assert _branch(**largest)
    with pytest.raises(ValidationError, match="less than or equal"):
        _branch(**larger)


def test_a_deletion_has_no_larger_version_than_a_branch() -> None:
    with pytest.raises(ValidationError, match="version"):
        BranchDeleted.model_validate({"company_id": "c1", "branch_id": "b1", "version": 2**63})


def test_what_no_column_holds_is_replaced_in_every_text() -> None:
    branch = _branch(name="Salon\x00", address="Weg \ud83d 1", services=["Schnitt\x00"], special_days=[
        {"day": "2026-01-01", "note": "\x00"}
    ])  # fmt: skip
    assert "\x00" not in branch.model_dump_json()
    assert (branch.name, branch.address.street) == ("Salon\ufffd", "Weg \ufffd 1")
