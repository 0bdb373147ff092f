"""Edits, patches, what is hidden, and the audit: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "edit": ("Edit and send", "Ändern und senden"),
    "edit_help": (
        "Sends a corrected event to this queue; this one is discarded as replaced.",
        "Sendet ein berichtigtes Ereignis an diese Warteschlange; dieses gilt als ersetzt.",
    ),
}
#: What a page says after a deed; ``{0}`` is what it was done to.
NOTICES: Pairs = {
    "edited": ("Replaced by {0}.", "Ersetzt durch {0}."),
}
