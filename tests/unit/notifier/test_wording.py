"""Every outcome has words in both languages, and no caller's word leaves its line."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notifier.facts import Around, Branch, Company, Recipient
from services.notifier.moments import language_of, long_moment
from services.notifier.recipients import AUDIENCES, MAILED
from services.notifier.wording import Words, Writer
from shared.contracts.events import (
    AppointmentBooked,
    AppointmentRescheduled,
    CallbackRequested,
    CircuitClosed,
    CircuitOpened,
    CompanySubscriptionChanged,
    Customer,
    OwnEvent,
)
from shared.messaging.topology import WORK_QUEUES
from tests.unit.notifier.samples import EVENTS, START, appointment

WRITER = Writer("https://console.example")
AROUND = Around(
    Company("schoen", "Salon Schön & Söhne"),
    Branch("Mitte", address="Hauptstraße 5, 80331 München", phone="+498912345"),
)
CASES = [
    pytest.param(event, audience, language, id=f"{language}-{audience}-{event.type}")
    for event in EVENTS
    for audience in sorted(AUDIENCES[event.type] | MAILED.get(event.type, frozenset()))
    for language in ("de", "en")
]


def write(
    event: OwnEvent, audience: str = "customer", language: str = "de", around: Around = AROUND
) -> Words:
    recipient = Recipient(audience, "a@example.org", *language_of(language))  # type: ignore[arg-type]
    return WRITER.write(event, around, recipient, unreachable=audience == "company")


def test_every_outcome_that_reaches_the_notifier_has_an_audience_and_a_sample() -> None:
    bound = {pattern for queue in WORK_QUEUES if queue.service == "notifier" for pattern in queue.bindings}
    assert bound == set(AUDIENCES) == {event.type for event in EVENTS}


@pytest.mark.parametrize(("event", "audience", "language"), CASES)
def test_every_outcome_has_words_for_each_audience(event: OwnEvent, audience: str, language: str) -> None:
    words = write(event, audience, language)
    everything = "\n".join((words.subject, words.text, words.chat, words.short, WRITER.page(words, language)))
    assert words.subject
    assert words.paragraphs
    for leftover in ("{{", "{%", "None", "Undefined"):
        assert leftover not in everything
    assert "\n" not in words.subject + words.short


@pytest.mark.parametrize(("event", "audience", "language"), CASES)
def test_nothing_known_around_an_event_still_makes_a_message(
    event: OwnEvent, audience: str, language: str
) -> None:
    assert write(event, audience, language, Around()).subject


@pytest.mark.parametrize(("language", "instead"), [("de", "statt"), ("en", "instead of")])
def test_who_got_another_time_than_the_one_they_wished_is_told_both(language: str, instead: str) -> None:
    wished = START - timedelta(hours=3)
    words = write(appointment(AppointmentBooked, wished_start=wished), language=language)
    for moment in (wished, START):
        clock = f"{moment.astimezone(ZoneInfo('Europe/Berlin')):%-H:%M}"
        assert clock in words.text
        assert clock in words.short
    assert instead in words.short
    assert "Wunschzeit" not in write(appointment(AppointmentBooked), language=language).text


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "event", [event for event in EVENTS if "customer" in AUDIENCES[event.type]], ids=lambda e: e.type
)
def test_a_text_to_a_customer_fits_one_sms(event: OwnEvent, language: str) -> None:
    assert 0 < len(write(event, "customer", language).short) <= 160


def test_german_words_keep_their_umlauts() -> None:
    words = write(appointment(), "company")
    assert words.subject == "Neuer Termin: Dienstag, 3. Dezember 2126, 14:30 Uhr, Jörg Müller"
    assert ("Leistung", "Färben") in words.details
    assert ("Mit", "Özlem") in words.details


def test_the_time_is_the_one_on_the_wall_of_the_branch() -> None:
    lisbon = Around(AROUND.company, Branch("Lisboa", timezone="Europe/Lisbon"))
    assert "13:30 Uhr" in write(appointment(), around=lisbon).subject
    assert "14:30 Uhr" in write(appointment(), around=Around(AROUND.company)).subject


def test_a_date_is_said_as_people_say_it_there() -> None:
    zone = ZoneInfo("Europe/Berlin")
    new_year = datetime(2026, 1, 1, 14, 30, tzinfo=zone)
    assert long_moment(new_year, *language_of("de"), zone) == "Donnerstag, 1. Januar 2026, 14:30 Uhr"
    assert long_moment(new_year, *language_of("de-AT"), zone) == "Donnerstag, 1. Jänner 2026, 14:30 Uhr"
    assert long_moment(new_year, *language_of("en"), zone) == "Thursday, 1 January 2026, 14:30"


@pytest.mark.parametrize(
    ("candidates", "language"),
    [(("de",), "de"), (("de-CH",), "de"), (("en-US",), "en"), (("fr", "de-DE"), "de"), (("fr",), "en")],
)
def test_a_language_we_do_not_write_falls_back_to_the_companys(
    candidates: tuple[str, ...], language: str
) -> None:
    assert language_of(*candidates)[0] == language


def test_a_moved_appointment_names_old_and_new_time() -> None:
    event = appointment(AppointmentRescheduled, previous_start=START.replace(day=2))
    details = dict(write(event, "customer").details)
    assert details["Wann"] == "Dienstag, 3. Dezember 2126, 14:30 Uhr"
    assert details["Bisher"] == "Montag, 2. Dezember 2126, 14:30 Uhr"


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@example.org", "Eve\x00\u2028", "E\ud800ve", "\u202eevE", "Eve\n\nWann: nie"]
)
def test_a_name_never_leaves_its_line(name: str) -> None:
    words = write(appointment(AppointmentBooked, customer=Customer(name=name)), "company")
    assert len(words.subject.splitlines()) == 1
    assert len([pair for pair in words.details if pair[0] == "Wann"]) == 1
    words.text.encode()


def test_a_name_is_never_markup_nor_a_template() -> None:
    eve = Customer(name="<script>{{ 7 * 7 }}</script>")
    words = write(appointment(AppointmentBooked, customer=eve), "company")
    assert "<script>" not in WRITER.page(words, "de")
    assert "{{ 7 * 7 }}" in words.subject


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("reason", ["Rückfrage zur Rechnung", "past", "booking_failed: taken"])
def test_a_reason_is_told_in_the_words_it_was_given(language: str, reason: str) -> None:
    event = CallbackRequested(company_id="schoen", callback_id="cb", reason=reason)
    words = write(event, "company", language)
    assert reason in dict(words.details).values()
    assert words.short.endswith(reason)


def test_the_state_of_a_subscription_is_said_in_words() -> None:
    event = CompanySubscriptionChanged(
        company_id="schoen", subscription_id="sub", version=2, status="past_due", previous_status="active"
    )
    assert dict(write(event, "company").details) == {"Stand": "überfällig", "Bisher": "aktiv"}
    assert dict(write(event, "company", "en").details) == {"State": "past due", "Before": "active"}


@pytest.mark.parametrize("type_", ["group.appeared", "group.grew", "dead_letter.aged"])
def test_operators_are_pointed_to_the_page_of_the_group(type_: str) -> None:
    (event,) = (event for event in EVENTS if event.type == type_)
    assert "https://console.example/dead-letters/groups/52e88031f9967845" in write(event, "operators").chat
    (nowhere,) = {Writer().write(event, Around(), Recipient("operators", "a", "en", "en"), unreachable=False)}
    assert "/dead-letters/" not in nowhere.chat


def test_a_paused_queue_is_told_as_one_and_not_as_a_circuit() -> None:
    paused = CircuitOpened(circuit="queue:notifier.sms", version=1, reason="forced by ada: a look")
    assert write(paused, "operators", "en").subject == "Queue paused: notifier.sms"
    resumed = CircuitClosed(circuit="queue:notifier.sms", version=2)
    assert write(resumed, "operators", "de").subject == "Warteschlange läuft weiter: notifier.sms"
