"""Edits, patches, what is hidden, and the audit: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "edit": ("Edit and send", "Ändern und senden"),
    "edit_help": (
        "Sends a corrected copy to this queue; the original is discarded as replaced.",
        "Sendet eine berichtigte Kopie an diese Warteschlange; das Original gilt als ersetzt.",
    ),
    "edit.data": ("Data", "Daten"),
    "edit.hidden": (
        "••• and [redacted] stand for what is not shown: leave them, or write over them.",
        "••• und [redacted] stehen für Verborgenes: stehen lassen oder überschreiben.",
    ),
    "edit.keep": ("Check and keep", "Prüfen und merken"),
    "edit.changed": ("What is changed", "Was sich ändert"),
    "edit.step": ("step {0}", "Schritt {0}"),
    "edit.same": ("Nothing is changed.", "Nichts ist geändert."),
    "edit.breaks": (
        "It breaks the contract of {0} and would only fail again.",
        "Es verletzt den Vertrag von {0} und würde nur wieder scheitern.",
    ),
    "edit.keeps": ("It keeps the contract of {0}.", "Es hält den Vertrag von {0} ein."),
    "edit.no_contract": (
        "Nobody says what {0} needs: only that it is JSON was checked.",
        "Was {0} braucht, sagt niemand: geprüft ist nur, dass es JSON ist.",
    ),
    "edit.undo": ("Undo the last step", "Letzten Schritt zurücknehmen"),
    "edit.undo_all": ("Undo everything", "Alles zurücknehmen"),
    "edit.force": ("Send it although it breaks its contract", "Trotz verletztem Vertrag senden"),
    "edit.send": ("Send the copy", "Kopie senden"),
    "edit.locked": ("Stays as it is", "Bleibt, wie es ist"),
    "patch": ("Patch a group", "Gruppe berichtigen"),
    "patch.help": (
        "One JSON Patch over all of them. It is tried on real ones first; nothing is sent yet.",
        "Ein JSON Patch über alle. Er wird zuerst an echten erprobt; gesendet wird noch nichts.",
    ),
    "patch.patch": ("JSON Patch of the data", "JSON Patch der Daten"),
    "patch.preview": ("Try it", "Erproben"),
    "patch.outcome": ("Tried on {0} of {1}", "Erprobt an {0} von {1}"),
    "patch.fits": ("fits", "passt"),
    "patch.unfit": ("does not fit", "passt nicht"),
    "patch.breaks": ("breaks the contract", "verletzt den Vertrag"),
    "patch.unchanged": ("changes nothing", "ändert nichts"),
    "patch.none": ("It fits none of those that were tried.", "Er passt auf keinen der erprobten."),
    "patch.members": ("On real ones", "An echten"),
    "patch.plan": ("Plan the operation", "Vorgang planen"),
    "patch.plan_help": (
        "Those that it fits are corrected and sent, the others are left as they are.",
        "Die passenden werden berichtigt und gesendet, die anderen bleiben, wie sie sind.",
    ),
    "reveal": ("Show personal data", "Persönliche Daten zeigen"),
    "reveal_help": (
        "That you look is written into the audit, with your reason.",
        "Dass Sie nachsehen, steht danach mit Ihrem Grund im Protokoll.",
    ),
    "hidden_help": (
        "Personal data is hidden. Who may see it is decided by an admin.",
        "Persönliche Daten sind verborgen. Wer sie sehen darf, entscheidet ein Admin.",
    ),
    "revealed": ("With personal data", "Mit persönlichen Daten"),
    "revealed_help": (
        "That you see this stands in the audit. Secrets stay hidden.",
        "Dass Sie dies sehen, steht im Protokoll. Geheimnisse bleiben verborgen.",
    ),
    "told": ("Who was told", "Wer benachrichtigt wurde"),
    "audit": ("Audit", "Protokoll"),
    "audit_help": (
        "What people did. A * at the end of What or To what stands for anything.",
        "Was Menschen taten. Ein * am Ende von Was oder Woran steht für Beliebiges.",
    ),
    "target": ("To what", "Woran"),
    "before_after": ("Before and after", "Vorher und nachher"),
}
#: What a page says after a deed; ``{0}`` is what it was done to.
NOTICES: Pairs = {
    "edited": ("Replaced by {0}.", "Ersetzt durch {0}."),
    "edit_kept": ("The step is kept; nothing is sent yet.", "Gemerkt; noch ist nichts gesendet."),
    "edit_undone": ("The step is taken back.", "Der Schritt ist zurückgenommen."),
}
