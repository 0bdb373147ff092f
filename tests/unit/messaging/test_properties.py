import pytest

from shared.messaging.properties import message_of


@pytest.mark.parametrize("text", ["u-" + "x" * 400, "ü" * 128, "x" * 255, "Färben", "a\ud83d" * 100])
def test_whatever_an_event_is_about_its_message_can_be_sent(text: str) -> None:
    message = message_of(b"{}", {"message_id": "1", "type": "t", "correlation_id": text, "app_id": text})
    message.properties.marshal()
    assert (message.correlation_id == text) == (len(text.encode("utf-8", "surrogatepass")) <= 255)


def test_shortened_properties_stay_different() -> None:
    sent = {message_of(b"", {"correlation_id": "x" * 300 + end}).correlation_id for end in "ab"}
    assert len(sent) == 2
