"""Mail is sent once per outcome and recipient, whatever the server says and however often we are told."""

import asyncio
from dataclasses import replace
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from services.notifier.store import BeingSentError
from shared.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    Customer,
    PromiseBroken,
)
from shared.contracts.targets import Targets
from shared.errors import ProviderRefusedError, TransientError
from tests.integration.notifier.bench import Bench
from tests.support import eventually
from tests.unit.notifier.samples import EVENTS, START, appointment

OURS = {"customer_messages": "ours"}
CHEF, JOERG = "chef@salon.example", "joerg@example.org"


def parsed(mail: dict[str, Any]) -> EmailMessage:
    return message_from_string(mail["raw"], _class=EmailMessage, policy=policy.default)


def calendar_event(mail: dict[str, Any]) -> Any:
    part = next(part for part in parsed(mail).iter_attachments())
    return Calendar.from_ical(part.get_content()).walk("VEVENT")[0]


async def test_company_and_customer_are_told_in_their_own_words(notifier: Bench) -> None:
    await notifier.company(**OURS)
    await notifier.by_mail(appointment())
    chef = (await notifier.mailbox.messages(to=CHEF))[0]
    joerg = (await notifier.mailbox.messages(to=JOERG))[0]
    assert chef["subject"] == "Neuer Termin: Dienstag, 3. Dezember 2126, 14:30 Uhr, Jörg Müller"
    assert joerg["subject"] == "Ihr Termin bei Salon Schön: Dienstag, 3. Dezember 2126, 14:30 Uhr"
    assert "Guten Tag Jörg Müller," in joerg["text"]
    assert "Hauptstraße 5, München" in joerg["html"]
    assert joerg["headers"]["Reply-To"] == CHEF
    assert joerg["attachments"] == ["termin.ics"]


@pytest.mark.parametrize(("own", "unreachable"), [("sms=json://own.example/{to}", False), (None, True)])
async def test_the_company_reads_that_a_mobile_could_not_be_written_to_where_nobody_sends_sms(
    notifier: Bench, own: str | None, unreachable: bool
) -> None:
    await notifier.company(notify_urls=own)
    by_mail = replace(notifier.by_mail, rules=replace(notifier.by_mail.rules, operators=Targets()))
    await by_mail(appointment(customer=Customer(name="Jo", phone="+4915112345678")))
    [mail] = await notifier.mailbox.messages(to=CHEF)
    assert ("Wir konnten keine Bestätigung senden" in mail["text"]) is unreachable


async def test_five_copies_at_once_make_one_mail_each(notifier: Bench) -> None:
    await notifier.company(**OURS)
    results = await asyncio.gather(
        *(notifier.by_mail(appointment()) for _ in range(5)), return_exceptions=True
    )
    for refused in [result for result in results if isinstance(result, ExceptionGroup)]:
        assert all(isinstance(error, BeingSentError) for error in refused.exceptions)
    await notifier.by_mail(appointment())
    recipients = sorted(mail["to"][0] for mail in await notifier.mailbox.messages())
    assert recipients == [CHEF, JOERG]


async def test_a_copy_that_finds_the_mail_being_sent_comes_back_when_the_lease_is_over(
    notifier: Bench,
) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /data", "latency", seconds=0.5, times=1)
    first = asyncio.create_task(notifier.by_mail(appointment()))
    await eventually(lambda: notifier.rows(appointment()), of="the reservation")
    with pytest.raises(ExceptionGroup) as copy:
        await notifier.by_mail(appointment())
    [error] = copy.value.exceptions
    assert isinstance(error, BeingSentError)
    assert 80 < (error.retry_after or 0) <= 90
    await first
    assert len(await notifier.mailbox.messages()) == 1


async def test_what_a_newer_version_has_overtaken_is_not_sent(notifier: Bench) -> None:
    await notifier.company(**OURS)
    await notifier.appointment(version=2, status="cancelled")
    await notifier.by_mail(appointment(AppointmentBooked, version=1))
    await notifier.by_mail(appointment(AppointmentCancelled, version=2))
    assert {mail["subject"].split(":")[0] for mail in await notifier.mailbox.messages()} == {
        "Termin abgesagt",
        "Ihr Termin bei Salon Schön ist abgesagt",
    }
    overtaken = (await notifier.rows(appointment()))[CHEF]
    assert (overtaken.state, overtaken.reason) == ("skipped", "overtaken by version 2")


async def test_a_server_that_says_not_now_gets_the_same_mail_later(notifier: Bench) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /data", "status", status=451, times=1)
    with pytest.raises(ExceptionGroup) as refused:
        await notifier.by_mail(appointment())
    assert isinstance(refused.value.exceptions[0], TransientError)
    failed = (await notifier.rows(appointment()))[CHEF]
    assert failed.state == "failed"
    await notifier.by_mail(appointment())
    [mail] = await notifier.mailbox.messages()
    assert mail["message_id"] == failed.message_id
    assert (await notifier.rows(appointment()))[CHEF].state == "sent"


async def test_a_mail_whose_answer_was_lost_is_repeated_under_the_same_message_id(notifier: Bench) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /data", "lost_answer", times=1)
    with pytest.raises(ExceptionGroup):
        await notifier.by_mail(appointment())
    await notifier.by_mail(appointment())
    twice = await notifier.mailbox.messages()
    assert len({mail["message_id"] for mail in twice}) == 1


