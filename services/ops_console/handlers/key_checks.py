"""The keys that are stored already: each provider is asked once whether it still takes its own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from services.ops_console.handlers.keys import NAMES, Probe, advice_of
from shared.contracts.calcom import Region
from shared.contracts.voice.words import Language
from shared.db.vault import SealedByUnknownKeyError
from shared.errors import AskProError, CredentialRejectedError

#: In both languages, as findings of a check are.
Text = Mapping[Language, str]
_GOOD: Final[Text] = {"de": "{name} nimmt ihn an.", "en": "{name} takes it."}
_REFUSED: Final[Text] = {
    "de": "{name} nimmt ihn nicht an. {advice}",
    "en": "{name} does not take it. {advice}",
}
_AWAY: Final[Text] = {"de": "{name} antwortet gerade nicht.", "en": "{name} does not answer now."}
_MISSING: Final[Text] = {"de": "Es ist keiner hinterlegt.", "en": "None is stored."}
_SEALED: Final[Text] = {
    "de": "Er wurde mit einem Schlüssel versiegelt, den diese Konsole nicht hat: Geben Sie ihn neu ein.",
    "en": "It was sealed by a key that this console does not have: enter it anew.",
}


class Secrets(Protocol):
    """The keys of companies, in clear."""

    async def secret(self, company_id: str, name: str) -> str | None:
        """None where none was entered."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFinding:
    """``field``: of the company. ``ok`` None: not found out."""

    field: str
    ok: bool | None
    found: Text


@dataclass(frozen=True, slots=True)
class CheckStoredKeys:
    """``probes`` by the field that holds the key. Changes nothing: a circuit closes when a key is entered."""

    probes: Mapping[str, Probe]
    secrets: Secrets

    async def __call__(self, company_id: str, region: Region) -> tuple[KeyFinding, ...]:
        """One finding for each key that a company may have. ``region``: of Cal.com.

        Raises:
            NotThereError: no such company.
        """
        return tuple(await asyncio.gather(*(self._look(company_id, field, region) for field in self.probes)))

    async def _look(self, company_id: str, field: str, region: Region) -> KeyFinding:
        try:
            key = await self.secrets.secret(company_id, field)
        except SealedByUnknownKeyError:
            return KeyFinding(field, ok=False, found=_SEALED)
        if key is None:
            return KeyFinding(field, ok=False, found=_MISSING)
        ok, text, advice = await self._ask(field, key, region)
        return KeyFinding(field, ok, _filled(text, field, advice))

    async def _ask(self, field: str, key: str, region: Region) -> tuple[bool | None, Text, Text]:
        try:
            await self.probes[field](key, region)
        except CredentialRejectedError as error:
            return False, _REFUSED, advice_of(field, error.status, region)
        except AskProError:
            return None, _AWAY, {}
        return True, _GOOD, {}


def _filled(text: Text, field: str, advice: Text) -> Text:
    name = NAMES[field]
    return {
        language: sentence.format(name=name, advice=advice.get(language, ""))
        for language, sentence in text.items()
    }
