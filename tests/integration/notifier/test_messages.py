"""Chat and SMS; and what is left to a person."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier.store.callbacks import StillOnTheLineError
from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    Customer,
    DeadLetterRecorded,
)
from shared.contracts.targets import Targets
from shared.db.tables import Callback, Outbox
from shared.errors import ProviderRefusedError
from tests.integration.notifier.bench import COMPANY, Bench
from tests.unit.notifier.samples import EVENTS, START, appointment

BY_TYPE = {event.type: event for event in EVENTS}
MOBILE = Customer(name="Jo", phone="+4915112345678")
LANDLINE = Customer(name="Jo", phone="+498912345678")
NOBODY = Customer(name="Jo")
OUTCOMES = {"book": AppointmentBooked, "reschedule": AppointmentRescheduled, "cancel": AppointmentCancelled}


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


async def test_who_has_a_mobile_is_left_to_a_person_where_nobody_sends_sms(notifier: Bench) -> None:
    await notifier.company()
    rules = replace(notifier.by_sms.rules, operators=Targets())
    await replace(notifier.by_sms, rules=rules)(appointment(AppointmentCancelled, customer=MOBILE))
    assert [task.phone for task in await notifier.all_of(Callback)] == [MOBILE.phone]


@pytest.mark.parametrize("customer", [LANDLINE, NOBODY], ids=["landline", "neither"])
@pytest.mark.parametrize("kind", ["book", "reschedule", "cancel"])
async def test_what_was_said_on_the_line_needs_nobody(notifier: Bench, kind: str, customer: Customer) -> None:
    await notifier.company()
    await notifier.attempt(kind)
    await notifier.by_sms(appointment(OUTCOMES[kind], customer=customer))
    assert await notifier.all_of(Callback) == []


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("booked", {"outcome": "done", "waited": True}),
        ("booked", {"outcome": "awaiting", "waited": False}),
        ("booked", {"outcome": "requested"}),
        ("booked", None),
        ("requested", {"outcome": "requested"}),
    ],
    ids=["after they were told to wait", "after the host confirmed", "later", "unknown", "not settled"],
)
async def test_a_booking_that_was_not_confirmed_on_the_line_is_told_by_a_person(
    notifier: Bench, state: str, result: Any
) -> None:
    await notifier.company()
    await notifier.attempt("book", state, result=result)
    event = appointment(AppointmentBooked, customer=LANDLINE)
    await notifier.by_sms(event)
    await notifier.by_sms(event)
    [task] = await notifier.all_of(Callback)
    assert task.reason == (
        "Termin am Dienstag, 3. Dezember 2126, 14:30 Uhr ist gebucht; wir konnten Jo nicht schreiben. "
        "Bitte Bescheid sagen."
    )


async def test_a_booking_that_nobody_made_by_phone_is_told_by_a_person(notifier: Bench) -> None:
    await notifier.company()
    await notifier.by_sms(appointment(AppointmentBooked, customer=NOBODY))
    assert len(await notifier.all_of(Callback)) == 1


async def test_while_the_agent_is_about_to_say_it_nobody_is_asked_to_call(notifier: Bench) -> None:
    await notifier.company()
    # The webhook comes before the answer: the attempt has no uid yet, the appointment has its token.
    await notifier.appointment(token="t", version=1)
    await notifier.attempt("book", "started", calcom_uid=None, result=None)
    event = appointment(AppointmentBooked, customer=LANDLINE)
    with pytest.raises(StillOnTheLineError):
        await notifier.by_sms(event)
    assert await notifier.all_of(Callback) == []
    await notifier.settle_attempt({"outcome": "done", "waited": False})
    await notifier.by_sms(event)
    assert await notifier.all_of(Callback) == []


async def test_an_attempt_whose_process_died_was_said_by_nobody(notifier: Bench) -> None:
    await notifier.company()
    long_ago = datetime.now(UTC) - timedelta(minutes=3)
    await notifier.attempt("book", "started", result=None, updated_at=long_ago)
    await notifier.by_sms(appointment(AppointmentBooked, customer=LANDLINE))
    assert len(await notifier.all_of(Callback)) == 1


async def test_a_move_that_the_host_made_after_the_callers_own_is_news(notifier: Bench) -> None:
    await notifier.company()
    await notifier.appointment(calcom_uid="uid-2", rescheduled_from="uid-1")
    await notifier.attempt("reschedule", start_at=START - timedelta(hours=1))
    await notifier.by_sms(appointment(AppointmentRescheduled, calcom_uid="uid-2", customer=LANDLINE))
    assert len(await notifier.all_of(Callback)) == 1


async def test_a_change_that_is_open_has_a_task_already(notifier: Bench) -> None:
    await notifier.company()
    await notifier.attempt("cancel", "requested", result={"outcome": "unknown"})
    await notifier.by_sms(appointment(AppointmentCancelled, customer=LANDLINE))
    assert await notifier.all_of(Callback) == []


@pytest.mark.parametrize("kind", OUTCOMES.values())
async def test_nobody_is_asked_to_call_about_what_is_over_or_out_of_date(notifier: Bench, kind: Any) -> None:
    await notifier.company()
    last_year = datetime.now(UTC) - timedelta(days=400)
    await notifier.by_sms(appointment(kind, customer=LANDLINE, start=last_year, end=last_year))
    await notifier.appointment(version=2)
    await notifier.by_sms(appointment(kind, customer=LANDLINE, version=1))
    assert await notifier.all_of(Callback) == []


async def test_an_urgent_callback_reaches_the_owners_phone_at_once(notifier: Bench) -> None:
    await notifier.company(
        notify_urls="sms=" + notifier.sms.root.replace("http", "json") + "/messages/+4915199999999"
    )
    await notifier.by_sms(BY_TYPE["callback.requested"])
    [message] = await notifier.sms.messages()
    assert message["text"] == "Dringend: Rückruf, +4915112345678: Rückfrage"
