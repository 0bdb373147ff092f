"""What a branch could have of Cal.com's event types, and what of the operator's is never touched."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.proposals import Candidate, Proposal, propose
from shared.contracts.branch import Branch

NOT_BOOKABLE = {"de": "Niemand ist zugeteilt", "en": "Nobody is assigned"}


def branch(**fields: Any) -> Branch:
    about = {"company_id": "c", "branch_id": "mitte", "name": "Salon Mitte"}
    return Branch.model_validate(about | fields)


def found(number: int, title: str, *hosts: str, minutes: int | None = 30, **more: Any) -> Candidate:
    return Candidate(number, title, minutes, more.pop("usual", minutes or 45), hosts, **more)


def services(proposal: Proposal) -> list[tuple[str, int | None, dict[str, int]]]:
    """Name, event type, and that of each person."""
    return [
        (one.name, one.event_type_id, {choice.staff_key: choice.event_type_id for choice in one.staff})
        for one in proposal.branch.services
    ]


def test_an_event_type_of_several_hosts_is_a_service_whose_hosts_are_the_team() -> None:
    proposal = propose(branch(), [found(1, "Haarschnitt", "Steffi Berger", "Anna Kurz")])
    assert services(proposal) == [("Haarschnitt", 1, {})]
    assert proposal.people == ("Steffi Berger", "Anna Kurz")
    assert [member.key for member in proposal.branch.staff] == ["steffi-berger", "anna-kurz"]
    assert [(line.does, line.service, line.person) for line in proposal.lines] == [
        ("adds_service", "Haarschnitt", None)
    ]


def test_event_types_of_one_title_and_length_are_one_service_with_each_of_their_hosts() -> None:
    candidates = [
        found(1, "Haarschnitt bei Steffi", "Steffi Berger"),
        found(2, "haarschnitt (Anna Kurz)", "Anna Kurz"),
        found(3, "Haarschnitt", "Steffi Berger", "Anna Kurz"),
    ]
    proposal = propose(branch(), candidates)
    assert services(proposal) == [("Haarschnitt", 3, {"steffi-berger": 1, "anna-kurz": 2})]
    assert {line.event_type_id: line.does for line in proposal.lines} == {
        1: "adds_person",
        2: "adds_person",
        3: "adds_service",
    }


def test_another_length_is_another_service() -> None:
    candidates = [found(1, "Farbe"), found(2, "Farbe", minutes=90), found(3, "Farbe", "Anna", minutes=90)]
    proposal = propose(branch(), candidates)
    assert services(proposal) == [("Farbe", 1, {}), ("Farbe, 90 Minuten", 2, {"anna": 3})]
    assert len({one.key for one in proposal.branch.services}) == 2
    english = propose(branch(language="en-GB"), candidates)
    assert english.branch.services[1].name == "Farbe, 90 minutes"


def test_a_length_that_cal_com_fixes_is_left_to_it() -> None:
    proposal = propose(branch(), [found(1, "Farbe", minutes=90), found(2, "Kur", minutes=None, usual=45)])
    assert [one.duration_minutes for one in proposal.branch.services] == [30, 45]


def test_what_an_operator_entered_stands() -> None:
    entered = {
        "key": "schnitt",
        "name": "Damenschnitt",
        "duration": 60,
        "price_cents": 4500,
        "aliases": ["Haarschnitt"],
        "ask_back": "Kurz oder lang?",
    }
    before = branch(services=[entered], staff=[{"key": "chefin", "name": "Steffi"}])
    candidates = [found(7, "Haarschnitt", minutes=60), found(8, "Haarschnitt", "Steffi Berger", minutes=60)]
    proposal = propose(before, candidates)
    (service,) = proposal.branch.services
    same = {"event_type_id": None, "staff": ()}
    assert service.model_copy(update=same) == before.services[0]
    assert services(proposal) == [("Damenschnitt", 7, {"chefin": 8})]
    assert proposal.people == ()
    assert {line.does for line in proposal.lines} == {"books_service", "adds_person"}


def test_a_second_event_type_for_the_same_is_left_and_says_why() -> None:
    before = branch(services=[{"name": "Kur", "event_type_id": 1}])
    candidates = [
        found(1, "Kur"),
        found(2, "Kur", "Eva", "Ida"),
        found(3, "Bart", "Anna"),
        found(4, "Bart", "Anna"),
    ]
    proposal = propose(before, candidates)
    assert proposal.people == ("Anna",)
    left = {line.event_type_id: (line.reason or {}).get("de", "") for line in proposal.lines if line.reason}
    assert left.keys() == {2, 4}
    assert left[2].endswith("gleicher Länge: 1.")
    assert left[4].endswith("gleicher Länge: 3.")


@pytest.mark.parametrize("reason", [NOT_BOOKABLE, None])
def test_what_nobody_can_book_and_what_has_no_name_is_left(reason: dict[Any, str] | None) -> None:
    candidate = found(1, "Kur" if reason else "  ", "Anna", reason=reason)
    proposal = propose(branch(), [candidate])
    assert (proposal.branch, proposal.people) == (branch(), ())
    (line,) = proposal.lines
    assert line.does == "nothing"
    assert (line.reason or {})["de"] == (reason or {"de": "Sie hat keinen Namen."})["de"]


def test_a_business_and_a_number_are_nobody_a_caller_asks_for() -> None:
    candidates = [found(1, "Kur", "SALON  mitte"), found(2, "Bart", "4711"), found(3, "Farbe", "Schön GmbH")]
    proposal = propose(branch(), candidates, ("Schön GmbH",))
    assert services(proposal) == [("Bart", 2, {}), ("Farbe", 3, {}), ("Kur", 1, {})]
    assert proposal.people == ()


def test_a_first_name_that_two_share_is_neither_of_them() -> None:
    before = branch(staff=[{"key": "steffi", "name": "Steffi"}])
    proposal = propose(before, [found(1, "Kur", "Steffi Berger", "Steffi Maier")])
    assert proposal.people == ("Steffi Berger", "Steffi Maier")


def test_titles_of_another_script_have_keys_of_their_own() -> None:
    proposal = propose(branch(), [found(1, "Стрижка"), found(2, "Укладка")])
    assert [one.key for one in proposal.branch.services] == ["service", "service-2"]


def test_twice_is_as_good_as_once() -> None:
    candidates = [
        found(1, "Haarschnitt bei Steffi", "Steffi Berger"),
        found(2, "Haarschnitt", "Steffi Berger", "Anna Kurz"),
        found(3, "Haarschnitt", "Anna Kurz", minutes=90),
        found(4, "Kur", minutes=None),
        found(5, "Steffi", "Steffi"),
    ]
    once = propose(branch(), candidates)
    again = propose(once.branch, candidates)
    assert (again.branch, again.lines, again.people) == (once.branch, (), ())
    assert "Steffi" in {service.name for service in once.branch.services}


def test_only_what_was_asked_for_is_added_and_lengths_are_known_all_the_same() -> None:
    before = branch(services=[{"name": "Farbe", "event_type_id": 1}])
    candidates = [found(1, "Farbe"), found(2, "Farbe", minutes=90), found(3, "Kur")]
    proposal = propose(before, candidates, only={2})
    assert services(proposal) == [("Farbe", 1, {}), ("Farbe, 90 Minuten", 2, {})]
    assert [line.event_type_id for line in proposal.lines] == [2]


_HOSTS = st.lists(
    st.sampled_from(["Steffi", "Steffi Berger", "Anna Kurz", "4711", "Salon Mitte", " "]), max_size=3
)
_TITLES = st.sampled_from(
    [
        "Schnitt",
        "Schnitt bei Steffi",
        "schnitt",
        "Schnitt, 30 Minuten",
        "Schnitt, 90 Minuten",
        "",
        "?!",
        "Steffi",
    ]
)
_CANDIDATES = st.lists(st.tuples(_TITLES, _HOSTS, st.sampled_from([30, 90, None])), max_size=8)


@given(_CANDIDATES)
def test_whatever_cal_com_has_twice_is_as_good_as_once_and_the_branch_can_travel(
    listed: list[tuple[str, list[str], int | None]],
) -> None:
    candidates = [
        found(number, title, *hosts, minutes=minutes)
        for number, (title, hosts, minutes) in enumerate(listed, start=1)
    ]
    once = propose(branch(), candidates).branch
    assert Branch.model_validate(once.model_dump(mode="json")) == once
    assert len({one.key for one in once.services}) == len(once.services)
    assert {choice.staff_key for one in once.services for choice in one.staff} <= {m.key for m in once.staff}
    again = propose(once, candidates)
    assert (again.branch, again.people) == (once, ())