async def test_a_process_that_died_while_sending_leaves_a_mail_that_is_sent_later(notifier: Bench) -> None:
    await notifier.company()
    await notifier.mailbox.fault("SMTP /data", "latency", seconds=1, times=1)
    dying = asyncio.create_task(notifier.by_mail(appointment()))
    await eventually(lambda: notifier.rows(appointment()), of="the reservation")
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await notifier.end_of_lease()
    await notifier.by_mail(appointment())
    assert (await notifier.rows(appointment()))[CHEF].state == "sent"
    assert len({mail["message_id"] for mail in await notifier.mailbox.messages()}) == 1


async def test_an_address_refused_for_good_keeps_nobody_else_from_being_told(notifier: Bench) -> None:
    await notifier.company(**OURS)
    await notifier.mailbox.fault(f"SMTP /rcpt/{JOERG}", "status", status=550)
    with pytest.raises(ExceptionGroup) as refused:
        await notifier.by_mail(appointment())
    assert isinstance(refused.value.exceptions[0], ProviderRefusedError)
    assert [mail["to"] for mail in await notifier.mailbox.messages()] == [[CHEF]]
    assert (await notifier.rows(appointment()))[JOERG].state == "failed"


async def test_one_who_may_be_told_later_is_not_given_up_for_one_who_never_can(notifier: Bench) -> None:
    await notifier.company(**OURS)
    await notifier.mailbox.fault(f"SMTP /rcpt/{JOERG}", "status", status=550)
    await notifier.mailbox.fault(f"SMTP /rcpt/{CHEF}", "status", status=450, times=1)
    with pytest.raises(ExceptionGroup) as refused:
        await notifier.by_mail(appointment())
    assert all(isinstance(error, TransientError) for error in refused.value.exceptions)


async def test_no_mail_goes_to_an_address_that_was_made_up_for_booking(notifier: Bench) -> None:
    await notifier.company(**OURS)
    made_up = Customer(name="Jo", email="k-0123456789abcdef@bookings.example")
    event = appointment(customer=made_up)
    await notifier.by_mail(event)
    assert [mail["to"] for mail in await notifier.mailbox.messages()] == [[CHEF]]
    nobody = (await notifier.rows(event))["customer"]
    assert (nobody.state, nobody.reason) == ("nobody", "gave no e-mail address")


async def test_nobody_to_tell_is_no_error_and_is_written_down_once(notifier: Bench) -> None:
    await notifier.company(notification_email=None)
    for event in (appointment(), appointment(company_id="stranger")):
        await notifier.by_mail(event)
        await notifier.by_mail(event)
        assert {row.state for row in (await notifier.rows(event)).values()} == {"nobody"}
    assert await notifier.mailbox.messages() == []


async def test_a_customer_is_not_told_of_what_is_over(notifier: Bench) -> None:
    await notifier.company(**OURS)
    past = appointment(start=START.replace(year=2025), end=START.replace(year=2025))
    await notifier.by_mail(past)
    assert [mail["to"] for mail in await notifier.mailbox.messages()] == [[CHEF]]


async def test_a_name_cannot_add_a_header(notifier: Bench) -> None:
    await notifier.company(name="Salon\r\nX-Evil: 1", **OURS)
    eve = Customer(name="Eve\r\nBcc: all@example.org", email="eve@example.org")
    await notifier.by_mail(appointment(customer=eve))
    for mail in await notifier.mailbox.messages():
        assert not {"Bcc", "X-Evil"} & set(parsed(mail).keys())
        assert len(mail["to"]) == 1


async def test_a_rescheduled_appointment_moves_in_every_calendar(notifier: Bench) -> None:
    await notifier.company(**OURS)
    await notifier.appointment(calcom_uid="uid-1", version=3, status="rescheduled")
    await notifier.appointment(calcom_uid="uid-2", version=1, rescheduled_from="uid-1")
    await notifier.by_mail(appointment(AppointmentBooked, version=3))
    await notifier.by_mail(appointment(AppointmentRescheduled, calcom_uid="uid-2", appointment_id="a-2"))
    booked, moved = map(calendar_event, await notifier.mailbox.messages(to=JOERG))
    assert booked["uid"] == moved["uid"] == "uid-1"
    assert booked["sequence"] < moved["sequence"]
    assert moved["summary"] == "Färben, Salon Schön"


async def test_a_cancelled_appointment_leaves_every_calendar(notifier: Bench) -> None:
    await notifier.company(**OURS)
    await notifier.by_mail(appointment(AppointmentCancelled))
    [mail] = await notifier.mailbox.messages(to=JOERG)
    assert calendar_event(mail)["status"] == "CANCELLED"
    assert "METHOD:CANCEL" in next(iter(parsed(mail).iter_attachments())).get_content()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
async def test_every_outcome_can_be_handled_on_every_channel(notifier: Bench, event: Any) -> None:
    await notifier.company(**OURS)
    for handle in (notifier.by_mail, notifier.by_chat, notifier.by_sms):
        await handle(event)


async def test_a_broken_promise_is_mailed_to_company_and_operators_with_the_call_behind_it(
    notifier: Bench,
) -> None:
    await notifier.company()
    rules = replace(notifier.by_mail.rules, operators=Targets(mails=("ops@askpro.example",)))
    by_mail = replace(notifier.by_mail, rules=rules)
    event = PromiseBroken(
        company_id="schoen", branch_id="mitte", call_id="call_1", promise="Dienstag um drei"
    )
    await by_mail(event)
    await by_mail(event)
    for address, subject in ((CHEF, "Dringend: zugesagt"), ("ops@askpro.example", "Zusage ohne Termin")):
        [mail] = await notifier.mailbox.messages(to=address)
        assert mail["subject"].startswith(subject)
        for part in ("text", "html"):
            assert "https://console/events?correlation=call_1" in mail[part]
            assert "Dienstag um drei" in mail[part]
