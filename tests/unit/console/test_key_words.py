"""What a shop owner reads when a provider refuses a key."""

import pytest

from services.ops_console.handlers.keys import CheckKeys
from services.ops_console.store.refusals import NotSoundError
from shared.errors import CredentialRejectedError


@pytest.mark.parametrize(
    ("status", "locale", "words"),
    [
        (401, "de-DE", "kopieren Sie ihn vollständig"),
        (402, "de-DE", "Bezahlen Sie sie bei Cal.com"),
        (403, "de-DE", "einen Schlüssel mit allen Rechten"),
        (401, "en-GB", "copy the whole of it"),
        (402, "en-GB", "pay it at Cal.com"),
        (403, "en-GB", "all permissions at Cal.com"),
    ],
)
async def test_a_refusal_says_what_to_do_about_its_reason(status: int, locale: str, words: str) -> None:
    async def refuse(_: str, _region: object) -> None:
        raise CredentialRejectedError("no", status=status, circuit="none")

    check = CheckKeys({"calcom_api_key": refuse})
    with pytest.raises(NotSoundError, match=words):
        await check({"calcom_api_key": "cal_live_1"}, locale)
    assert await check({"name": "Salon"}, locale) == ()
