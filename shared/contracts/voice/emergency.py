"""What is said in an emergency: the branch's own sentence, else the numbers of its country."""

from typing import Final

from shared.contracts.branch import Branch
from shared.contracts.voice.words import Language

#: 112 everywhere in Europe; a doctor out of hours is 116 117 in Germany and 1450 in Austria.
_DOCTOR: Final[dict[str, str]] = {"DE": "116 117", "AT": "1450"}
_DANGER: Final[dict[Language, str]] = {
    "de": "Bei Lebensgefahr wählen Sie bitte sofort die 112{doctor}.",
    "en": "If a life is in danger please dial 112 at once{doctor}.",
}
_ELSE: Final[dict[Language, str]] = {
    "de": ", sonst hilft der ärztliche Bereitschaftsdienst unter {number}",
    "en": ", otherwise the medical on-call service helps on {number}",
}


def emergency_sentence(branch: Branch, language: Language) -> str:
    """Never empty."""
    number = _DOCTOR.get(branch.address.country)
    doctor = _ELSE[language].format(number=number) if number else ""
    return (branch.emergency_instruction or "").strip() or _DANGER[language].format(doctor=doctor)
