"""What was seen → what it means for a caller: the number, the agent, what it can do, what can be booked."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeGuard, TypeVar

from services.provisioner.content.findings.finding import Finding, Said, about
from services.provisioner.content.findings.seen import Asked, EventTypeSeen, Seen, Unasked
from shared.contracts.branch import Service
from shared.contracts.hours import knows_hours
from shared.contracts.voice import FUNCTIONS

T = TypeVar("T")

_PROVIDERS: Final = {"retell": "Retell", "calcom": "Cal.com"}
_PAPERS: Final = {
    "data-processing agreement": "Vertrag zur Auftragsverarbeitung",
    "secrecy undertaking": "Verpflichtung zur Verschwiegenheit",
}
_UNASKED: Final = {"key": "needs_key", "silence": "silence"}


def judge(seen: Seen) -> Iterator[Finding]:
    """Pure: every finding but that of the conversations, in the order in which a call goes."""
    for judging in _JUDGES:
        yield from judging(seen)


def _keys(seen: Seen) -> Iterator[Finding]:
    for provider, state in seen.keys.items():
        name, shown = f"key {provider}", _PROVIDERS[provider]
        match state:
            case "accepted":
                yield about(name, "key_accepted", ok=True, provider=shown)
            case "unknown":
                yield about(name, "silence", ok=None, advice="again", provider=shown)
            case _:
                yield about(name, f"key_{state}", ok=False, advice="key", provider=shown)


def _company(seen: Seen) -> Iterator[Finding]:
    missing = seen.profile.missing_papers() if seen.profile.needs_papers else ()
    if seen.profile.mode == "suspended":
        yield about("company", "company_suspended", ok=False, advice="pay")
    elif missing:
        german = ", ".join(_PAPERS[paper] for paper in missing)
        told = {"papers": ", ".join(missing), "papers_de": german}
        yield about("company", "company_papers", ok=False, advice="papers", **told)
    else:
        yield about("company", "company_active", ok=True)


def _number(seen: Seen) -> Iterator[Finding]:
    number = seen.wanted.phone_number
    if number is None:
        yield about("number", "number_none", ok=False, advice="number")
    elif isinstance(seen.number, Unasked):
        yield _unasked("number", seen.number)
    elif seen.number is None:
        yield about("number", "number_unknown", ok=False, advice="import", number=number)
    elif seen.is_dialled:
        yield about("number", "number_dialled", ok=False, advice="trunk", number=number)
    else:
        yield about("number", "number_there", ok=True, number=number)


def _binding(seen: Seen) -> Iterator[Finding]:
    number = seen.number
    if not _is_there(number):
        return
    mine = seen.agent.agent_id if _is_there(seen.agent) else None
    if mine is not None and number.answered_by(mine):
        yield about("number agent", "bound", ok=True, number=number.phone_number)
    else:
        key = "bound_other" if number.inbound_agents else "bound_nobody"
        yield about("number agent", key, ok=False, advice="retry", number=number.phone_number)
    asks_us = number.inbound_webhook_url == seen.wanted.inbound_url
    yield _either("number webhook", good=asks_us, yes="inbound", no="inbound_other")


def _agent(seen: Seen) -> Iterator[Finding]:
    agent = seen.agent
    if isinstance(agent, Unasked):
        yield _unasked("agent", agent)
        return
    yield _either("agent", good=agent is not None, yes="agent_there", no="agent_gone", advice="steps")
    if agent is None:
        return
    current = agent.raw.get("version_title") == seen.wanted.title()
    yield (
        about("version", "version_current", ok=True)
        if current
        else about("version", "version_old", ok=False, advice="steps")
    )
    reports = agent.webhook_url == seen.wanted.agent["webhook_url"]
    yield _either("call reports", good=reports, yes="reports_ours", no="reports_other")


def _functions(seen: Seen) -> Iterator[Finding]:
    if seen.profile.mode == "suspended":
        # Its agent is meant to have none.
        return
    if isinstance(seen.llm, Unasked):
        yield _unasked("functions", seen.llm)
    elif seen.llm is None:
        yield about("functions", "needs_agent", ok=None, advice="steps")
    else:
        wrong = _elsewhere(seen.llm.raw, seen.wanted.llm)
        if wrong:
            yield about("functions", "functions_missing", ok=False, advice="retry", names=", ".join(wrong))
        else:
            yield about("functions", "functions_ours", ok=True, count=len(FUNCTIONS))


def _services(seen: Seen) -> Iterator[Finding]:
    # Of an event type that nobody can book the agent is not told, but the operator has to be.
    if not seen.entered.services:
        yield about("services", "service_none", ok=False, advice="services")
    for service in seen.entered.services:
        yield _service(service, seen)


def _service(service: Service, seen: Seen) -> Finding:
    name, said = f"service {service.key}", {"service": service.name}
    named = [service.event_type_id, *(choice.event_type_id for choice in service.staff)]
    numbers = [number for number in named if number is not None]
    if not numbers:
        return about(name, "service_unconnected", ok=False, advice="event_type", **said)
    if seen.event_types is None:
        return about(name, "service_unread", ok=None, advice="again")
    found = {number: seen.event_types.get(number) for number in numbers}
    for number, event_type in found.items():
        if event_type is None:
            return about(name, "service_gone", ok=False, advice="event_type", event_type=number, **said)
        if event_type.bookable == "no":
            refused = about(name, "service_refused", ok=False, **said)
            return Finding(name, ok=False, found=refused.found, advice=_reason(event_type))
    warned = next((each for each in found.values() if each is not None and each.warning_de), None)
    bookable = about(name, "service_bookable", ok=True, **said)
    return Finding(name, ok=True, found=bookable.found, advice=_warning(warned) if warned else None)


def _hours(seen: Seen) -> Iterator[Finding]:
    days = sum(bool(spans) for spans in seen.wanted.branch.opening_hours.values())
    known = knows_hours(seen.wanted.branch)
    yield _either("opening hours", good=known, yes="hours_there", no="hours_none", advice="hours", days=days)


def _calendar(seen: Seen) -> Iterator[Finding]:
    webhook, wanted, name = seen.webhook, seen.wanted_webhook, "calendar webhook"
    if isinstance(webhook, Unasked):
        yield _unasked(name, webhook, "calcom")
    elif webhook is None:
        yield about(name, "calendar_gone", ok=False, advice="calendar")
    elif drifts := webhook.drifts(wanted.triggers, wanted.secret):
        yield about(name, "calendar_changed", ok=False, advice="calendar", drifts=", ".join(drifts))
    else:
        yield about(name, "calendar_there", ok=True)


_JUDGES: Final[tuple[Callable[[Seen], Iterator[Finding]], ...]] = (
    _keys,
    _company,
    _number,
    _binding,
    _agent,
    _functions,
    _services,
    _hours,
    _calendar,
)


def _is_there(asked: Asked[T]) -> TypeGuard[T]:
    return asked is not None and not isinstance(asked, Unasked)


def _either(name: str, *, good: bool, yes: str, no: str, advice: str = "retry", **values: object) -> Finding:
    return about(name, yes if good else no, ok=good, advice=None if good else advice, **values)


def _unasked(name: str, unasked: Unasked, provider: str = "retell") -> Finding:
    advice = "key" if unasked.why == "key" else "again"
    return about(name, _UNASKED[unasked.why], ok=None, advice=advice, provider=_PROVIDERS[provider])


def _elsewhere(there: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Names of the wanted functions that are not there, or not at our address."""
    found = {tool.get("name"): tool.get("url") for tool in there.get("general_tools") or []}
    tools = wanted["general_tools"]
    return [tool["name"] for tool in tools if found.get(tool["name"], "") != tool.get("url")]


def _reason(event_type: EventTypeSeen) -> Said:
    return Said(event_type.reason_de or "", event_type.reason_en or "")


def _warning(event_type: EventTypeSeen) -> Said:
    return Said(event_type.warning_de, event_type.warning_en)
