"""Mail, chat and SMS: what arrives is kept, what is switched off fails."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import apprise
import httpx
import pytest

from infra.simulators.control import InboxControl


def mail(to: str = "owner@example.org", subject: str = "Neuer Termin für Grüße") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "askpro@example.org", to, subject
    message["Message-ID"] = "<event-1@example.org>"
    message.set_content("Guten Tag")
    message.add_alternative("<p>Guten Tag</p>", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="termin.ics")
    return message


async def send(simulators: Any, message: EmailMessage | None = None) -> Any:
    host, port = simulators.smtp_url.removeprefix("smtp://").split(":")
    return await aiosmtplib.send(message or mail(), hostname=host, port=int(port), start_tls=False)


async def test_a_mail_is_kept_with_its_parts(simulators: Any, mailbox: Any) -> None:
    await send(simulators)
    (kept,) = await mailbox.messages(to="owner@example.org", subject="Grüße")
    assert (kept["from"], kept["to"]) == ("askpro@example.org", ["owner@example.org"])
    assert (kept["text"].strip(), kept["html"].strip()) == ("Guten Tag", "<p>Guten Tag</p>")
    assert (kept["attachments"], kept["message_id"]) == (["termin.ics"], "<event-1@example.org>")
    assert await mailbox.messages(to="nobody@example.org") == []
    await mailbox.clear()
    assert await mailbox.messages() == []


@pytest.mark.parametrize(
    ("route", "status", "error"),
    [
        ("SMTP /rcpt/*", 550, aiosmtplib.SMTPRecipientsRefused),
        ("SMTP /mail/*", 451, aiosmtplib.SMTPSenderRefused),
        ("SMTP /data", 452, aiosmtplib.SMTPDataError),
        ("SMTP /data", 554, aiosmtplib.SMTPDataError),
    ],
)
async def test_the_server_refuses_what_it_is_told_to_refuse(
    simulators: Any, mailbox: Any, route: str, status: int, error: type[Exception]
) -> None:
    await mailbox.fault(route, "status", status=status, times=1)
    with pytest.raises(error):
        await send(simulators)
    assert await mailbox.messages() == []
    await send(simulators)
    assert len(await mailbox.messages()) == 1


async def test_a_connection_that_drops_before_the_mail_leaves_nothing(simulators: Any, mailbox: Any) -> None:
    await mailbox.fault("SMTP /data", "reset", times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(simulators)
    assert await mailbox.messages() == []


async def test_a_lost_answer_leaves_the_mail_behind(simulators: Any, mailbox: Any) -> None:
    await mailbox.fault("SMTP /data", "lost_answer", times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(simulators)
    assert len(await mailbox.messages()) == 1


@pytest.fixture
async def chat(simulators: Any) -> AsyncIterator[InboxControl]:
    async with InboxControl(simulators.root("chat")) as control:
        await control.reset()
        yield control


async def test_the_chat_answers_ok_as_slack_does(simulators: Any, chat: Any) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(simulators.chat_url, json={"text": "Neuer Termin"})
        assert (answer.status_code, answer.text) == (200, "ok")
        for wrong in (b"nonsense", b"{}"):
            assert (await http.post(simulators.chat_url, content=wrong)).status_code == 400
        await chat.fault("POST /hooks/*", "rate_limit", retry_after=7, times=1)
        limited = await http.post(simulators.chat_url, json={"text": "x"})
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert [each["text"] for each in await chat.messages(hook="owner")] == ["Neuer Termin"]


async def test_apprise_reaches_the_sms_service(simulators: Any) -> None:
    async with InboxControl(simulators.root("sms")) as sms:
        await sms.reset()
        notifier = apprise.Apprise()
        notifier.add(simulators.sms_url.replace("http://", "json://") + "/+491701234567")
        assert await notifier.async_notify(body="Ihr Termin: Dienstag", title="Salon")
        (kept,) = await sms.messages()
        assert (kept["to"], kept["text"]) == ("+491701234567", "Ihr Termin: Dienstag")
        await sms.fault("POST /messages/*", "status", status=500, times=1)
        assert not await notifier.async_notify(body="noch einmal")
