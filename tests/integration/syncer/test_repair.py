"""What a lost webhook left out is read from Cal.com and Retell, and told only when it moves something."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from services.syncer.handlers import RepairBookings, RepairCalls
from services.syncer.store.repairs import NOTHING, Kept, Repairs
from shared.contracts.events import OWN_EVENTS
from shared.errors import TransientError
from tests.integration.syncer.test_appointments import webhook

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

START, END = "2026-03-05T09:00:00Z", "2026-03-05T09:30:00Z"


@dataclass
class Provider:
    """Answers with what it was given, to whichever question; counts how often it was asked."""

    answer: Sequence[dict[str, Any]] = ()
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)
    whole_calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    async def whole(self, company_id: str, call_id: str) -> dict[str, Any] | None:
        self.fetched.append(call_id)
        return self.whole_calls.get(call_id)

    async def changed_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        return self._answer(company_id)

    async def started_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        return self._answer(company_id)

    def _answer(self, company_id: str) -> Sequence[dict[str, Any]]:
        self.asked.append(company_id)
        if self.error is not None:
            raise self.error
        return self.answer


@dataclass
class Slow(Provider):
    """Answers nobody before ``expected`` companies have asked, and counts how many wait at once."""

    expected: int = 1
    waiting: int = 0
    most: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def changed_since(self, company_id: str, since: datetime) -> Sequence[dict[str, Any]]:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting == self.expected:
            self.enough.set()
        await asyncio.wait_for(self.enough.wait(), 30)
        self.waiting -= 1
        return self._answer(company_id)


@dataclass
class Reports:
    repaired: dict[str, int] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    corrected: int = 0
    ages: tuple[float, ...] = ()

    def __call__(self, company_id: str, *, found: Kept = NOTHING, error: Exception | None = None) -> None:
        if error is None:
            self.repaired[company_id] = self.repaired.get(company_id, 0) + len(found.lost)
            self.corrected += found.corrected
            self.ages += found.lost
        else:
            self.errors[company_id] = error


@pytest.fixture
def company(world: "World") -> "World":
    """With keys; every other company of this module has had its turn."""
    world.execute("update companies set status = 'closed'")
    world.execute(
        "update companies set status = 'active', calcom_api_key_encrypted = 'x',"
        " retell_api_key_encrypted = 'x' where id = %s",
        world.company,
    )
    return world


def of_bookings(world: "World", provider: Provider, every: float = 0.0) -> tuple[RepairBookings, Reports]:
    reports = Reports()
    return RepairBookings(Repairs(world.database, source="syncer"), provider, reports, every), reports


def of_calls(world: "World", provider: Provider) -> RepairCalls:
    return RepairCalls(Repairs(world.database, source="syncer", provider="retell"), provider, Reports(), 0.0)


def booking(status: str, updated: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    updated_at = (datetime.now(UTC) - updated).isoformat()
    return {"uid": "u1", "status": status, "start": START, "end": END, "updatedAt": updated_at}


async def merge_what_was_found(world: "World") -> None:
    for kind, data in world.events():
        if kind in {"booking.observed", "call.observed"}:
            await world.observe(OWN_EVENTS[kind].model_validate_json(json.dumps(data)))


async def test_a_booking_whose_webhook_was_lost_becomes_an_appointment(company: "World") -> None:
    repair, reports = of_bookings(company, Provider([booking("accepted")]))
    await repair()
    await merge_what_was_found(company)
    assert company.appointment("u1")["status"] == "accepted"
    assert company.kinds() == ["booking.observed", "appointment.booked"]
    assert reports.repaired == {company.company: 1}


async def test_what_we_know_already_is_not_told_again(company: "World") -> None:
    created = webhook("u1", "2026-03-01T10:00:00Z", startTime=START, endTime=END)
    await company.tell("calcom.booking_created", created)
    repair, reports = of_bookings(company, Provider([booking("accepted")]))
    for _ in range(2):
        await repair()
    assert company.kinds() == ["appointment.booked"]
    assert reports.repaired == {company.company: 0}


async def test_a_lost_cancellation_is_made_good(company: "World") -> None:
    await company.tell("calcom.booking_created", webhook("u1", startTime=START, endTime=END))
    repair, _ = of_bookings(company, Provider([booking("cancelled")]))
    await repair()
    await merge_what_was_found(company)
    assert company.appointment("u1")["status"] == "cancelled"


WHOLE: dict[str, Any] = {
    "id": 1, "uid": "u1", "status": "accepted", "start": START, "end": END, "eventTypeId": 7,
    "title": "Haarschnitt", "location": "Salon",
    "hosts": [{"name": "Steffi", "email": "steffi@example.org", "timeZone": "Europe/Berlin"}],
    "attendees": [
        {"name": "Ana", "email": "a@x.de", "timeZone": "Europe/Berlin", "phoneNumber": "+491701234567"}
    ],
}  # fmt: skip
DETAILS: list[tuple[dict[str, Any], str, Any]] = [
    ({"title": "Färben"}, "title", "Färben"),
    ({"location": "Zuhause"}, "location", "Zuhause"),
    ({"location": None}, "location", None),
    ({"end": "2026-03-05T10:00:00Z"}, "end_at", datetime(2026, 3, 5, 10, tzinfo=UTC)),
    ({"eventTypeId": 8}, "event_type_id", 8),
    ({"hosts": [{"name": "Jo", "email": "jo@example.org"}]}, "host_name", "Jo"),
    ({"attendees": [{**WHOLE["attendees"][0], "name": "Eva"}]}, "attendee_name", "Eva"),
    ({"attendees": [{**WHOLE["attendees"][0], "email": "e@x.de"}]}, "attendee_email", "e@x.de"),
    ({"attendees": [{**WHOLE["attendees"][0], "timeZone": "Europe/Rome"}]}, "timezone", "Europe/Rome"),
    ({"attendees": [{**WHOLE["attendees"][0], "phoneNumber": "+49891"}]}, "attendee_phone", "+49891"),
    ({"attendees": [{**WHOLE["attendees"][0], "phoneNumber": None}]}, "attendee_phone", None),
    ({"cancellationReason": "krank"}, "cancellation_reason", "krank"),
    ({"metadata": {"call_id": "c9"}}, "call_id", "c9"),
]


def whole(seconds_ago: float, **changes: Any) -> dict[str, Any]:
    return {**WHOLE, "updatedAt": (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(), **changes}


@pytest.mark.parametrize(("change", "column", "value"), DETAILS)
async def test_a_detail_that_changed_at_calcom_is_corrected_and_counts_as_no_lost_webhook(
    company: "World", change: dict[str, Any], column: str, value: Any
) -> None:
    for found in (whole(7200), whole(3600, **change)):
        repair, reports = of_bookings(company, Provider([found]))
        await repair()
        await merge_what_was_found(company)
    assert company.appointment("u1")[column] == value
    assert (reports.repaired, reports.corrected) == ({company.company: 0}, 1)
    assert company.kinds("appointment.") == ["appointment.booked"]
    repair, reports = of_bookings(company, Provider([whole(3600, **change)]))
    await repair()
    assert (reports.repaired, reports.corrected) == ({company.company: 0}, 0)


async def test_what_is_gone_at_calcom_stays_gone_whatever_older_event_comes_late(company: "World") -> None:
    gone = whole(60, location=None, attendees=[{**WHOLE["attendees"][0], "phoneNumber": None}])
    for found in (whole(3600), gone):
        await of_bookings(company, Provider([found]))[0]()
        await merge_what_was_found(company)
    late = webhook("u1", "2026-03-01T10:00:00Z", location="Salon", startTime=START, endTime=END)
    await company.tell("calcom.booking_created", late)
    row = company.appointment("u1")
    assert (row["location"], row["attendee_phone"]) == (None, None)


async def test_an_id_that_was_spent_on_a_detail_is_not_missing_when_the_status_matters(
    company: "World",
) -> None:
    await company.tell("calcom.booking_cancelled", webhook("u1", startTime=START, endTime=END))
    company.execute("update appointments set provenance = %s", Jsonb(_cancelled_just_now()))
    back = whole(0, title="Färben")
    await of_bookings(company, Provider([back]))[0]()
    await merge_what_was_found(company)
    assert (company.appointment("u1")["status"], company.appointment("u1")["title"]) == (
        "cancelled",
        "Färben",
    )
    company.execute("update appointments set provenance = %s", Jsonb(_cancelled_just_now(timedelta(hours=2))))
    await of_bookings(company, Provider([back]))[0]()
    ids = company.rows("select event_id from outbox where event_type = 'booking.observed'")
    assert len({row["event_id"] for row in ids if company.company in row["event_id"]}) == 2
    await merge_what_was_found(company)
    assert company.appointment("u1")["status"] == "accepted"


def _cancelled_just_now(ago: timedelta = timedelta()) -> dict[str, Any]:
    """The claim of a cancellation that was made an hour ago and reached us ``ago``."""
    at = datetime.now(UTC)
    claim = ["cancelled", (at - timedelta(hours=3)).isoformat(), (at - ago).isoformat()]
    return {"claims": [claim], "told": ["cancelled", START, False]}


async def test_how_late_a_lost_webhook_was_noticed_is_told(company: "World") -> None:
    repair, reports = of_bookings(company, Provider([booking("accepted")]))
    await repair()
    assert len(reports.ages) == 1
    assert 3500 < reports.ages[0] < 3800


async def test_companies_are_read_beside_each_other_and_suspended_ones_too(company: "World") -> None:
    others = [f"{company.company}_{number}" for number in range(9)]
    for other in others:
        company.execute(
            "insert into companies (id, name, status, calcom_api_key_encrypted)"
            " values (%s, 'x', 'suspended', 'x')",
            other,
        )
    provider = Slow(expected=8)
    await of_bookings(company, provider)[0]()
    assert sorted(provider.asked) == sorted([company.company, *others])
    assert provider.most == 8


async def test_each_company_is_read_once_in_its_time_whoever_asks(company: "World") -> None:
    provider = Provider()
    for _ in range(3):
        repair, _ = of_bookings(company, provider, every=60.0)
        await repair()
    assert provider.asked == [company.company]


async def test_a_company_that_cannot_be_read_keeps_its_position(company: "World") -> None:
    query = "select position from repair_positions where company_id = %s and provider = 'calcom'"
    await of_bookings(company, Provider())[0]()
    before = company.rows(query, company.company)
    repair, reports = of_bookings(company, Provider(error=TransientError("away")))
    await repair()
    assert company.rows(query, company.company) == before
    assert list(reports.errors) == [company.company]


async def test_a_lost_end_of_a_call_and_its_lost_analysis_are_both_made_good(company: "World") -> None:
    long_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    ended: dict[str, Any] = {"call_id": "c1", "call_status": "ended", "start_timestamp": long_ago}
    ended["end_timestamp"] = long_ago + 60_000
    provider = Provider([ended])
    for _ in range(2):
        await of_calls(company, provider)()
    await merge_what_was_found(company)
    assert company.call("c1")["status"] == "ended"
    provider.answer = [{**ended, "call_analysis": {"call_summary": "Ein Termin."}}]
    await of_calls(company, provider)()
    await merge_what_was_found(company)
    assert company.call("c1")["summary"] == "Ein Termin."


def listed_call(storage: str | None = None, **more: Any) -> dict[str, Any]:
    """An hour ago, as Retell lists it: without transcript."""
    ended = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    times = {"start_timestamp": ended - 60_000, "end_timestamp": ended}
    setting = {"data_storage_setting": storage} if storage else {}
    return {"call_id": "c1", "call_status": "ended", **times, **setting, **more}


async def repair_calls(world: "World", provider: Provider, turns: int = 2) -> None:
    for _ in range(turns):
        await of_calls(world, provider)()
        await merge_what_was_found(world)


@pytest.mark.parametrize("storage", [None, "everything", "everything_except_pii"])
async def test_of_a_call_whose_webhook_was_lost_the_transcript_is_fetched_once(
    company: "World", storage: str | None
) -> None:
    listed = listed_call(storage)
    provider = Provider([listed], whole_calls={"c1": {**listed, "transcript": "Agent: Hallo"}})
    await repair_calls(company, provider)
    row = company.call("c1")
    assert (row["transcript"], row["transcript_state"], row["status"]) == ("Agent: Hallo", "kept", "ended")
    assert provider.fetched == ["c1"]


async def test_a_transcript_that_retell_does_not_store_is_marked_as_such(company: "World") -> None:
    provider = Provider([listed_call("basic_attributes_only")])
    await repair_calls(company, provider)
    assert (company.call("c1")["transcript_state"], provider.fetched) == ("not_stored", [])


async def test_a_call_in_which_nothing_was_said_is_not_fetched_again_and_again(company: "World") -> None:
    listed = listed_call("everything")
    provider = Provider([listed], whole_calls={"c1": listed})
    await repair_calls(company, provider, turns=3)
    assert (company.call("c1")["transcript_state"], provider.fetched) == ("not_stored", ["c1"])


async def test_what_a_caller_said_who_refused_is_not_fetched(company: "World") -> None:
    company.execute(
        "insert into consents (company_id, call_id, kind, allowed) values (%s, 'c1', 'recording', false)",
        company.company,
    )
    listed = listed_call("everything")
    provider = Provider([listed], whole_calls={"c1": {**listed, "transcript": "Agent: Hallo"}})
    await repair_calls(company, provider)
    assert (company.call("c1")["transcript_state"], provider.fetched) == ("dropped", [])


@pytest.mark.parametrize(("agreed", "fetched"), [(True, ["c1"]), (None, [])])
async def test_where_callers_are_asked_only_what_was_said_after_a_yes_is_fetched(
    company: "World", agreed: bool | None, fetched: list[str]
) -> None:
    company.execute("update companies set recording = 'consent' where id = %s", company.company)
    if agreed:
        company.execute(
            "insert into consents (company_id, call_id, kind, allowed) values (%s, 'c1', 'recording', true)",
            company.company,
        )
    listed = listed_call("everything")
    provider = Provider([listed], whole_calls={"c1": {**listed, "transcript": "Agent: Hallo"}})
    await repair_calls(company, provider)
    assert provider.fetched == fetched
    assert company.call("c1")["transcript"] == ("Agent: Hallo" if agreed else None)


async def test_a_call_whose_webhook_came_is_not_fetched(company: "World") -> None:
    listed = listed_call("everything")
    ended = {"event": "call_ended", "call": {**listed, "transcript": "Agent: Hallo"}}
    await company.tell("retell.call_ended", ended)
    provider = Provider([listed])
    await repair_calls(company, provider)
    assert (company.call("c1")["transcript_state"], provider.fetched) == ("kept", [])
    assert company.kinds("call.observed") == []


async def test_a_transcript_that_came_without_its_call_at_first_is_made_good_under_an_id_of_its_own(
    company: "World",
) -> None:
    listed = listed_call("everything")
    provider = Provider([listed])
    await repair_calls(company, provider, turns=1)
    assert company.call("c1")["transcript_state"] is None
    provider.whole_calls["c1"] = {**listed, "transcript": "Agent: Hallo"}
    await repair_calls(company, provider, turns=1)
    assert company.call("c1")["transcript"] == "Agent: Hallo"
    ids = company.rows("select event_id from outbox where event_type = 'call.observed'")
    assert len({row["event_id"] for row in ids if company.company in row["event_id"]}) == 2


async def test_a_call_that_runs_or_has_just_ended_is_left_to_its_webhooks(company: "World") -> None:
    just_now = int(datetime.now(UTC).timestamp() * 1000)
    running = {"call_id": "c1", "call_status": "ongoing", "start_timestamp": just_now}
    ended = {"call_id": "c2", "call_status": "ended", "end_timestamp": just_now}
    await of_calls(company, Provider([running, ended]))()
    assert company.kinds() == []
