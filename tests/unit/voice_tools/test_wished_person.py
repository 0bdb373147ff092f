"""Who asks for a person hears whether they are there that day, when else, and who else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voice_tools.handlers.catalogue import Target, target_of
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.wished_person import WishedPerson
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Answer, Call, Caller, Found, FreeSlot, Offer
from shared.contracts.branch import Branch
from shared.errors import AskProError, InfrastructureError, TransientError

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 9, tzinfo=ZONE)
TODAY, TUESDAY, SUNDAY = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 6)
WEDNESDAY, THURSDAY, FRIDAY = (TUESDAY + timedelta(days=ahead) for ahead in (1, 2, 3))
STEFFI, JONAS = 11, 12
WEEK = ("mon", "tue", "wed", "thu", "fri")
BRANCH = Branch.model_validate(
    {
        "company_id": "salon",
        "branch_id": "mitte",
        "name": "Salon",
        "opening_hours": {day: ["09:00-18:00"] for day in WEEK},
        "staff": [{"key": "steffi", "name": "Steffi"}, {"key": "jonas", "name": "Jonas"}],
        "services": [
            {
                "key": "schnitt",
                "name": "Schnitt",
                "staff": [
                    {"staff_key": "steffi", "event_type_id": STEFFI},
                    {"staff_key": "jonas", "event_type_id": JONAS},
                ],
            }
        ],
    }
)
CALL = Call("salon", "call", BRANCH, "de", Caller(), 1, NOW)


@dataclass
class Calendar:
    """Free times by event type; an event type may be away."""

    free: dict[int, list[FreeSlot]]
    away: dict[int, AskProError] = field(default_factory=dict)

    async def of(
        self,
        _: Call,
        event_types: Sequence[tuple[int, str | None]],
        __: date,
        *,
        minutes: int | None = None,
    ) -> list[FreeSlot]:
        assert minutes is None
        for number, _staff in event_types:
            if number in self.away:
                raise self.away[number]
        slots = [
            replace(slot, event_type_id=number, staff_key=key)
            for number, key in event_types
            for slot in self.free.get(number, [])
        ]
        return sorted(slots, key=lambda slot: slot.start)

    async def not_taken(self, _: Call, guessed: Sequence[FreeSlot]) -> list[FreeSlot]:
        return list(guessed)

    async def is_taken(self, _: Call, __: FreeSlot, ___: date) -> bool:
        return False

    async def took(self, _: str, __: int, ___: datetime, ____: datetime) -> None:
        return None

    async def freed(self, _: str, __: int) -> None:
        return None


class Letters:
    """A, B, C."""

    async def make(self, call: Call, service_key: str, slots: Sequence[FreeSlot]) -> list[Offer]:
        later = call.now + timedelta(minutes=15)
        return [Offer(chr(65 + place), service_key, slot, 1, later) for place, slot in enumerate(slots)]


@dataclass
class Diary:
    """Appointments of any day."""

    found: list[Found] = field(default_factory=list)
    error: AskProError | None = None

    async def on(self, _: Call, __: date) -> list[Found]:
        if self.error is not None:
            raise self.error
        return self.found


def _slot(day: date, clock: str, *, stale: bool = False) -> FreeSlot:
    start = datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)
    return FreeSlot(start, start + timedelta(minutes=30), stale=stale)


def _steffi(staff: str = "Steffi") -> Target:
    target = target_of(CALL, "schnitt", staff)
    assert isinstance(target, Target)
    return target


async def _instead(
    calendar: Calendar, wanted: Wanted, diary: Diary | None = None, call: Call = CALL
) -> Answer | None:
    wished = WishedPerson(Offering(calendar, Letters()), diary or Diary())
    return await wished.instead(call, _steffi(), wanted)


def _told(answer: Answer | None) -> list[str]:
    assert answer is not None
    return [slot["spoken"] for slot in answer.fields["slots"]]


AWAY_ON_TUESDAY = Calendar(
    {
        STEFFI: [_slot(WEDNESDAY, "09:00"), _slot(WEDNESDAY, "14:00"), _slot(THURSDAY, "10:30")],
        JONAS: [_slot(TUESDAY, "09:00"), _slot(TUESDAY, "14:30"), _slot(FRIDAY, "14:00")],
    }
)


async def test_who_does_not_work_that_day_is_said_to_be_away_with_their_days_and_a_colleagues_time() -> None:
    answer = await _instead(AWAY_ON_TUESDAY, Wanted(TUESDAY, time(14)))
    assert answer is not None
    assert (answer.status, answer.next) == ("staff_away", "ask_which_time")
    assert answer.say.startswith("Steffi ist am Dienstag, den 1. Dezember nicht da, frei ist ")
    assert _told(answer) == [
        "Mittwoch, 2. Dezember, 14 Uhr bei Steffi",
        "Donnerstag, 3. Dezember, 10 Uhr 30 bei Steffi",
        "Dienstag, 1. Dezember, 14 Uhr 30 bei Jonas",
    ]


@pytest.mark.parametrize(
    "found",
    [
        Found("u", NOW, "Anna Meyer", "", event_type_id=STEFFI),
        Found("u", NOW, "Anna Meyer", "", event_type_id=99, host_name="Steffi Wolf"),
    ],
)
async def test_who_has_an_appointment_that_day_is_there_and_full(found: Found) -> None:
    answer = await _instead(AWAY_ON_TUESDAY, Wanted(TUESDAY), Diary([found]))
    assert answer is not None
    assert answer.status == "none_free"
    assert answer.say.startswith("Bei Steffi ist am Dienstag, den 1. Dezember nichts frei, möglich ist ")


async def test_appointments_of_a_colleague_make_nobody_else_present() -> None:
    found = Found("u", NOW, "Anna Meyer", "", event_type_id=JONAS, host_name="Jonas")
    answer = await _instead(AWAY_ON_TUESDAY, Wanted(TUESDAY), Diary([found]))
    assert answer is not None
    assert answer.status == "staff_away"


async def test_nobody_is_called_away_where_nobody_can_know() -> None:
    # Of today the free times may be over; within the notice none is offered; the database is away.
    today = await _instead(AWAY_ON_TUESDAY, Wanted(TODAY))
    notice = replace(CALL, branch=BRANCH.model_copy(update={"booking_notice_minutes": 24 * 60}))
    tomorrow = await _instead(AWAY_ON_TUESDAY, Wanted(TUESDAY), call=notice)
    unknown = Diary(error=InfrastructureError("away", gate="database"))
    database_away = await _instead(AWAY_ON_TUESDAY, Wanted(TUESDAY), unknown)
    for answer in (today, tomorrow, database_away):
        assert answer is not None
        assert answer.status == "none_free"


async def test_a_colleague_whose_calendar_does_not_answer_is_left_out() -> None:
    calendar = Calendar(AWAY_ON_TUESDAY.free, {JONAS: TransientError("503")})
    assert [told[-6:] for told in _told(await _instead(calendar, Wanted(TUESDAY)))] == ["Steffi"] * 2


async def test_where_there_is_nothing_at_all_another_day_is_asked_for() -> None:
    answer = await _instead(Calendar({}), Wanted(TUESDAY))
    assert answer is not None
    assert (answer.status, answer.next) == ("none_free", "ask_which_day")


async def test_what_the_calendar_does_not_stand_behind_is_told_as_such() -> None:
    old = Calendar({STEFFI: [_slot(WEDNESDAY, "09:00", stale=True)]})
    answer = await _instead(old, Wanted(TUESDAY))
    assert answer is not None
    assert "nach meinem letzten Stand" in answer.say
    assert answer.fields["stale"] is True


@pytest.mark.parametrize(
    ("calendar", "wanted"),
    [
        (AWAY_ON_TUESDAY, Wanted(WEDNESDAY, time(11))),
        (AWAY_ON_TUESDAY, Wanted()),
        (AWAY_ON_TUESDAY, Wanted(SUNDAY)),
        (Calendar({}, {STEFFI: TransientError("503")}), Wanted(TUESDAY)),
    ],
)
async def test_whatever_is_not_about_the_person_is_answered_as_ever(
    calendar: Calendar, wanted: Wanted
) -> None:
    assert await _instead(calendar, wanted) is None


async def test_whoever_is_wished_for_by_nobody_is_not_spoken_of() -> None:
    wished = WishedPerson(Offering(AWAY_ON_TUESDAY, Letters()), Diary())
    assert await wished.instead(CALL, _steffi("egal"), Wanted(TUESDAY)) is None


MOMENTS = st.builds(
    lambda days, hour: _slot(TUESDAY + timedelta(days=days), f"{hour:02d}:00"),
    st.integers(0, 3),
    st.integers(9, 17),
)


@given(steffis=st.lists(MOMENTS, max_size=6), others=st.lists(MOMENTS, max_size=6), hour=st.integers(9, 17))
async def test_at_most_three_are_told_and_each_is_free_with_whom_it_names(
    steffis: list[FreeSlot], others: list[FreeSlot], hour: int
) -> None:
    answer = await _instead(Calendar({STEFFI: steffis, JONAS: others}), Wanted(TUESDAY, time(hour)))
    if any(slot.start.astimezone(ZONE).date() == TUESDAY for slot in steffis):
        assert answer is None
        return
    assert answer is not None
    slots = answer.fields.get("slots", [])
    assert len(slots) <= 3
    for slot in slots:
        whose = steffis if slot["spoken"].endswith("Steffi") else others
        assert datetime.fromisoformat(slot["start"]) in {each.start for each in whose}
        assert slot["spoken"].endswith("Steffi") or slot["start"].startswith("2026-12-01")
