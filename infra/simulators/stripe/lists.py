"""Stripe's lists: newest first, in pages that go on after the last one seen."""

from collections.abc import Callable
from typing import TypeAlias

from infra.simulators.store import Document
from infra.simulators.stripe.access import Call, Work
from infra.simulators.stripe.errors import Refusal

Choose: TypeAlias = Callable[[Call, list[Document]], list[Document]]

_MOST_LISTED = 100
_PAGING = ("limit", "starting_after", "ending_before")
_ENDED = {"canceled", "incomplete_expired"}
_STATUSES = frozenset(
    {
        *_ENDED,
        *("active", "all", "ended", "incomplete", "past_due", "paused", "trialing", "unpaid"),
    }
)


def listing(kind: str, *filters: str, choose: Choose = lambda _, found: found) -> Work:
    """An endpoint over all documents of that kind; a parameter that is not known is refused."""

    async def work(call: Call) -> Document:
        for name in call.form:
            if name not in {*_PAGING, *filters}:
                text = f"Received unknown parameter: {name}"
                raise Refusal(400, text, param=name, code="parameter_unknown")
        limit = _limit(call)
        found = _between(call, choose(call, call.simulator.store.all(kind)[::-1]))
        backwards = "ending_before" in call.form
        shown = found[-limit:] if backwards else found[:limit]
        path, more = call.request.url.path, len(found) > limit
        return {"object": "list", "url": path, "has_more": more, "data": shown}

    return work


def _limit(call: Call) -> int:
    """How many items a list shows: 1 to 100, usually 10."""
    text = call.form.get("limit", "10")
    if not (isinstance(text, str) and text.isascii() and text.isdigit()):
        raise Refusal(400, f"Invalid integer: {text}", param="limit", code="parameter_invalid_integer")
    if not 1 <= int(text) <= _MOST_LISTED:
        raise Refusal(400, "This value must be between 1 and 100.", param="limit")
    return int(text)


def _between(call: Call, found: list[Document]) -> list[Document]:
    ids = [each["id"] for each in found]
    if (after := call.form.get("starting_after")) is not None:
        return found[_place(ids, after, "starting_after") + 1 :]
    if (before := call.form.get("ending_before")) is not None:
        return found[: _place(ids, before, "ending_before")]
    return found


def _place(ids: list[str], wanted: object, param: str) -> int:
    if wanted not in ids:
        raise Refusal(400, f"No such object: '{wanted}'", param=param, code="resource_missing")
    return ids.index(str(wanted))


def subscriptions(call: Call, found: list[Document]) -> list[Document]:
    """Of one customer, where asked; without a status all that have not been canceled."""
    customer, status = call.form.get("customer"), call.form.get("status")
    if status is not None and (not isinstance(status, str) or status not in _STATUSES):
        raise Refusal(400, f"Invalid status: must be one of {', '.join(sorted(_STATUSES))}", param="status")
    if customer is not None:
        _check_known(call, customer, found)
        found = [each for each in found if each["customer"] == customer]
    return [each for each in found if _has(each["status"], status)]


def _check_known(call: Call, customer: object, found: list[Document]) -> None:
    """A customer that control gave a subscription is one, though nobody created it."""
    made = call.simulator.store.get("customers", str(customer)) is not None
    if not made and all(each["customer"] != customer for each in found):
        text = f"No such customer: '{customer}'"
        raise Refusal(400, text, param="customer", code="resource_missing")


def _has(status: str, wanted: object) -> bool:
    if wanted is None:
        return status != "canceled"
    if wanted == "ended":
        return status in _ENDED
    return wanted in {"all", status}
