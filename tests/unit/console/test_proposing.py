"""What an edit would send: the same each time, the original but for the change, and always readable."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.handlers.edits import Edit, propose, replacement_of, require_sendable
from services.ops_console.handlers.masking import visible
from services.ops_console.store.refusals import BreaksContractError, NotPossibleError, NotSoundError
from shared.contracts.envelope import parse_envelope
from shared.contracts.wire import searchable
from shared.db.tables import Delivery

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEAD = {"specversion": "1.0", "id": "old", "source": "t", "type": "nobody.knows", "time": AT.isoformat(),
        "companyid": "acme", "correlationid": "call_7", "subject": "s"}  # fmt: skip
#: A key that cannot be shown as it is, such as one with a NUL, cannot be edited either.
KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=3)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def letter(data: Any = None, body: bytes | None = None, **head: Any) -> Delivery:
    envelope = json.dumps({**HEAD, **head, "data": data}).encode()
    return Delivery(
        id=7, queue="syncer.bookings", event_id="old", state="dead", attempt=1, company_id="acme",
        correlation_id="call_7", body=envelope if body is None else body, history=[],
        properties={"message_id": "old", "headers": {"tenant": "acme"}},
    )  # fmt: skip


def test_the_same_edit_twice_is_the_same_event_and_another_is_another() -> None:
    edits = (Edit({"a": 2}), Edit(patch=[{"op": "replace", "path": "/a", "value": 2}]), Edit({"a": 3}))
    first, again, other = (propose(letter({"a": 1}), edit).envelope.id for edit in edits)
    assert first == again != other


@given(VALUES, VALUES, VALUES)
def test_what_is_sent_differs_from_the_original_where_it_was_edited_alone(
    before: Any, after: Any, beside: Any
) -> None:
    data = {"edited": before, "beside": beside, "api_key": "k", "customer": {"name": "Erika"}}
    shown = visible(searchable(data))
    envelope = propose(letter(data), Edit({**shown, "edited": after})).envelope
    parsed = parse_envelope(envelope.raw)
    assert parsed.data == {**data, "edited": after}  # type: ignore[union-attr]
    kept = {name: getattr(envelope.attributes, name) for name in ("companyid", "correlationid", "subject")}
    assert kept == {"companyid": "acme", "correlationid": "call_7", "subject": "s"}
    assert (envelope.type, envelope.attributes.causationid) == ("nobody.knows", "old")


def test_a_letter_that_node_wrote_with_half_a_character_keeps_it() -> None:
    body = json.dumps({**HEAD, "data": {"x": "\ud83d", "y": 1}}).encode()
    sent = propose(letter(body=body), Edit(patch=[{"op": "replace", "path": "/y", "value": 2}]))
    assert json.loads(sent.envelope.raw)["data"] == {"x": "\ud83d", "y": 2}


def test_what_no_consumer_could_read_is_refused() -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    for value in (deep, float("nan")):
        with pytest.raises(NotSoundError, match="No consumer"):
            propose(letter({"a": 1}), Edit({"a": value}))


def test_only_what_is_no_event_is_given_a_type_and_its_whole_data() -> None:
    poison = letter(body=b"{]")
    with pytest.raises(NotSoundError, match="--type"):
        propose(poison, Edit({"a": 1}))
    with pytest.raises(NotSoundError, match="--type"):
        propose(poison, Edit(patch=[], type="x.y"))
    with pytest.raises(NotSoundError, match="no type"):
        propose(poison, Edit({"a": 1}, type="No Type"))
    made = propose(poison, Edit({"a": 1}, type="x.y")).envelope
    assert (made.type, made.data, made.attributes.companyid) == ("x.y", {"a": 1}, "acme")


def test_a_letter_without_bytes_cannot_be_edited() -> None:
    gone = letter({"a": 1})
    gone.body = None
    with pytest.raises(NotPossibleError):
        propose(gone, Edit({"a": 2}))


def test_nothing_changed_and_a_broken_contract_are_not_sent() -> None:
    with pytest.raises(NotSoundError, match="Nothing was changed"):
        require_sendable(propose(letter({"a": 1}), Edit({"a": 1})))
    broken = propose(letter({"a": 1}, type="booking.hinted"), Edit({"a": 2}))
    with pytest.raises(BreaksContractError, match="company_id"):
        require_sendable(broken)
    require_sendable(broken, force=True)


def test_the_audit_tells_the_change_and_nobody_s_name() -> None:
    data = {"start": "then", "customer": {"name": "Erika"}, "api_key": "k"}
    changed = {"start": "now", "customer": {"name": "Anna"}, "api_key": "new"}
    made = replacement_of(letter(data), propose(letter(data), Edit(changed)))
    assert made.headers == {"tenant": "acme"}
    hidden = {"/customer/name": "•••", "/api_key": "[redacted]"}
    assert (made.before, made.after) == ({"/start": "then", **hidden}, {"/start": "now", **hidden})
