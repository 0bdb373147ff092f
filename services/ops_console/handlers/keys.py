"""A key that somebody enters → the provider is asked whether it is good, while that person is there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from services.ops_console.store.refusals import NotSoundError
from shared.contracts.calcom import Region
from shared.contracts.voice.words import Language, language_of
from shared.errors import AskProError, CredentialRejectedError

#: Asks a provider with a key, Cal.com in a region; raises CredentialRejectedError where it is refused.
Probe = Callable[[str, Region], Awaitable[None]]

#: Whose key a field holds.
NAMES: Final = {"calcom_api_key": "Cal.com", "retell_api_key": "Retell"}
_UNPAID: Final = 402
_FORBIDDEN: Final = 403
_REFUSED: Final[dict[Language, str]] = {
    "de": "Der Schlüssel für {name} wird dort nicht angenommen. {advice} Eingetragen wurde nichts.",
    "en": "{name} does not accept this key. {advice} Nothing was entered.",
}
_WHERE: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "calcom_api_key": "Legen Sie in Cal.com unter Einstellungen, Entwickler, API-Schlüssel einen neuen "
        "an und kopieren Sie ihn vollständig; er beginnt mit cal_.",
        "retell_api_key": "Kopieren Sie in Retell unter Settings, API Keys den Schlüssel mit dem Zeichen "
        "»Webhook« vollständig; er beginnt mit key_.",
    },
    "en": {
        "calcom_api_key": "Make a new one in Cal.com under Settings, Developer, API keys and copy the whole "
        "of it; it begins with cal_.",
        "retell_api_key": "Copy the whole of the key with the webhook badge in Retell under Settings, API "
        "Keys; it begins with key_.",
    },
}
#: A key says nothing about where its account is.
_ELSEWHERE: Final[dict[Language, dict[Region, str]]] = {
    "de": {
        "default": "Liegt das Konto bei cal.eu, geben Sie die Region eu dazu an.",
        "eu": "Gefragt wurde cal.eu: Liegt das Konto bei cal.com, geben Sie die Region default an.",
    },
    "en": {
        "default": "If the account is at cal.eu, give the region eu with it.",
        "eu": "It was cal.eu that was asked: if the account is at cal.com, give the region default.",
    },
}
_STATUSES: Final[dict[Language, dict[int, str]]] = {
    "de": {
        _UNPAID: "Dort ist eine Rechnung offen: Bezahlen Sie sie bei {name} und versuchen Sie es erneut.",
        _FORBIDDEN: "Ihm fehlt das Recht dazu: Legen Sie bei {name} einen Schlüssel mit allen Rechten an.",
    },
    "en": {
        _UNPAID: "A bill is open there: pay it at {name} and try again.",
        _FORBIDDEN: "It lacks the permission: make a key with all permissions at {name}.",
    },
}
_AWAY: Final[dict[Language, str]] = {
    "de": "{name} antwortet gerade nicht: Der Schlüssel ist eingetragen, aber nicht geprüft. Geben Sie ihn "
    "später noch einmal ein, oder sehen Sie nach, ob die Filiale eingerichtet wird.",
    "en": "{name} does not answer now: the key is entered, but not checked. Enter it once more later, or see "
    "whether the branch is set up.",
}


@dataclass(frozen=True, slots=True)
class CheckKeys:
    """``probes`` by the field that holds the key. Asks each provider once; changes nothing."""

    probes: Mapping[str, Probe]

    async def __call__(
        self, fields: Mapping[str, str | None], locale: str, region: Region = "default"
    ) -> tuple[str, ...]:
        """What a person should know of the keys among ``fields``; empty where all of them are good.

        ``region``: of Cal.com.

        Raises:
            NotSoundError: a provider refused one; says in the language of ``locale`` what to do.
        """
        language = language_of(locale)
        asked = [self._ask(name, key, region, language) for name in self.probes if (key := fields.get(name))]
        return tuple(warning for warning in await asyncio.gather(*asked) if warning)

    async def _ask(self, field: str, key: str, region: Region, language: Language) -> str | None:
        name = NAMES[field]
        try:
            await self.probes[field](key, region)
        except CredentialRejectedError as error:
            advice = advice_of(field, error.status, region)[language]
            raise NotSoundError(_REFUSED[language].format(name=name, advice=advice)) from error
        except AskProError:
            return _AWAY[language].format(name=name)
        return None


def advice_of(field: str, status: int, region: Region) -> dict[Language, str]:
    """What to do about a key that a provider refused with ``status``, in each language."""
    return {
        language: texts.get(status, _where(field, region, language)).format(name=NAMES[field])
        for language, texts in _STATUSES.items()
    }


def _where(field: str, region: Region, language: Language) -> str:
    found = _WHERE[language][field]
    return f"{found} {_ELSEWHERE[language][region]}" if field == "calcom_api_key" else found
