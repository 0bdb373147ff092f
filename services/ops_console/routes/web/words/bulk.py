"""Bulk operations: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "replay": ("Replay", "Erneut zustellen"),
    "replay_help": (
        "Sends it again under the same id: what was done already is not done twice.",
        "Stellt es unter derselben Id erneut zu: Erledigtes geschieht nicht doppelt.",
    ),
}
#: What a page says after a deed; ``{0}`` is what it was done to.
NOTICES: Pairs = {
    "replayed": ("{0} on the way again.", "{0} erneut unterwegs."),
}
