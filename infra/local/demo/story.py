"""What happens in the demo, step by step, watched from outside like a person would."""

import asyncio
from typing import Any, Final

import aio_pika

from infra.local.demo.timeline import MissingStepError, Timeline, patiently
from infra.local.demo.world import Salon, World
from infra.simulators.control import PlacedCall
from infra.simulators.store import Document

#: A caller whose call came to nothing calls again after a while, as people do: for 90 s, which is longer than
#: a process that was killed is away.
_CALLS: Final = 30
_CALLS_AGAIN_AFTER: Final = 3.0
_SCRIPT: Final[list[Document]] = [
    {"say": "Guten Tag, ich hätte gern einen Termin zum Haareschneiden, so bald wie möglich."},
    {
        "function": "check_availability",
        "args": {"service": "herrenhaarschnitt", "caller_words": "so bald wie möglich"},
    },
    {"agent": "{{results.0.say}}"},
    {"say": "Der erste passt gut. Mein Name ist Thomas Huber."},
    {"agent": "{{results.0.slots.0.spoken}} auf den Namen Thomas Huber, ist das richtig?"},
    {"say": "Ja, genau."},
    {
        "function": "book_appointment",
        "args": {
            "slot_code": "{{results.0.slots.0.code}}",
            "customer_name": "Thomas Huber",
            "caller_confirmed": True,
        },
    },
    {"agent": "{{results.1.say}}"},
    {"say": "Danke, auf Wiederhören."},
    {"hangup": "user"},
]
_ANALYSIS: Final = {
    "call_summary": "Herr Huber hat einen Haarschnitt gebucht.",
    "user_sentiment": "Positive",
    "call_successful": True,
    "custom_analysis_data": {"outcome": "booked", "appointment_promised": True},
}


async def enter_branch(world: World, timeline: Timeline) -> Salon:
    """From nothing to a branch whose agent answers its number."""
    salon = await world.open_salon()
    await world.enter_company(salon)
    timeline.note("company entered", salon.company_id)
    await world.enter_branch(salon)
    timeline.note("branch entered", salon.branch_id)
    await timeline.until("branch provisioned", lambda: _provisioned(world, salon), _steps)
    return salon


async def play(world: World, timeline: Timeline, broker_url: str) -> Salon:
    """The whole story."""
    salon = await enter_branch(world, timeline)
    call = await _phone(world, timeline, salon)
    appointment = await timeline.until(
        "appointment recorded",
        lambda: _appointment(world, salon, "accepted"),
        lambda found: str(found["start_at"]),
    )
    await timeline.until("call recorded", lambda: _call(world, salon, call.call_id))
    await timeline.until("company notified", lambda: _mail(world, salon), lambda mail: str(mail["subject"]))
    await timeline.until(
        "customer notified", lambda: _sms(world, salon, 1), lambda sms: _short(str(sms["text"]))
    )
    await world.cancel_at_calcom(salon, appointment["calcom_uid"])
    timeline.note("booking cancelled at Cal.com", str(appointment["calcom_uid"]))
    await timeline.until("cancellation recorded", lambda: _appointment(world, salon, "cancelled"))
    await timeline.until(
        "customer told about it", lambda: _sms(world, salon, 2), lambda sms: _short(str(sms["text"]))
    )
    await _poison(world, timeline, broker_url)
    await timeline.until("ledger balanced", lambda: _balanced(world))
    return salon


async def _phone(world: World, timeline: Timeline, salon: Salon) -> PlacedCall:
    for number in range(1, _CALLS + 1):
        call = await patiently(
            "call",
            lambda: world.retell.place_call(
                salon.phone_number, salon.caller, _SCRIPT, call_analysis=_ANALYSIS
            ),
        )
        timeline.note("call ended", f"{call.call_id} ({number}. call)" if number > 1 else call.call_id)
        results = [_answer(function) for function in call.functions]
        for function, result in zip(call.functions, results, strict=True):
            timeline.note(
                f"  {function['name']}", f"{result.get('status')}: {_short(str(result.get('say', '')))}"
            )
        if any(result.get("status") in {"booked", "pending", "requested"} for result in results):
            return call
        await asyncio.sleep(_CALLS_AGAIN_AFTER)
    raise MissingStepError("appointment booked", "no call came to a booking")


def _answer(function: Document) -> dict[str, Any]:
    answer = function.get("answer")
    return answer if isinstance(answer, dict) else {}


async def _provisioned(world: World, salon: Salon) -> dict[str, Any] | None:
    branch = await world.ask("companies", salon.company_id, "branches", salon.branch_id)
    return branch if branch["status"] == "provisioned" else None


def _steps(branch: dict[str, Any]) -> str:
    return ", ".join(
        f"{step['step']} {step['duration_seconds'] or 0:.2f} s" for step in branch.get("steps") or []
    )


async def _appointment(world: World, salon: Salon, status: str) -> dict[str, Any] | None:
    items = (await world.ask("appointments", company=salon.company_id))["items"]
    return next((item for item in items if item["status"] == status), None)


async def _call(world: World, salon: Salon, call_id: str) -> dict[str, Any] | None:
    items = (await world.ask("calls", company=salon.company_id))["items"]
    return next((item for item in items if item["id"] == call_id and item["status"] == "analyzed"), None)


async def _mail(world: World, salon: Salon) -> Document | None:
    found = [mail for mail in await world.mailbox.messages(to=salon.mail) if "Termin" in mail["subject"]]
    return found[0] if found else None


async def _sms(world: World, salon: Salon, count: int) -> Document | None:
    found = await world.sms.messages(to=salon.caller)
    return found[count - 1] if len(found) >= count else None


async def _poison(world: World, timeline: Timeline, broker_url: str) -> None:
    known = await patiently("dead letters", lambda: world.ask("dead-letters"))
    before = {item["id"] for item in known["items"]}

    async def send() -> bool:
        connection = await aio_pika.connect(broker_url, timeout=5)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange("events", ensure=False)
            message = aio_pika.Message(b'{"poison": ', delivery_mode=2, type="calcom.booking_created")
            await exchange.publish(message, "calcom.booking_created", timeout=5)
        return True

    await patiently("poisoned message sent", send)

    async def filed() -> dict[str, Any] | None:
        items = (await world.ask("dead-letters"))["items"]
        return next((item for item in items if item["id"] not in before), None)

    await timeline.until(
        "poisoned message is a dead letter", filed, lambda item: f"{item['queue']}: {item['reason']}"
    )


async def _balanced(world: World) -> bool:
    return bool((await world.ask("ledger"))["unaccounted"] == 0)


def _short(text: str, limit: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
