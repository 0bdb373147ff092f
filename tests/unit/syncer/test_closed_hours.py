"""Where Cal.com offers times at which a branch is closed, told once and in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.syncer.merge.closed_hours import FreeTime, closed_hours
from shared.contracts.branch import Branch

BERLIN = ZoneInfo("Europe/Berlin")
BRANCH = Branch.model_validate(
    {
        "company_id": "c",
        "branch_id": "mitte",
        "name": "Salon",
        "opening_hours": {"mon": ["09:00-12:00", "13:00-18:00"], "tue": ["09:00-18:00"]},
        "special_days": [{"day": "2026-03-10", "hours": ["10:00-12:00"], "note": "Inventur"}],
        "address": {"subdivision": "BE"},
    }
)


def at(day: int, clock: str, month: int = 3) -> FreeTime:
    hour, minute = map(int, clock.split(":"))
    start = datetime(2026, month, day, hour, minute, tzinfo=BERLIN)
    return FreeTime(start, start + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("free", "german", "english"),
    [
        (at(2, "06:00"), "Mo 06:00, Sie öffnen 09:00", "Mon 06:00, you open 09:00"),
        (at(2, "11:45"), "Mo 11:45, Sie haben Pause bis 13:00", "Mon 11:45, you pause until 13:00"),
        (at(2, "17:45"), "Mo 17:45, Sie schließen 18:00", "Mon 17:45, you close 18:00"),
        (at(4, "10:00"), "Mi 10:00, Sie haben geschlossen", "Wed 10:00, you are closed"),
        (at(10, "09:00"), "Di 10.03. 09:00, Sie öffnen 10:00", "Tue 10 Mar 09:00, you open 10:00"),
        (
            at(6, "10:00", month=4),
            "Mo 06.04. 10:00, Sie haben geschlossen (Ostermontag)",
            "Mon 06 Apr 10:00, you are closed (Easter Monday)",
        ),
    ],
)
def test_the_owner_is_told_what_cal_com_offers_and_when_the_branch_is_open(
    free: FreeTime, german: str, english: str
) -> None:
    (warning,) = closed_hours(BRANCH, [free])
    assert (warning.branch_id, warning.de) == ("mitte", f"Cal.com bietet {german}")
    assert warning.en == f"Cal.com offers {english}"


def test_what_every_week_is_like_is_told_once_by_its_earliest_time() -> None:
    mondays = [at(day, clock) for day in (2, 16) for clock in ("06:30", "06:00", "09:00", "19:00")]
    assert [warning.de for warning in closed_hours(BRANCH, mondays)] == [
        "Cal.com bietet Mo 06:00, Sie öffnen 09:00",
        "Cal.com bietet Mo 19:00, Sie schließen 18:00",
    ]


def test_a_branch_that_is_open_whenever_cal_com_offers_gets_no_warning() -> None:
    assert closed_hours(BRANCH, [at(2, "09:00"), at(2, "13:00"), at(10, "11:30")]) == []
