"""Chat and SMS; and what is left to a person."""

import asyncio
from typing import Any

import pytest

from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    Customer,
    DeadLetterRecorded,
)
from shared.db.tables import Callback, Outbox
from shared.errors import ProviderRefusedError
from tests.integration.notifier.bench import COMPANY, Bench
from tests.unit.notifier.samples import EVENTS, appointment

BY_TYPE = {event.type: event for event in EVENTS}
MOBILE = Customer(name="Jo", phone="+4915112345678")
LANDLINE = Customer(name="Jo", phone="+498912345678")
NOBODY = Customer(name="Jo")


def dead_letter(number: int, queue: str = "syncer.bookings") -> DeadLetterRecorded:
    kind: Any = BY_TYPE["dead_letter.recorded"]
    return DeadLetterRecorded(**(kind.model_dump() | {"dead_event_id": f"e{number}", "queue": queue}))


async def test_operators_read_of_a_dead_letter_in_their_chat(notifier: Bench) -> None:
    await notifier.by_chat(dead_letter(1))
    [message] = await notifier.chat.messages()
    assert message["text"].startswith("Aufgegeben: calcom.booking_created in syncer.bookings\n")
    assert "Fehler: KeyError: uid" in message["text"]


async def test_a_storm_of_dead_letters_is_one_message_per_queue(notifier: Bench) -> None:
    storm = [dead_letter(number) for number in range(20)]
    await asyncio.gather(*(notifier.by_chat(event) for event in (*storm, dead_letter(99, "other.queue"))))
    assert len(await notifier.chat.messages()) == 2
    states = [row.state for event in storm for row in (await notifier.rows(event, "chat")).values()]
    assert sorted(states) == ["sent", *["skipped"] * 19]


async def test_a_caller_cannot_shout_at_a_whole_channel(notifier: Bench) -> None:
    await notifier.company(notify_urls=notifier.chat.root + "/hooks/salon")
    await notifier.by_chat(appointment(customer=Customer(name="<!channel>")))
    [message] = await notifier.chat.messages()
    assert "<!channel>" not in message["text"]
    assert "&lt;!channel&gt;" in message["text"]


async def test_a_hook_that_is_gone_is_given_up_and_its_secret_written_nowhere(notifier: Bench) -> None:
    await notifier.company(notify_urls=notifier.chat.root + "/hooks/salon-secret")
    await notifier.chat.fault("POST /hooks/*", "status", status=404)
    with pytest.raises(ExceptionGroup) as refused:
        await notifier.by_chat(appointment())
    assert isinstance(refused.value.exceptions[0], ProviderRefusedError)
    for row in (await notifier.rows(appointment(), "chat")).values():
        assert "salon-secret" not in f"{row.recipient}{row.reason}"


async def test_who_has_a_mobile_only_gets_one_sms(notifier: Bench) -> None:
    await notifier.company()
    event = appointment(customer=MOBILE)
    await notifier.by_sms(event)
    await notifier.by_sms(event)
    [message] = await notifier.sms.messages()
    assert message["to"] == "+4915112345678"
    assert message["text"] == "Salon Schön: Ihr Termin am Di. 3.12.2126, 14:30 Uhr ist eingetragen."
    assert (await notifier.rows(event, "sms"))["+4915112345678"].state == "sent"


async def test_a_gateway_that_says_no_is_asked_again(notifier: Bench) -> None:
    await notifier.company()
    event = appointment(customer=MOBILE)
    await notifier.sms.fault("POST /messages/*", "status", status=500, times=1)
    with pytest.raises(ExceptionGroup):
        await notifier.by_sms(event)
    await notifier.by_sms(event)
    assert len(await notifier.sms.messages()) == 1


@pytest.mark.parametrize("customer", [LANDLINE, NOBODY], ids=["landline", "neither"])
@pytest.mark.parametrize("kind", [AppointmentCancelled, AppointmentRescheduled])
async def test_who_cannot_be_written_to_is_left_to_a_person(
    notifier: Bench, kind: Any, customer: Customer
) -> None:
    await notifier.company()
    event = appointment(kind, customer=customer)
    await notifier.by_sms(event)
    await notifier.by_sms(event)
    [task] = await notifier.all_of(Callback)
    assert (task.company_id, task.state, task.customer_name, task.phone) == (
        COMPANY, "open", "Jo", customer.phone,
    )  # fmt: skip
    assert "Dienstag, 3. Dezember 2126, 14:30 Uhr" in task.reason
    assert [row.event_type for row in await notifier.all_of(Outbox)] == ["callback.requested"]
    assert await notifier.sms.messages() == []


async def test_a_booking_was_read_back_on_the_line_and_needs_nobody(notifier: Bench) -> None:
    await notifier.company()
    await notifier.by_sms(appointment(AppointmentBooked, customer=NOBODY))
    assert await notifier.all_of(Callback) == []


async def test_a_caller_who_cancelled_on_the_phone_need_not_be_called(notifier: Bench) -> None:
    await notifier.company()
    await notifier.changed_by_phone("cancel", "uid-1")
    await notifier.by_sms(appointment(AppointmentCancelled, customer=LANDLINE))
    assert await notifier.all_of(Callback) == []


async def test_an_urgent_callback_reaches_the_owners_phone_at_once(notifier: Bench) -> None:
    await notifier.company(
        notify_urls="sms=" + notifier.sms.root.replace("http", "json") + "/messages/+4915199999999"
    )
    await notifier.by_sms(BY_TYPE["callback.requested"])
    [message] = await notifier.sms.messages()
    assert message["text"] == "Dringend: Rückruf, +4915112345678: Rückfrage"
