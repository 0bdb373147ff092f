"""We speak two languages; who speaks neither is told in English, not in German."""

import pytest

from shared.contracts.voice import language_of


@pytest.mark.parametrize(
    ("locale", "ours"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-CH", "de"),
        ("en-GB", "en"),
        ("fr-FR", "en"),
        ("den", "en"),
        ("", "en"),
    ],
)
def test_a_locale_that_is_not_german_is_answered_in_english(locale: str, ours: str) -> None:
    assert language_of(locale) == ours
