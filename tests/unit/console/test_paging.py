"""A cursor says where a page begins; one that somebody made up is refused, whatever it holds."""

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops_console.store.paging import Keyset
from services.ops_console.store.refusals import NotSoundError
from shared.db.tables import Appointment, Delivery, Operator

DIED = Keyset((Delivery.updated_at, Delivery.id))
STARTS = Keyset((Appointment.start_at, Appointment.id), descending=False)
NAMES = Keyset((Operator.name,))


@given(st.datetimes(timezones=st.just(UTC)), st.integers(), st.uuids(), st.text())
def test_a_cursor_gives_back_the_key_it_was_made_of(
    at: datetime, number: int, one: uuid.UUID, text: str
) -> None:
    assert DIED.decoded(DIED.encoded([at, number])) == [at, number]
    assert STARTS.decoded(STARTS.encoded([at, one])) == [at, one]
    if text.isascii():
        assert NAMES.decoded(NAMES.encoded([text])) == [text]


@given(st.text() | st.binary().map(lambda value: base64.urlsafe_b64encode(value).decode()))
def test_a_made_up_cursor_is_refused_and_never_an_error(cursor: str) -> None:
    with pytest.raises(NotSoundError):
        DIED.decoded(cursor)


@pytest.mark.parametrize(
    "values",
    [
        None,
        {},
        [],
        ["2026-11-30T20:00:00+00:00"],
        ["2026-11-30T20:00:00", 1],
        ["2026-11-30T20:00:00+00:00", "1"],
        ["2026-11-30T20:00:00+00:00", True],
        ["2026-11-30T20:00:00+00:00", 1, 2],
        [1, 1],
    ],
)
def test_the_key_of_another_list_is_refused(values: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    with pytest.raises(NotSoundError):
        DIED.decoded(cursor)


def test_half_a_surrogate_pair_is_refused_before_the_database_sees_it() -> None:
    cursor = base64.urlsafe_b64encode(b'["\\ud800"]').decode()
    with pytest.raises(NotSoundError):
        NAMES.decoded(cursor)


def test_a_page_says_where_the_next_begins_only_if_there_is_one() -> None:
    rows = [Operator(name=name) for name in ("a", "b", "c")]
    page = NAMES.cut(rows, 2)
    assert [row.name for row in page.rows] == ["a", "b"]
    assert page.next == NAMES.encoded(["b"])
    assert NAMES.cut(rows, 3).next is None
    assert NAMES.cut([], 3).next is None
