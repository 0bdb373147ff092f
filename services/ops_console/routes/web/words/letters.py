"""Dead letters: groups, list, one of them: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "groups": ("By error", "Nach Fehler"),
    "story": ("Story", "Geschichte"),
    "attempts": ("Attempts", "Versuche"),
    "deeds": ("What people did", "Was Menschen taten"),
    "payload": ("Payload", "Inhalt"),
    "properties": ("Properties", "Eigenschaften"),
    "stack": ("Stack", "Aufrufkette"),
    "discard": ("Discard", "Verwerfen"),
    "discard_help": ("Gives it up for good, with your name.", "Gibt es endgültig auf, mit Ihrem Namen."),
}
#: What a page says after a deed; ``{0}`` is what it was done to.
NOTICES: Pairs = {
    "discarded_n": ("{0} discarded.", "{0} verworfen."),
}
