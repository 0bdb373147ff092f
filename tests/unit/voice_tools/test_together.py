"""Several services in one appointment: as long as all of them take, or not at all."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.voice_tools.handlers.catalogue import Target, target_of
from services.voice_tools.values import Answer, Call, Caller
from shared.contracts.branch import Branch
from shared.contracts.catalogue import Listed, effective

CUT, COLOUR, STEFFI, JONAS = 1, 2, 11, 12
LENGTHS = {number: Listed(bookable=True, options=(30, 60, 90)) for number in (CUT, STEFFI, JONAS)}


def _call(cut: dict[str, Any], colour: dict[str, Any], listed: dict[int, Listed] | None = None) -> Call:
    document = {
        "company_id": "salon",
        "branch_id": "mitte",
        "name": "Salon",
        "staff": [{"key": "steffi", "name": "Steffi"}, {"key": "jonas", "name": "Jonas"}],
        "services": [
            {"key": "schnitt", "name": "Schnitt", "duration_minutes": 30, **cut},
            {"key": "farbe", "name": "Farbe", "duration_minutes": 60, **colour},
        ],
    }
    branch = effective(Branch.model_validate(document), LENGTHS if listed is None else listed)
    return Call("salon", "call", branch, "de", Caller(), 1, datetime(2026, 12, 1, 9, tzinfo=UTC))


def _staff(**event_types: int) -> dict[str, Any]:
    return {"staff": [{"staff_key": key, "event_type_id": number} for key, number in event_types.items()]}


@pytest.mark.parametrize("further", ["farbe", "Farbe"])
def test_services_of_one_event_type_are_looked_for_as_long_as_all_of_them_take(further: str) -> None:
    call = _call({"event_type_id": CUT}, {"event_type_id": CUT})
    target = target_of(call, "schnitt", None, further)
    assert isinstance(target, Target)
    assert (target.event_types, target.key, target.asked_minutes) == (((CUT, None),), "schnitt+farbe", 90)
    # What was offered by that key is found again by it.
    assert target_of(call, target.key, None) == target


def test_services_of_one_person_are_booked_with_that_person() -> None:
    call = _call(_staff(steffi=STEFFI, jonas=JONAS), _staff(steffi=COLOUR))
    for staff in (None, "Steffi"):
        target = target_of(call, "schnitt", staff, "farbe")
        assert isinstance(target, Target)
        assert target.event_types == ((STEFFI, "steffi"),)
    assert isinstance(target_of(call, "schnitt", "Jonas", "farbe"), Answer)


@pytest.mark.parametrize(
    ("cut", "colour", "listed"),
    [
        ({"event_type_id": CUT}, {"event_type_id": CUT}, {}),
        ({"event_type_id": CUT}, {"event_type_id": CUT}, {CUT: Listed(bookable=True, options=(30, 60))}),
        ({"event_type_id": CUT}, {"event_type_id": COLOUR}, LENGTHS),
        ({"event_type_id": CUT}, {}, LENGTHS),
        (_staff(steffi=STEFFI), _staff(jonas=JONAS), LENGTHS),
    ],
)
def test_what_no_event_type_holds_is_said_to_be_no_appointment(
    cut: dict[str, Any], colour: dict[str, Any], listed: dict[int, Listed]
) -> None:
    answer = target_of(_call(cut, colour, listed), "schnitt", None, "farbe")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.next) == ("several_services", "offer_callback")
    assert "Schnitt und Farbe" in answer.say


@pytest.mark.parametrize(
    ("service", "further"),
    [("schnitt", "Maniküre"), ("Schnitt und Maniküre", None), ("schnitt", "Farbe, Maniküre")],
)
def test_a_service_that_nobody_knows_is_asked_about_and_not_left_out(
    service: str, further: str | None
) -> None:
    answer = target_of(_call({"event_type_id": CUT}, {"event_type_id": CUT}), service, None, further)
    assert isinstance(answer, Answer)
    assert (answer.status, "Schnitt oder Farbe" in answer.say) == ("unknown_service", True)


@pytest.mark.parametrize("further", ["", "keine", "egal", " "])
def test_no_further_service_is_none(further: str) -> None:
    target = target_of(_call({"event_type_id": CUT}, {"event_type_id": CUT}), "schnitt", None, further)
    assert isinstance(target, Target)
    assert target.services == (target.service,)


def test_a_wish_for_a_person_where_nobody_can_be_chosen_is_not_heard() -> None:
    call = _call({"event_type_id": CUT}, {"event_type_id": CUT})
    target = target_of(call, "schnitt", "Steffi", "farbe")
    assert isinstance(target, Target)
    assert not target.wish_heard


def test_one_service_takes_its_own_length_of_those_that_can_be_chosen() -> None:
    call = _call({"event_type_id": CUT}, {"event_type_id": CUT})
    colour = target_of(call, "farbe", None)
    assert isinstance(colour, Target)
    assert colour.asked_minutes == 60
    assert call.length_at(CUT, colour.asked_minutes) == 60
    # Nobody can choose a length of the other, nor one that it does not have.
    assert call.length_at(COLOUR, 60) is call.length_at(CUT, 45) is None


def test_lengths_to_choose_from_do_not_travel() -> None:
    branch = _call({"event_type_id": CUT}, {"event_type_id": CUT}).branch
    assert branch.services[0].length_options == {CUT: (30, 60, 90)}
    assert "length_options" not in branch.model_dump_json()


def test_a_task_names_all_of_the_services() -> None:
    call = replace(_call({"event_type_id": CUT}, {"event_type_id": CUT}), company_language="de")
    assert call.about("schnitt+farbe").service == "Schnitt, Farbe"
