"""The same operations in other forms, and refusals: what our clients have to read is as published, too."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from shared.clients.calcom import BookingFilter, SlotQuery, SlotTakenError
from shared.errors import (
    AskProError,
    ConflictError,
    CredentialRejectedError,
    NotFoundError,
    ProviderRefusedError,
    RateLimitedError,
    TransientError,
)
from tests.contract import asking_retell
from tests.contract.asking_calcom import SECRET, TRIGGERS, URL, tomorrow, wish
from tests.contract.corrections import CALCOM, RETELL
from tests.contract.line import Line
from tests.contract.needs import CONTRACT_TEST
from tests.contract.tap import Operation
from tests.contract.wrong import body
from tests.integration.clients.accounts import Salon, Workspace

pytestmark = CONTRACT_TEST
TEAM = {"schedulingType": "roundRobin", "hosts": [{"userId": 901, "name": "Steffi"}]}
WEEKLY = {"recurrence": {"interval": 1, "occurrences": 3, "frequency": "weekly"}}
SEATS = {"seats": {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}}
FORM = [
    {"type": "select", "slug": "kasse", "label": "Kasse", "required": True, "options": ["AOK", "TK"]},
    {"type": "boolean", "slug": "neu", "label": "Neu hier?", "required": False},
    {"type": "phone", "slug": "attendeePhoneNumber", "label": "Telefon", "required": True},
]


@pytest.mark.parametrize(
    "details",
    [
        TEAM,
        WEEKLY,
        {"requiresConfirmation": True},
        {"lengthInMinutesOptions": [30, 60]},
        {"bookingFields": FORM},
        SEATS,
        {"hidden": True, "minimumBookingNotice": 60},
    ],
    ids=lambda details: next(iter(details)),
)
async def test_every_kind_of_event_type_is_as_published(
    details: dict[str, Any], salon: Salon, calcom: Line
) -> None:
    event_type = await salon.event_type(**details)
    await salon.client.get_event_type(event_type)
    await salon.client.list_event_types()
    await salon.client.slots(SlotQuery(event_type, tomorrow(9), tomorrow(15), "Europe/Berlin"))
    assert calcom.complaints() == []


@pytest.mark.parametrize(
    ("details", "changes"),
    [
        (TEAM, {}),
        (WEEKLY, {}),
        ({"requiresConfirmation": True}, {}),
        (SEATS, {}),
        ({"lengthInMinutesOptions": [30, 60]}, {"minutes": 60}),
        ({"bookingFields": FORM}, {"responses": {"kasse": "AOK", "neu": True}}),
        ({}, {"phone": None, "responses": None, "metadata": None, "language": "en"}),
    ],
    ids=["team", "weekly", "confirmed by hand", "seats", "longer", "with a form", "without anything"],
)
async def test_every_kind_of_booking_is_as_published(
    details: dict[str, Any], changes: dict[str, Any], salon: Salon, calcom: Line
) -> None:
    event_type = await salon.event_type(**details)
    booking = await salon.client.create_booking(replace(wish(event_type), location=None, **changes))
    await salon.client.get_series(booking.raw.get("recurringBookingUid", booking.uid))
    assert [each async for each in salon.client.list_bookings(BookingFilter(event_type_id=event_type))]
    await salon.client.cancel_booking(booking.uid)
    assert calcom.complaints() == []


async def test_a_refused_booking_is_as_published(salon: Salon, calcom: Line) -> None:
    event_type = await salon.event_type()
    first = await salon.client.create_booking(wish(event_type))
    with pytest.raises(SlotTakenError):
        await salon.client.create_booking(wish(event_type))
    with pytest.raises(ProviderRefusedError):
        await salon.client.create_booking(replace(wish(event_type, 14), email=None))
    await salon.client.cancel_booking(first.uid)
    with pytest.raises(ProviderRefusedError):
        await salon.client.cancel_booking(first.uid)
    with pytest.raises(NotFoundError):
        await salon.client.get_booking("nobody-knows-this")
    assert calcom.complaints() == []


async def test_a_second_webhook_for_one_address_is_refused_as_published(salon: Salon, calcom: Line) -> None:
    await salon.client.create_webhook(URL, TRIGGERS, SECRET)
    with pytest.raises(ConflictError):
        await salon.client.create_webhook(URL, TRIGGERS, SECRET)
    assert calcom.complaints() == []


async def test_a_number_that_nobody_answers_any_more_is_as_published(
    workspace: Workspace, retell: Line
) -> None:
    number = await asking_retell.answered_number(workspace)
    freed = await workspace.client.update_number(
        number, {"inbound_agents": None, "inbound_webhook_url": None}
    )
    assert not freed.inbound_agents
    assert retell.complaints() == []


async def test_an_agent_in_one_of_its_versions_is_as_published(workspace: Workspace, retell: Line) -> None:
    agent = await asking_retell.an_agent(workspace)
    await workspace.client.publish_version(agent.agent_id, agent.version)
    draft = await workspace.client.create_version(agent.agent_id, agent.version)
    for version in (agent.version, draft.version, "latest", "latest_published", None):
        await workspace.client.get_agent(agent.agent_id, version=version)
    assert retell.complaints() == []


@pytest.mark.parametrize(
    "script",
    [
        [{"function": "check_availability", "args": {"service": "Färben"}}, {"agent": "{{results.0.say}}"}],
        [{"function": "transfer_call"}, {"hangup": "agent"}],
        [],
    ],
    ids=["with a function", "transferred", "hung up at once"],
)
async def test_every_kind_of_call_is_as_published(
    script: list[dict[str, Any]], workspace: Workspace, retell: Line
) -> None:
    number = await asking_retell.answered_number(workspace)
    placed = await workspace.control.place_call(number, "anonymous", script)
    await workspace.client.get_call(placed.call_id)
    assert [call async for call in workspace.client.list_calls()]
    assert retell.complaints() == []


async def test_retell_refuses_as_published(workspace: Workspace, retell: Line) -> None:
    for look in (workspace.client.get_agent, workspace.client.get_llm, workspace.client.get_call):
        with pytest.raises(NotFoundError):
            await look("nobody-knows-this")
    llm = await asking_retell.an_llm(workspace)
    with pytest.raises(ProviderRefusedError):
        await workspace.client.create_agent(
            {"response_engine": {"type": "retell-llm", "llm_id": llm.llm_id}, "voice_id": "nobody"}, name="x"
        )
    assert retell.complaints() == []


Ask = Callable[[Any], Awaitable[object]]
EITHER: list[tuple[str, str, Ask]] = [
    (CALCOM, "GET /v2/me", lambda salon: salon.client.me()),
    (RETELL, "GET /get-concurrency", lambda workspace: workspace.client.concurrency()),
]


@pytest.mark.parametrize(("document", "operation", "ask"), EITHER)
@pytest.mark.parametrize(
    ("status", "kind"), [(401, CredentialRejectedError), (429, RateLimitedError), (503, TransientError)]
)
async def test_an_error_of_either_provider_is_as_published(
    document: str, operation: str, ask: Ask, status: int, kind: type[AskProError],
    lines: dict[str, Line], accounts: dict[str, Any],
) -> None:  # fmt: skip
    lines[document].forget()
    account = accounts[document]
    fault = await account.control.fault(operation, "status", status=status, times=1)
    with pytest.raises(kind):
        await ask(account)
    await account.control.heal(fault)
    assert lines[document].complaints() == []


@pytest.mark.parametrize(("document", "operation", "ask"), EITHER)
async def test_an_error_of_another_shape_is_caught(
    document: str, operation: str, ask: Ask, lines: dict[str, Line], accounts: dict[str, Any]
) -> None:
    lines[document].forget()
    account, spoil = accounts[document], body({"detail": "no"}).spoil
    fault = await account.control.fault(operation, "status", status=400, times=1)
    with lines[document].behind.spoiling_answers(Operation.of(operation), spoil), suppress(AskProError):
        await ask(account)
    await account.control.heal(fault)
    assert lines[document].complaints() != []
