"""What a lost webhook left out is read from Cal.com and Retell, and told only when it moves something."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.syncer.handlers import RepairBookings, RepairCalls
from services.syncer.store.repairs import Repairs
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
class Reports:
    repaired: dict[str, int] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)

    def __call__(self, company_id: str, *, repaired: int = 0, error: Exception | None = None) -> None:
        if error is None:
            self.repaired[company_id] = self.repaired.get(company_id, 0) + repaired
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


async def test_a_call_that_runs_or_has_just_ended_is_left_to_its_webhooks(company: "World") -> None:
    just_now = int(datetime.now(UTC).timestamp() * 1000)
    running = {"call_id": "c1", "call_status": "ongoing", "start_timestamp": just_now}
    ended = {"call_id": "c2", "call_status": "ended", "end_timestamp": just_now}
    await of_calls(company, Provider([running, ended]))()
    assert company.kinds() == []
