"""Of a caller who refused to be recorded log and dead letters hold that they called, not what they said."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from services.ops_console.handlers.event_log import entry_of_envelope
from services.ops_console.handlers.letter_texts import ReadLetters, text_of
from services.ops_console.store.event_log import EventLog, log
from services.ops_console.store.letter_texts import LetterTexts
from shared.contracts.envelope import Envelope, now, parse_envelope
from shared.contracts.events import CallRecorded, RecordingRefused
from shared.contracts.ids import new_id
from shared.db.deliveries import Deliveries
from shared.db.engine import Database
from shared.db.failures import Content, Failure
from shared.db.outbox import envelope_of
from shared.db.settling import CurrentDelivery
from tests.integration.console.bench import an_event
from tests.support import eventually

SAID = "Erika Mustermann hier"
QUEUE = "syncer.calls"


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="test")
    yield database
    await database.close()


class Phone:
    """One call of a company of its own."""

    def __init__(self, url: str, database: Database) -> None:
        self.url, self.database = url, database
        self.company, self.call = new_id("company"), new_id("call")
        self._execute("insert into companies (id, name) values (%s, 'Salon')", self.company)

    def _execute(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def event(self, kind: str = "retell.call_ended", **more: Any) -> Envelope:
        call = {"call_id": self.call, "call_status": "ended", "transcript": SAID, **more}
        return an_event(kind, {"event": "x", "call": call}, company=self.company, correlationid=self.call)

    def refuse(self) -> Envelope:
        self._execute(
            "insert into consents (company_id, call_id, kind, allowed) values (%s, %s, 'recording', false)",
            self.company,
            self.call,
        )
        refusal = RecordingRefused(company_id=self.company, call_id=self.call, refused_at=now())
        return envelope_of(refusal, source="voice_tools")

    async def log(self, *events: Envelope) -> None:
        await EventLog(self.database).write([_entry(event) for event in events])

    async def give_up(self, event: Envelope) -> None:
        failure = Failure(now(), {"class": "X", "message": "m", "place": "p", "stack": ""}, {})
        delivery = CurrentDelivery(QUEUE, event.id, 1, event.type, self.company, self.call)
        content = Content(event.raw, {"message_id": event.id, "headers": {}})
        await Deliveries(self.database, source="syncer").dead_letter(delivery, content, failure, "rejected")

    def logged(self, event: Envelope) -> tuple[bytes, dict[str, Any]]:
        ((body, document),) = self._execute("select body, document from event_log where id = %s", event.id)
        return bytes(body), document

    async def searched(self, event: Envelope) -> str:
        await ReadLetters(LetterTexts(self.database, text_of))()
        ((text,),) = self._execute(
            "select text from dead_letter_texts join deliveries d on d.id = delivery_id where event_id = %s",
            event.id,
        )
        return str(text)

    def dead(self, event: Envelope) -> bytes:
        ((body,),) = self._execute("select body from deliveries where event_id = %s", event.id)
        return bytes(body)


def _entry(event: Envelope) -> Any:
    return entry_of_envelope(event, event.id, event.type)


@pytest.fixture
def phone(database_url: str, database: Database) -> Phone:
    return Phone(database_url, database)


def _holds_nothing_said(body: bytes, event: Envelope) -> bool:
    left = parse_envelope(body)
    assert isinstance(left, Envelope)
    assert left.attributes == event.attributes
    return SAID.encode() not in body


async def test_what_is_logged_after_the_refusal_is_logged_without_words(phone: Phone) -> None:
    phone.refuse()
    event = phone.event(call_analysis={"call_summary": SAID}, recording_url=SAID)
    await phone.log(event)
    body, document = phone.logged(event)
    assert _holds_nothing_said(body, event)
    assert SAID not in json.dumps(document)
    assert document["data"]["call"] == {"call_id": phone.call, "call_status": "ended", "call_analysis": {}}


async def test_what_was_logged_before_the_refusal_goes_with_it(phone: Phone) -> None:
    ours = CallRecorded(company_id=phone.company, call_id=phone.call, version=1, stage="ended", summary=SAID)
    events = [phone.event(), phone.event("retell.call_analyzed"), envelope_of(ours, source="syncer")]
    await phone.log(*events)
    assert SAID.encode() in phone.logged(events[0])[0]
    await phone.log(phone.refuse())
    for event in events:
        body, document = phone.logged(event)
        assert _holds_nothing_said(body, event)
        assert SAID not in json.dumps(document)


async def test_what_was_scheduled_and_logged_as_its_data_alone_loses_its_words_too(phone: Phone) -> None:
    event = phone.event("call.observed")
    await phone.log(event)
    phone._execute("update event_log set document = document->'data' where id = %s", event.id)
    await phone.log(phone.refuse())
    document = phone.logged(event)[1]
    assert SAID not in json.dumps(document)
    assert document["call"]["call_id"] == phone.call


async def test_a_dead_letter_keeps_no_words_of_who_refused_before(phone: Phone) -> None:
    event = phone.event()
    await phone.log(phone.refuse())
    await phone.give_up(event)
    assert _holds_nothing_said(phone.dead(event), event)


async def test_a_dead_letter_keeps_no_words_of_who_refuses_later(phone: Phone) -> None:
    event = phone.event()
    await phone.log(event)
    await phone.give_up(event)
    assert SAID.encode() in phone.dead(event)
    await phone.log(phone.refuse())
    assert _holds_nothing_said(phone.dead(event), event)


async def test_words_of_who_refuses_later_are_not_found_in_dead_letters_either(phone: Phone) -> None:
    event = phone.event()
    await phone.log(event)
    await phone.give_up(event)
    assert SAID in await phone.searched(event)
    await phone.log(phone.refuse())
    assert SAID not in await phone.searched(event)
    assert phone.call in await phone.searched(event)


async def test_of_others_and_of_who_agreed_everything_is_kept(phone: Phone) -> None:
    phone._execute(
        "insert into consents (company_id, call_id, kind, allowed)"
        " values (%s, %s, 'recording', true), (%s, %s, 'callback_number', false)",
        phone.company, phone.call, phone.company, phone.call,
    )  # fmt: skip
    event = phone.event()
    await phone.log(event)
    await phone.give_up(event)
    assert phone.logged(event)[0] == phone.dead(event) == event.raw


async def test_a_refusal_that_is_logged_while_the_call_is_still_being_logged_waits_for_it(
    phone: Phone,
) -> None:
    event = phone.event()
    async with phone.database.transaction() as session:
        await log(session, [_entry(event)])
        refusal = asyncio.create_task(phone.log(phone.refuse()))
        waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted"
        await eventually(lambda: asyncio.to_thread(phone._execute, waiting), of="the refusal waits")
    await refusal
    assert _holds_nothing_said(phone.logged(event)[0], event)


async def test_an_event_of_a_company_that_no_column_takes_is_logged_all_the_same(phone: Phone) -> None:
    company = f"a\x00{secrets.token_hex(4)}"
    odd = an_event("retell.call_ended", {"call": {"call_id": "c\x00"}}, company=company)
    await phone.log(odd)
    assert phone.logged(odd)[0] == odd.raw
