"""What is written down of an error: where and why, never what a person said or entered."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.contracts.envelope import Attributes, Envelope, now
from shared.contracts.events import BookingRequested
from shared.errors import InvalidEventError
from shared.messaging.consumers import On
from shared.observability.logging import describe

PERSON = {"name": "Erika Mustermann", "phone": ["+4915112345678"]}


async def _never(_: object) -> None:
    raise AssertionError("an event that breaks its contract reached its handler")


async def test_an_event_that_breaks_its_contract_is_told_without_what_was_in_it() -> None:
    attributes = Attributes(id="e1", source="test", type=BookingRequested.type, time=now())
    envelope = Envelope.of(attributes, {"company_id": "acme", "customer": PERSON})
    with pytest.raises(InvalidEventError) as refused:
        await On(BookingRequested, _never).run(envelope)
    told = describe(refused.value)
    assert "booking.requested: token: Field required" in told["message"]
    assert "customer.phone" in told["message"]
    assert "Erika" not in str(told)
    assert "12345678" not in str(told)


def test_the_stack_of_an_answer_of_another_shape_does_not_hold_the_answer() -> None:
    class Booking(BaseModel):
        uid: str

    answer = [{"attendee": PERSON["name"], "note": ", input_type=x]"}, {"uid": PERSON}]
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(list[Booking]).validate_python(answer)
    told = describe(refused.value)
    assert "0.uid" in told["stack"]
    assert "Erika" not in str(told)


def test_a_row_that_the_database_refused_is_not_repeated() -> None:
    words = 'null value in column "id"\nDETAIL:  Failing row contains (acme, Erika\nMustermann, 1).\nmore'
    told = describe(ValueError(words))
    assert "null value in column" in told["message"]
    assert "more" in told["message"]
    assert "Mustermann" not in str(told)
