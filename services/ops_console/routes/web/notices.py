"""What the pages say after a deed, and where something did not work: (English, German)."""

from collections.abc import Mapping
from typing import Final

NOTICES: Final[Mapping[str, tuple[str, str]]] = {
    "replayed": ("{0} on the way again.", "{0} erneut unterwegs."),
    "discarded_n": ("{0} discarded.", "{0} verworfen."),
    "edited": ("Replaced by {0}.", "Ersetzt durch {0}."),
    "retried": ("It is being provisioned again.", "Sie wird erneut eingerichtet."),
    "removal_requested": ("{0} is being removed.", "{0} wird entfernt."),
    "checking": ("The check is under way.", "Die Prüfung läuft."),
    "closed": ("{0} is closed.", "{0} ist geschlossen."),
    "refused": ("That did not work", "Das ging nicht"),
    "stale": (
        "The console does not answer; these figures are from before.",
        "Die Konsole antwortet nicht; dies sind die Zahlen von vorher.",
    ),
    "back": ("Back", "Zurück"),
    "wrong": ("Name or password is wrong.", "Name oder Passwort ist falsch."),
    "too_often": (
        "Too many failed logins; wait a quarter of an hour.",
        "Zu viele Fehlversuche; bitte eine Viertelstunde warten.",
    ),
    "utc": (
        "Times are UTC where this browser does not say otherwise.",
        "Zeiten in UTC, sofern nicht anders gezeigt.",
    ),
}
