"""What a call may ask for: whoever holds the line for an hour fills no calendar and no list of callbacks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from infra.local.valkey import PrivateValkey
from services.voice_tools.handlers.limits import Limited
from services.voice_tools.store.counters import Counters
from services.voice_tools.store.slot_cache import open_cache
from services.voice_tools.values import Answer, Call, Caller
from shared.contracts.branch import Branch
from shared.contracts.voice import BookAppointment, RecordConsent, RequestCallback
from tests.integration.voice_tools.salon import Salon, next_open_day

MANY = 1_000_000


class Function:
    """One that always answers with ``status``; it counts."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.runs = 0

    async def __call__(self, _: Call, __: Any) -> Answer:
        self.runs += 1
        return Answer(self.status, "", "")


def _call(call_id: str = "call_1") -> Call:
    branch = Branch(company_id="salon", branch_id="mitte", name="Salon")
    return Call("salon", call_id, branch, "de", Caller(), None, datetime(2026, 12, 1, 9, tzinfo=UTC))


async def _answers(limited: Limited, call: Call, *arguments: Any) -> list[str]:
    return [(await limited(call, each)).status for each in arguments]


async def test_a_call_that_never_stops_asking_is_offered_a_callback(salon: Salon) -> None:
    topic = {"topic": "adresse"}
    answers = [await salon.ask("branch_information", topic) for _ in range(61)]
    assert [answer["status"] for answer in answers] == ["information"] * 60 + ["too_much"]
    assert answers[-1]["next"] == "offer_callback"
    assert (await salon.ask("request_callback", {"reason": "Frage"}))["status"] == "noted"
    assert (await salon.ask("record_consent", {"allowed": "nein"}))["status"] == "noted"
    assert (await salon.another_call().ask("branch_information", topic))["status"] == "information"


async def test_an_eleventh_look_into_the_calendar_is_refused_and_a_callback_offered(salon: Salon) -> None:
    # Each request shows two weeks.
    days = [next_open_day(1 + 14 * fortnight) for fortnight in range(11)]
    looks = len(await salon.calcom.requests("/v2/slots"))
    answers = [await salon.offered(day) for day in days]
    assert [answer["status"] == "too_much" for answer in answers] == [False] * 10 + [True]
    assert (answers[-1]["next"], answers[-1]["say"].endswith("Rückruf notieren?")) == ("offer_callback", True)
    assert len(await salon.calcom.requests("/v2/slots")) - looks == 10
    # What has been looked at costs nothing, and the next caller begins anew.
    assert (await salon.offered(days[3]))["status"] != "too_much"
    assert (await salon.another_call().offered(days[-1]))["status"] != "too_much"


async def test_a_fourth_reason_for_a_callback_is_not_noted(salon: Salon) -> None:
    statuses = [
        (await salon.ask("request_callback", {"reason": f"Frage {number}"}))["status"] for number in range(4)
    ]
    assert statuses == ["noted", "noted", "noted", "too_much"]
    assert (await salon.ask("request_callback", {"reason": "Frage 1"}))["say"].endswith("bereits notiert.")


async def test_a_sixth_appointment_in_one_call_is_not_booked() -> None:
    book, counters = Function("booked"), Counters(None)
    limited, call = Limited("book_appointment", book, counters, MANY), _call()
    codes = [BookAppointment(slot_code=code) for code in "ABCDEF"]
    assert await _answers(limited, call, *codes) == ["booked"] * 5 + ["too_much"]
    # What is booked already may be asked about again.
    assert await _answers(limited, call, codes[0]) == ["booked"]


async def test_what_comes_to_nothing_counts_for_nothing() -> None:
    limited = Limited("book_appointment", Function("taken"), Counters(None), MANY)
    codes = [BookAppointment(slot_code=code) for code in "ABCDEFGH"]
    assert set(await _answers(limited, _call(), *codes)) == {"taken"}


async def test_a_company_that_asks_too_often_has_its_next_function_refused_and_counted() -> None:
    look, counters = Function("free"), Counters(None)
    before = _refused("company")
    for number in range(3):
        await Limited("check_availability", look, counters, 3)(_call(call_id=f"call_{number}"), None)
    fourth = await Limited("check_availability", look, counters, 3)(_call(call_id="call_4"), None)
    assert (fourth.status, look.runs) == ("too_much", 3)
    assert _refused("company") == before + 1


@pytest.mark.parametrize("name", ["record_consent", "request_callback"])
async def test_a_refused_recording_and_a_callback_are_always_heard(name: str) -> None:
    limited = Limited(name, Function("noted"), Counters(None), 1)
    args = RecordConsent() if name == "record_consent" else RequestCallback(reason="Frage")
    assert await _answers(limited, _call(), *[args] * 70) == ["noted"] * 70


async def test_replicas_count_together_where_there_is_a_cache(valkey: PrivateValkey) -> None:
    one, other = Counters(open_cache(valkey.url)), Counters(open_cache(valkey.url))
    assert [await each.add("calls:a", seconds=60.0) for each in (one, other, one)] == [1, 2, 3]
    assert await other.count("calls:a") == 3


async def test_a_cache_that_does_not_answer_leaves_each_replica_its_own_count(valkey: PrivateValkey) -> None:
    counters = Counters(open_cache(valkey.url))
    await counters.add("calls:b", seconds=60.0)
    valkey.freeze()
    try:
        assert await counters.add("calls:b", seconds=60.0) == 2
        assert await counters.count("calls:b") == 2
    finally:
        valkey.thaw()


def _refused(limit: str) -> float:
    labels = {"limit": limit, "function": "check_availability"}
    return REGISTRY.get_sample_value("askpro_voice_limits_total", labels) or 0.0
