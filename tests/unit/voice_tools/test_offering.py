"""Which times a caller hears, and how sure the agent may sound."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.voice_tools.handlers.catalogue import Target
from services.voice_tools.handlers.offering import Offering
from services.voice_tools.handlers.wishes import Wanted
from services.voice_tools.values import Call, Caller, FreeSlot, Offer, StillLookingError
from shared.contracts.branch import Branch
from shared.errors import AskProError, InfrastructureError, TransientError

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 9, tzinfo=ZONE)
TUESDAY, SUNDAY = date(2026, 12, 1), date(2026, 12, 6)
BRANCH = Branch.model_validate(
    {
        "company_id": "salon",
        "branch_id": "mitte",
        "name": "Salon",
        "opening_hours": {day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        "services": [{"key": "schnitt", "name": "Schnitt", "event_type_id": 7}],
    }
)
CALL = Call("salon", "call", BRANCH, "de", Caller(), 1, NOW)
TARGET = Target(BRANCH.services[0], ((7, None),))


class Calendar:
    """A week of free times that may be old, away, or partly taken."""

    def __init__(self, *slots: FreeSlot, error: AskProError | None = None) -> None:
        self.slots = list(slots)
        self.error = error
        self.taken: list[datetime] = []

    async def of(
        self,
        call: Call,
        event_types: Sequence[tuple[int, str | None]],
        first: date,
        *,
        minutes: int | None = None,
    ) -> list[FreeSlot]:
        assert minutes is None
        assert (call.company_id, first) == ("salon", NOW.date())
        if self.error is not None:
            raise self.error
        return [slot for slot in self.slots if (slot.event_type_id, slot.staff_key) in event_types]

    async def not_taken(self, call: Call, guessed: Sequence[FreeSlot]) -> list[FreeSlot]:
        assert call.company_id == "salon"
        return [slot for slot in guessed if slot.start not in self.taken]

    async def took(self, company_id: str, event_type_id: int, start: datetime, end: datetime) -> None:
        assert (company_id, event_type_id, end > start) == ("salon", 7, True)
        self.taken.append(start)

    async def freed(self, company_id: str, event_type_id: int) -> None:
        assert (company_id, event_type_id) == ("salon", 7)
        self.taken.clear()


class Letters:
    """A, B, C."""

    async def make(self, call: Call, service_key: str, slots: Sequence[FreeSlot]) -> list[Offer]:
        later = call.now + timedelta(minutes=15)
        return [Offer(chr(65 + place), service_key, slot, 1, later) for place, slot in enumerate(slots)]


def _slot(day: date, clock: str, *, stale: bool = False) -> FreeSlot:
    start = datetime.combine(day, time.fromisoformat(clock), ZONE).astimezone(UTC)
    return FreeSlot(start, start + timedelta(minutes=30), 7, stale=stale)


def _offering(calendar: Calendar) -> Offering:
    return Offering(calendar, Letters())


async def test_the_refused_time_is_never_among_the_others() -> None:
    slots = [_slot(TUESDAY, clock) for clock in ("10:00", "10:30", "11:00")]
    gone = slots[1].start
    wanted = Wanted(TUESDAY, time(10, 30))
    answer = await _offering(Calendar(*slots)).instead(CALL, TARGET, wanted, "taken", "taken_only", gone=gone)
    assert [slot["start"][11:16] for slot in answer.fields["slots"]] == ["10:00", "11:00"]
    assert "10 Uhr 30" not in answer.say
    alone = await _offering(Calendar(slots[1])).instead(
        CALL, TARGET, wanted, "taken", "taken_only", gone=gone
    )
    assert (alone.status, dict(alone.fields)) == ("taken", {})


@pytest.mark.parametrize(
    "wanted",
    [Wanted(TUESDAY, time(10)), Wanted(TUESDAY, time(14)), Wanted(TUESDAY), Wanted(), Wanted(SUNDAY)],
)
async def test_times_of_an_old_answer_are_told_as_such(wanted: Wanted) -> None:
    old = [_slot(TUESDAY, clock, stale=True) for clock in ("10:00", "11:00")]
    answer = await _offering(Calendar(*old)).answer(CALL, TARGET, wanted)
    assert "nach meinem letzten Stand" in answer.say[0].lower() + answer.say[1:]
    assert answer.fields["stale"] is True
    new = [_slot(TUESDAY, clock) for clock in ("10:00", "11:00")]
    assert "letzten Stand" not in (await _offering(Calendar(*new)).answer(CALL, TARGET, wanted)).say


async def test_whom_the_calendar_answers_for_comes_before_an_old_answer_at_the_same_time() -> None:
    both = Target(BRANCH.services[0], ((7, "steffi"), (7, "jonas")))
    old, new = (
        FreeSlot(_slot(TUESDAY, "10:00").start, _slot(TUESDAY, "10:30").start, 7, staff, stale=stale)
        for staff, stale in (("steffi", True), ("jonas", False))
    )
    answer = await _offering(Calendar(old, new)).answer(CALL, both, Wanted(TUESDAY, time(10)))
    assert "stale" not in answer.fields


async def test_a_calendar_that_is_away_leaves_a_wish_within_the_hours() -> None:
    calendar = Calendar(error=TransientError("503"))
    await calendar.took("salon", 7, _slot(TUESDAY, "14:30").start, _slot(TUESDAY, "15:00").start)
    answer = await _offering(calendar).answer(CALL, TARGET, Wanted(TUESDAY, time(15)))
    assert (answer.status, answer.next) == ("unverified", "ask_which_time_and_if_the_nearest_suits")
    assert "frei" not in answer.say
    assert "15 Uhr notieren" in answer.say
    assert [slot["start"][11:16] for slot in answer.fields["slots"]] == ["15:00", "14:00", "15:30"]


async def test_a_closed_day_is_said_to_be_closed_while_the_calendar_is_away() -> None:
    answer = await _offering(Calendar(error=TransientError("503"))).answer(CALL, TARGET, Wanted(SUNDAY))
    assert answer.status == "closed"
    assert "slots" not in answer.fields or not answer.fields["slots"]


async def test_a_calendar_that_is_slow_and_a_database_that_is_away_are_no_reason_to_guess() -> None:
    for error in (StillLookingError("slow"), InfrastructureError("away", gate="database")):
        with pytest.raises(type(error)):
            await _offering(Calendar(error=error)).answer(CALL, TARGET, Wanted(TUESDAY))


async def test_others_for_a_refused_time_are_never_guessed() -> None:
    answer = await _offering(Calendar(error=TransientError("503"))).instead(
        CALL, TARGET, Wanted(TUESDAY, time(10)), "taken", "taken_only", gone=_slot(TUESDAY, "10:00").start
    )
    assert (answer.status, dict(answer.fields)) == ("taken", {})


@pytest.mark.parametrize("clock", [time(10), time(15)])
async def test_a_time_without_a_day_is_looked_for_on_every_day(clock: time) -> None:
    days = [TUESDAY + timedelta(days=number) for number in range(3)]
    slots = [_slot(day, each) for day in days for each in ("09:00", "10:00", "15:00", "17:00")]
    answer = await _offering(Calendar(*slots)).answer(CALL, TARGET, Wanted(None, clock))
    assert [slot["start"][11:16] for slot in answer.fields["slots"]] == [f"{clock:%H:%M}"] * 3


async def test_a_day_is_named_once_however_many_of_its_times_are_told() -> None:
    slots = [_slot(TUESDAY, "09:00"), _slot(TUESDAY, "10:30"), _slot(TUESDAY, "13:00")]
    soonest = await _offering(Calendar(*slots)).answer(CALL, TARGET, Wanted())
    assert soonest.say == "Frei ist Dienstag, 1. Dezember, 9 Uhr, 10 Uhr 30 oder 13 Uhr."
    wednesday = _slot(TUESDAY + timedelta(days=1), "09:00")
    both = await _offering(Calendar(slots[0], slots[1], wednesday)).answer(CALL, TARGET, Wanted())
    assert both.say == "Frei ist Dienstag, 1. Dezember, 9 Uhr, 10 Uhr 30 oder Mittwoch, 2. Dezember, 9 Uhr."
    assert [slot["spoken"] for slot in both.fields["slots"]][1] == "Dienstag, 1. Dezember, 10 Uhr 30"


@pytest.mark.parametrize("stale", [False, True])
async def test_a_day_of_which_another_part_is_free_is_not_said_to_be_full(*, stale: bool) -> None:
    free = Calendar(_slot(TUESDAY, "09:00", stale=stale), _slot(TUESDAY, "10:30", stale=stale))
    answer = await _offering(free).answer(CALL, TARGET, Wanted(TUESDAY, part=(time(12), time(18))))
    assert "Am Dienstag, den 1. Dezember ist" not in answer.say
    assert "Dienstag, 1. Dezember, 9 Uhr oder 10 Uhr 30" in answer.say
    full = Calendar(_slot(TUESDAY + timedelta(days=1), "09:00"))
    answer = await _offering(full).answer(CALL, TARGET, Wanted(TUESDAY, part=(time(12), time(18))))
    assert answer.say.startswith("Am Dienstag, den 1. Dezember ist leider nichts frei, möglich ist ")
